/** An access token with what must be known to keep it and hand it out. Times are seconds since 1970. */

export interface AccessToken {
  readonly accessToken: string
  readonly tokenType: string
  readonly expiresOn: number
  /** From here on a new one should be asked for, though this one still works (`refresh_in`). */
  readonly refreshOn?: number
  readonly obtainedOn: number
  readonly scope: string
  readonly tenant: string
  readonly clientId: string
  readonly authorityHost: string
  readonly flow: string
  readonly profile?: string
  /** As in the request; absent for the only account. */
  readonly account?: string
  /** As in the request. */
  readonly claims?: string
}

export type Freshness = 'fresh' | 'due for refresh' | 'expired'

/** @param minTtl seconds that must be left for the token to be handed out. */
export function freshness(token: AccessToken, now: number, minTtl: number): Freshness {
  if (token.expiresOn - now <= minTtl) return 'expired'
  return token.refreshOn !== undefined && now >= token.refreshOn ? 'due for refresh' : 'fresh'
}

const characters = /^[\w.~+/=-]+$/
const farthest = 30 * 24 * 3600

/** What a cache entry must look like; anything else is a miss. */
export function isAccessToken(value: unknown, now: number): value is AccessToken {
  if (typeof value !== 'object' || value === null) return false
  const { accessToken, expiresOn, refreshOn, ...rest } = value as Record<string, unknown>
  return (
    typeof accessToken === 'string' &&
    characters.test(accessToken) &&
    typeof expiresOn === 'number' &&
    expiresOn < now + farthest &&
    (refreshOn === undefined || typeof refreshOn === 'number') &&
    typeof rest.obtainedOn === 'number' &&
    ['tokenType', 'scope', 'tenant', 'clientId', 'authorityHost', 'flow'].every(
      (name) => typeof rest[name] === 'string',
    )
  )
}
