/** What the endpoints share: the host, its tenants, the signing key and how tokens are to look. */
import { refused } from './errors.ts'
import type { SigningKey } from './signing-key.ts'
import { Tenant, type TenantOptions } from './tenant.ts'

export interface TokenSettings {
  /** Seconds an access token lives. */
  lifetime: number
  /** Sent as `refresh_in` when set. */
  refreshIn?: number | undefined
  /** Added to access tokens, over the real ones: for hostile claims. */
  claims?: Record<string, unknown> | undefined
}

const sharedEndpoints: ReadonlySet<string> = new Set(['common', 'organizations', 'consumers'])

export class Authority {
  readonly host: string
  readonly signingKey: SigningKey
  readonly tokens: TokenSettings = { lifetime: 3599 }
  readonly #tenants = new Map<string, Tenant>()

  constructor(host: string, signingKey: SigningKey) {
    this.host = host
    this.signingKey = signingKey
  }

  addTenant(options: TenantOptions = {}): Tenant {
    const tenant = new Tenant(options)
    for (const name of tenant.names) this.#tenants.set(name.toLowerCase(), tenant)
    return tenant
  }

  /** The tenant a URL names by GUID or domain; undefined for `common` and its like, which name none. */
  tenant(name: string): Tenant | undefined {
    if (sharedEndpoints.has(name.toLowerCase())) return undefined
    const tenant = this.#tenants.get(name.toLowerCase())
    if (tenant) return tenant
    throw refused(
      'invalid_request',
      90002,
      `Tenant '${name}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
    )
  }

  /** The GUID of the tenant a URL names, or the name itself. */
  idOf(name: string): string {
    return this.#tenants.get(name.toLowerCase())?.id ?? name
  }

  /** The v2.0 issuer. On the shared endpoints it is a template. */
  issuer(tenant: Tenant | undefined): string {
    return `${this.host}/${tenant?.id ?? '{tenantid}'}/v2.0`
  }

  tokenEndpoint(tenantName: string): string {
    return `${this.host}/${tenantName}/oauth2/v2.0/token`
  }
}
