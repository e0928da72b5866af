/** The first half of `getToken`: the cached token, if it is fresh. Both doors use it. */
import type { TokenRequest } from '../profiles/resolve.ts'
import { type AccessToken, freshness } from './access-token.ts'
import { entryName, readEntry, type TokenCache } from './cache.ts'

/** Seconds that a token handed out must still be good for, unless `--min-ttl` says otherwise. */
export const defaultMinTtl = 300

export function findToken(
  request: TokenRequest,
  cache: TokenCache,
  now: number,
  minTtl: number,
): AccessToken | undefined {
  const token = readEntry(cache, entryName(request), now)
  return token && freshness(token, now, minTtl) === 'fresh' ? token : undefined
}
