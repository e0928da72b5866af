/** The answer to grants of a user: access token, ID token, refresh token and who it is. */
import { createHash } from 'node:crypto'
import { accessTokenResponse, commonClaims } from './access-token.ts'
import type { App } from './app.ts'
import type { Authority } from './authority.ts'
import { parseClaims } from './claims-request.ts'
import { delegatedScopes, grantedNames, neededScopes, singleResource } from './delegated-scope.ts'
import { refused } from './errors.ts'
import { audienceOf } from './scope.ts'
import { sign } from './signing-key.ts'
import type { Tenant } from './tenant.ts'
import type { AuthenticatedClient, TokenRequest, TokenResponse } from './token-request.ts'
import type { SignIn, User } from './user.ts'
import type { UserGrant } from './user-grant.ts'

export interface UserTokenOptions {
  /** The user's tenant, whose tokens these are. */
  readonly tenant: Tenant
  readonly client: AuthenticatedClient
  readonly grant: UserGrant
  readonly nonce?: string | undefined
  /** `claims` of an earlier request, when this one has none. */
  readonly claims?: string | undefined
}

/** Checks scopes, consent and policies, and makes the tokens. */
export async function userTokenResponse(
  { authority, form }: TokenRequest,
  { tenant, client, grant, nonce, claims }: UserTokenOptions,
): Promise<TokenResponse> {
  const { app, signIn } = grant
  const { user } = signIn
  const wanted = parseClaims(form.claims ?? claims)
  const asked = delegatedScopes(form.scope ?? grant.scope, tenant)
  const target = singleResource(asked)
  verifyConsent(neededScopes(target, app, user), app, user)
  tenant.policies.verify(signIn, app, target.resource)
  const names = grantedNames(target.resource, app, user)
  const response = await accessTokenResponse(authority, tenant, client, wanted, {
    aud: audienceOf(target.resource, tenant),
    ...personClaims(user),
    ...(signIn.contexts.length > 0 && { acrs: signIn.contexts }),
    scp: names.join(' '),
    sid: signIn.sessionId,
    sub: pairwise(user, target.resource),
  })
  authority.userTokens.set(String(response.access_token), signIn)
  const oidc = ['email', 'openid', 'profile'].filter((name) => asked.oidc.has(name))
  const granted = new Set([...names, ...target.names].map((name) => `${target.prefix}${name}`))
  return {
    ...response,
    scope: [...oidc, ...granted].join(' '),
    ...(asked.oidc.has('offline_access') && { refresh_token: authority.refreshTokens.add(grant) }),
    ...(asked.oidc.has('openid') && {
      id_token: await idToken(authority, tenant, { app, signIn, nonce, withEmail: asked.oidc.has('email') }),
    }),
    ...(form.client_info === '1' && { client_info: clientInfo(user) }),
  }
}

function verifyConsent(needed: readonly string[], app: App, user: User): void {
  if (app.consents.knows(user) && app.consents.missing(user, needed).length === 0) return
  throw refused('invalid_grant', 65001, consentText(app), { suberror: 'consent_required' })
}

export const consentText = (app: App) =>
  `The user or administrator has not consented to use the application with ID '${app.clientId}' named '${app.name}'. Send an interactive authorization request for this user and resource.`

interface IdTokenOptions {
  readonly app: App
  readonly signIn: SignIn
  readonly nonce: string | undefined
  readonly withEmail: boolean
}

/** OpenID Connect Core 1.0 section 2. */
function idToken(authority: Authority, tenant: Tenant, options: IdTokenOptions): Promise<string> {
  const { app, signIn, nonce, withEmail } = options
  const { user } = signIn
  return sign(authority.signingKey, {
    ...commonClaims(authority, tenant, authority.tokens.lifetime),
    aud: app.clientId,
    ...personClaims(user),
    ...(withEmail && { email: user.username }),
    login_hint: Buffer.from(`O.${user.objectId}`).toString('base64url'),
    ...(nonce !== undefined && { nonce }),
    sid: signIn.sessionId,
    sub: pairwise(user, app.clientId),
  })
}

const personClaims = (user: User) => ({
  name: user.name,
  oid: user.objectId,
  preferred_username: user.username,
})

/** A different, stable `sub` for each receiver (OpenID Connect Core 1.0 section 8.1). */
const pairwise = (user: User, receiver: string) =>
  createHash('sha256').update(`${user.objectId} ${receiver}`).digest('base64url')

/** Entra's own: which account this is, for MSAL's cache. */
export function clientInfo(user: User): string {
  return Buffer.from(JSON.stringify({ uid: user.objectId, utid: user.tenantId })).toString('base64url')
}
