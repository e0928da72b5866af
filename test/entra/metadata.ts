/** The public documents: OpenID configuration, signing keys, instance discovery. */
import { randomUUID } from 'node:crypto'
import type { Authority } from './authority.ts'
import { EntraError, errorDocument } from './errors.ts'
import { type Answer, jsonAnswer } from './exchange.ts'
import { publicJwk } from './signing-key.ts'

const headers = { 'Cache-Control': 'max-age=86400, private', 'Access-Control-Allow-Origin': '*' }

/** GET `/{tenant}/v2.0/.well-known/openid-configuration` (OpenID Connect Discovery 1.0 section 4). */
export function openidConfiguration(authority: Authority, tenantName: string): Answer {
  return document(authority, () => {
    const tenant = authority.tenant(tenantName)
    // A domain is answered with the tenant's GUID, as Entra does.
    const base = `${authority.host}/${tenant?.id ?? tenantName.toLowerCase()}`
    return {
      token_endpoint: `${base}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      jwks_uri: `${base}/discovery/v2.0/keys`,
      response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      issuer: authority.issuer(tenant),
      request_uri_parameter_supported: false,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      tenant_region_scope: tenant ? 'EU' : null,
      cloud_instance_name: 'microsoftonline.com',
      cloud_graph_host_name: 'graph.windows.net',
      msgraph_host: 'graph.microsoft.com',
    }
  })
}

/** GET `/{tenant}/discovery/v2.0/keys` (RFC 7517 section 5). */
export function keys(authority: Authority, tenantName: string): Answer {
  return document(authority, () => ({
    keys: [publicJwk(authority.signingKey, authority.issuer(authority.tenant(tenantName)))],
  }))
}

/** GET `/common/discovery/instance`: whether a host is one of Entra's. This one knows only itself. */
export function instance(authority: Authority, query: URLSearchParams): Answer {
  return document(authority, () => {
    const { host } = new URL(authority.host)
    const endpoint = query.get('authorization_endpoint') ?? ''
    const asked = URL.canParse(endpoint) ? new URL(endpoint) : undefined
    if (asked && asked.host !== host) throw unknownInstance()
    return {
      tenant_discovery_endpoint: `${authority.host}/${asked?.pathname.split('/')[1] || 'common'}/v2.0/.well-known/openid-configuration`,
      'api-version': '1.1',
      metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
    }
  })
}

const unknownInstance = () => new EntraError('invalid_instance', 50049, 'Unknown or invalid instance.', 400)

function document(authority: Authority, make: () => unknown): Answer {
  try {
    return jsonAnswer(200, make(), headers)
  } catch (error) {
    if (!(error instanceof EntraError)) throw error
    const ids = { traceId: randomUUID(), correlationId: randomUUID() }
    return jsonAnswer(error.status, errorDocument(error, ids, authority.host), {
      'Cache-Control': 'no-store',
    })
  }
}
