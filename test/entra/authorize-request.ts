/** What an authorization request (RFC 6749 section 4.1.1) must be like. Each check throws as Entra refuses it. */
import type { App } from './app.ts'
import type { Authority } from './authority.ts'
import { type ClaimsRequest, parseClaims } from './claims-request.ts'
import { identifyClient } from './client-authentication.ts'
import { type DelegatedScopes, delegatedScopes } from './delegated-scope.ts'
import { refused } from './errors.ts'
import type { Form } from './exchange.ts'
import { findPlatform, type Platform } from './redirect-uris.ts'
import { required } from './token-request.ts'

/** Whom the answer may be sent to. */
export interface RedirectTarget {
  readonly app: App
  readonly redirectUri: string
  readonly platform: Platform
}

export interface AuthorizeRequest extends RedirectTarget {
  readonly scope: string
  readonly scopes: DelegatedScopes
  readonly challenge: string | undefined
  readonly claims: ClaimsRequest
  readonly prompt: string | undefined
}

const prompts: ReadonlySet<string> = new Set(['none', 'login', 'select_account', 'consent'])

/** The parameters of the query. Throws when one comes twice. */
export function uniqueParameters(query: URLSearchParams): Form {
  const parameters: Record<string, string> = {}
  for (const [name, value] of query) {
    if (Object.hasOwn(parameters, name)) {
      const text = `The request is not properly formatted. The parameter '${name}' is duplicated.`
      throw refused('invalid_request', 9000411, text)
    }
    parameters[name] = value
  }
  return parameters
}

/** Until this has passed, errors stay with the user: the redirect URI may be an attacker's. */
export function verifyRedirectTarget(form: Form, authority: Authority, tenantName: string): RedirectTarget {
  const app = identifyClient(required(form, 'client_id'), authority, authority.tenant(tenantName))
  const redirectUri = form.redirect_uri
  if (!redirectUri) {
    throw refused('invalid_request', 900971, 'No reply address provided.')
  }
  const platform = findPlatform(app.redirectUris, redirectUri)
  if (platform) return { app, redirectUri, platform }
  throw refused(
    'invalid_request',
    50011,
    `The redirect URI '${redirectUri}' specified in the request does not match the redirect URIs configured for the application '${app.clientId}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to troubleshoot this issue.`,
  )
}

/** Everything else about the request. */
export function verifyAuthorizeRequest(
  form: Form,
  target: RedirectTarget,
  authority: Authority,
  tenantName: string,
): AuthorizeRequest {
  const responseType = required(form, 'response_type')
  if (responseType !== 'code') {
    const text = `The response type '${responseType}' is not enabled for the application.`
    throw refused('unsupported_response_type', 700054, text)
  }
  const { prompt } = form
  if (prompt && !prompts.has(prompt)) {
    throw refused('invalid_request', 90023, `Unsupported 'prompt' value '${prompt}'.`)
  }
  const scope = required(form, 'scope')
  const scopes = delegatedScopes(scope, authority.tenant(tenantName) ?? authority.tenantOfApp(target.app))
  const claims = parseClaims(form.claims)
  return { ...target, scope, scopes, claims, challenge: codeChallenge(form), prompt }
}

/** PKCE (RFC 7636 section 4.3): only S256, which is 43 characters of base64url. */
function codeChallenge(form: Form): string | undefined {
  const { code_challenge: challenge, code_challenge_method: method } = form
  if (!challenge && !method) return undefined
  if (method !== 'S256') {
    const text = `Invalid request. The code_challenge_method '${method ?? 'plain'}' is not supported.`
    throw refused('invalid_request', 9002313, text)
  }
  if (challenge && /^[\w-]{43}$/.test(challenge)) return challenge
  throw refused('invalid_request', 501491, 'Invalid size of Code_Challenge parameter.')
}
