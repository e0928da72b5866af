/** Access tokens as Entra makes them for apps: v2.0 JWTs (RFC 9068 does not apply). */
import { randomBytes } from 'node:crypto'
import type { Authority } from './authority.ts'
import { sign } from './signing-key.ts'
import type { Tenant } from './tenant.ts'
import type { AuthenticatedClient, TokenResponse } from './token-request.ts'

/** Entra dates tokens back by five minutes, for receivers whose clock is behind. */
const backdating = 5 * 60

const methodCodes = { secret: '1', certificate: '2' } as const

/** The answer with an app-only access token for an audience. */
export async function appTokenResponse(
  authority: Authority,
  tenant: Tenant,
  { app, method }: AuthenticatedClient,
  audience: string,
): Promise<TokenResponse> {
  const { lifetime, refreshIn, claims } = authority.tokens
  const now = Math.floor(Date.now() / 1000)
  const accessToken = await sign(authority.signingKey, {
    aud: audience,
    iss: authority.issuer(tenant),
    iat: now - backdating,
    nbf: now - backdating,
    exp: now + lifetime,
    aio: opaque(32),
    azp: app.clientId,
    azpacr: methodCodes[method],
    idtyp: 'app',
    oid: app.objectId,
    rh: `1.${opaque(30)}.`,
    ...(app.roles.length > 0 && { roles: app.roles }),
    sub: app.objectId,
    tid: tenant.id,
    uti: opaque(16),
    ver: '2.0',
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

const opaque = (bytes: number) => randomBytes(bytes).toString('base64url')
