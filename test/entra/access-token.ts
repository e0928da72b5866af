/** Access tokens as Entra makes them: v2.0 JWTs (RFC 9068 does not apply). */
import { randomBytes } from 'node:crypto'
import type { Authority } from './authority.ts'
import type { ClaimsRequest } from './claims-request.ts'
import { sign } from './signing-key.ts'
import type { Tenant } from './tenant.ts'
import type { AuthenticatedClient, TokenResponse } from './token-request.ts'

/** Entra dates tokens back by five minutes, for receivers whose clock is behind. */
const backdating = 5 * 60

const methodCodes = { none: '0', secret: '1', certificate: '2', federated: '2' } as const

/** The answer with an app-only access token for an audience. */
export function appTokenResponse(
  authority: Authority,
  tenant: Tenant,
  client: AuthenticatedClient,
  audience: string,
  claims: ClaimsRequest,
): Promise<TokenResponse> {
  const { objectId, roles } = client.app
  return accessTokenResponse(authority, tenant, client, claims, {
    aud: audience,
    idtyp: 'app',
    oid: objectId,
    ...(roles.length > 0 && { roles }),
    sub: objectId,
  })
}

/** The answer with an access token that has these claims and those that every access token has. */
export async function accessTokenResponse(
  authority: Authority,
  tenant: Tenant,
  { app, method }: AuthenticatedClient,
  { capabilities }: ClaimsRequest,
  subject: object,
): Promise<TokenResponse> {
  const { refreshIn, claims } = authority.tokens
  const isLong = capabilities.includes('cp1')
  const lifetime = isLong ? authority.tokens.longLifetime : authority.tokens.lifetime
  const accessToken = await sign(authority.signingKey, {
    ...commonClaims(authority, tenant, lifetime),
    azp: app.clientId,
    azpacr: methodCodes[method],
    ...(isLong && { xms_cc: ['cp1'] }),
    ...subject,
    ...claims,
  })
  return {
    token_type: 'Bearer',
    expires_in: lifetime,
    ext_expires_in: lifetime,
    ...(refreshIn !== undefined && { refresh_in: refreshIn }),
    access_token: accessToken,
  }
}

/** What is in access tokens and ID tokens alike. */
export function commonClaims(authority: Authority, tenant: Tenant, lifetime: number) {
  const now = Math.floor(Date.now() / 1000)
  return {
    iss: authority.issuer(tenant),
    iat: now - backdating,
    nbf: now - backdating,
    exp: now + lifetime,
    aio: opaque(32),
    rh: `1.${opaque(30)}.`,
    tid: tenant.id,
    uti: opaque(16),
    ver: '2.0',
  }
}

const opaque = (bytes: number) => randomBytes(bytes).toString('base64url')
