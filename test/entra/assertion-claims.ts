/** The claims of a client assertion (RFC 7523 section 3) whose signature is already verified. */
import type { App } from './app.ts'
import { invalidClient, refused } from './errors.ts'
import type { TokenRequest } from './token-request.ts'

const skew = 5 * 60
const longestLife = 24 * 60 * 60
/** 9999-12-31: later times cannot be written as a date. */
const lastTime = 253_402_300_799

type Claims = Readonly<Record<string, unknown>>

/** A `jti` must be there but may come again: MSAL sends one assertion several times, and Entra takes it. */
export function verifyAssertionClaims(claims: Claims, app: App, request: TokenRequest): void {
  verifyTimes(claims, longestLife)
  verifyAudience(claims.aud, request)
  if (claims.iss !== claims.sub) {
    throw invalidClient(50048, 'Subject must match the issuer claim in the client assertion.')
  }
  if (String(claims.iss).toLowerCase() !== app.clientId) {
    throw invalidClient(
      700021,
      "Client assertion application identifier doesn't match 'client_id' parameter.",
    )
  }
  if (typeof claims.jti !== 'string' || !claims.jti) throw malformed("'jti'")
}

/** Neither early nor expired, nor good for longer than so many seconds from now. */
export function verifyTimes(claims: Claims, longest: number): void {
  const expires = time(claims.exp, "'exp'")
  const notBefore = claims.nbf === undefined ? undefined : time(claims.nbf, "'nbf'")
  const now = Date.now() / 1000
  const early = notBefore !== undefined && notBefore > now + skew
  if (early || expires <= now || expires > now + longest) {
    const from = iso(notBefore ?? now)
    throw invalidClient(
      700024,
      `Client assertion is not within its valid time range. Current time: ${iso(now)}, assertion valid from ${from}, expiry time of assertion ${iso(expires)}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .`,
    )
  }
}

/** The token endpoint or the issuer of this tenant, by any of its names. */
function verifyAudience(audience: unknown, { authority, tenant, tenantName }: TokenRequest): void {
  const names = tenant?.names ?? [tenantName]
  const expected = names.map((name) => authority.tokenEndpoint(name)).concat(authority.issuer(tenant))
  const accepted = new Set(expected.map((url) => url.toLowerCase()))
  const given = Array.isArray(audience) ? audience : [audience]
  if (given.some((url) => accepted.has(String(url).toLowerCase()))) return
  throw invalidClient(
    700023,
    `Client assertion audience claim does not match Realm issuer. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .`,
  )
}

function time(value: unknown, name: string): number {
  if (typeof value === 'number' && value >= 0 && value <= lastTime) return value
  throw malformed(name)
}

const malformed = (name: string) =>
  refused('invalid_request', 50027, `JWT token is invalid or malformed. Its ${name} is missing or not valid.`)

const iso = (seconds: number) => new Date(seconds * 1000).toISOString()
