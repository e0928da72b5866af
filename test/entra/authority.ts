/** What the endpoints share: the host, its tenants, the signing key and how tokens are to look. */
import { commonClaims } from './access-token.ts'
import type { App } from './app.ts'
import { AuthorizationCodes } from './authorization-codes.ts'
import { BrowserSessions } from './browser-sessions.ts'
import { DeviceCodes } from './device-codes.ts'
import { refused } from './errors.ts'
import type { Answer } from './exchange.ts'
import type { Interaction } from './interaction.ts'
import { IssuerKeys } from './issuer-keys.ts'
import type { ManagedIdentity } from './managed-identity.ts'
import { RefreshTokens } from './refresh-tokens.ts'
import { type SigningKey, sign } from './signing-key.ts'
import { Tenant, type TenantOptions } from './tenant.ts'
import type { SignIn, User } from './user.ts'

export interface TokenSettings {
  /** Seconds an access token lives. */
  lifetime: number
  /** Sent as `refresh_in` when set. */
  refreshIn?: number | undefined
  /** Added to access tokens, over the real ones: for hostile claims. */
  claims?: Record<string, unknown> | undefined
  /** Seconds an access token lives whose client can handle claims challenges (`cp1`). */
  longLifetime: number
  /** Seconds until an authorization code expires. */
  codeLifetime: number
  /** Seconds a refresh token may lie unused. */
  refreshTokenLifetime: number
  /** Seconds until a device code expires. */
  deviceCodeLifetime: number
  /** Seconds between polls for a device code. */
  deviceCodeInterval: number
  /** Entra keeps the old refresh token valid; without it a test sees at once that the new one was lost. */
  revokeOldRefreshTokens: boolean
}

export const defaultTokens: TokenSettings = {
  lifetime: 3599,
  refreshIn: undefined,
  claims: undefined,
  longLifetime: 24 * 60 * 60 - 1,
  codeLifetime: 10 * 60,
  refreshTokenLifetime: 90 * 24 * 60 * 60,
  deviceCodeLifetime: 15 * 60,
  deviceCodeInterval: 5,
  revokeOldRefreshTokens: false,
}

const sharedEndpoints: ReadonlySet<string> = new Set(['common', 'organizations', 'consumers'])

/** The tenant of all personal Microsoft accounts. */
export const personalAccounts = '9188040d-6c67-4c5b-b112-36a304b66dad'

export class Authority {
  readonly host: string
  readonly signingKey: SigningKey
  readonly tokens: TokenSettings = { ...defaultTokens }
  readonly codes = new AuthorizationCodes()
  readonly refreshTokens = new RefreshTokens()
  readonly deviceCodes = new DeviceCodes()
  readonly sessions = new BrowserSessions()
  /** The sign-in that each access token of a user came of. */
  readonly userTokens = new Map<string, SignIn>()
  /** Sign-ins that are under way, by id. */
  readonly interactions = new Map<string, Interaction>()
  readonly issuerKeys = new IssuerKeys()
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

  /** A user's home tenant. */
  tenantOf({ tenantId }: User): Tenant {
    return this.tenant(tenantId) as Tenant
  }

  /**
   * The tenant a user signs in to at a URL: at `common`, `organizations` and `consumers` the user's own. Throws when
   * the user does not belong there.
   */
  signInTenant(user: User, tenantName: string): Tenant {
    const home = this.tenantOf(user)
    const named = this.tenant(tenantName)
    const isPersonal = home.id === personalAccounts
    const isRefused = { organizations: isPersonal, consumers: !isPersonal }[tenantName.toLowerCase()]
    if (!isRefused && (named ?? home) === home) return home
    throw refused(
      'invalid_grant',
      50020,
      `User account '${user.username}' from identity provider '${this.issuer(home)}' does not exist in tenant '${named?.domains[0] ?? tenantName}' and cannot access the application in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Microsoft Entra user account.`,
    )
  }

  /** The tenant an app is registered in. */
  tenantOfApp(app: App): Tenant {
    const home = [...this.#tenants.values()].find((tenant) => tenant.findApp(app.clientId) === app)
    if (home) return home
    throw new Error('the app belongs to no tenant')
  }

  /** Starts a sign-in: its first page, or its answer when the browser's session is enough. */
  begin(interaction: Interaction): Answer {
    const answer = interaction.start()
    if (!interaction.isOver) this.interactions.set(interaction.id, interaction)
    return { ...answer, headers: { ...answer.headers, 'Set-Cookie': interaction.cookie } }
  }

  /** A user by name, in any tenant. */
  findUser(username: string): User | undefined {
    for (const one of this.#tenants.values()) {
      const user = one.findUser(username)
      if (user) return user
    }
    return undefined
  }

  /** An app by its client ID: the tenant's own, or a multi-tenant one of another tenant. */
  findApp(clientId: string, tenant: Tenant | undefined): App | undefined {
    const own = tenant?.findApp(clientId)
    if (own) return own
    const everywhere = [...this.#tenants.values()].map((one) => one.findApp(clientId))
    return everywhere.find((app) => app && (app.multiTenant || !tenant))
  }

  /** The GUID of the tenant a URL names, or the name itself. */
  idOf(name: string): string {
    return this.#tenants.get(name.toLowerCase())?.id ?? name
  }

  /** The v2.0 issuer. On the shared endpoints it is a template. */
  issuer(tenant: Tenant | undefined): string {
    return `${this.host}/${tenant?.id ?? '{tenantid}'}/v2.0`
  }

  /** The tenant whose v2.0 issuer this is. */
  tenantOfIssuer(issuer: string): Tenant | undefined {
    return [...this.#tenants.values()].find((tenant) => this.issuer(tenant) === issuer)
  }

  /** A token as the machine of a managed identity gets it. */
  managedIdentityToken(tenant: Tenant, identity: ManagedIdentity, audience: string): Promise<string> {
    return sign(this.signingKey, {
      ...commonClaims(this, tenant, this.tokens.lifetime),
      aud: audience,
      azp: identity.clientId,
      azpacr: '2',
      idtyp: 'app',
      oid: identity.principalId,
      sub: identity.principalId,
    })
  }

  tokenEndpoint(tenantName: string): string {
    return `${this.host}/${tenantName}/oauth2/v2.0/token`
  }
}
