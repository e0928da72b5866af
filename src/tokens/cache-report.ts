/** Cached tokens as people and scripts read them; the tokens themselves stay sealed. */
import { relativeTime, utc } from '../output/relative-time.ts'
import { table } from '../output/table.ts'
import { freshness } from './access-token.ts'
import type { CachedEntry } from './cache-contents.ts'
import { defaultMinTtl } from './find-token.ts'

/** The names of a profile's entries begin alike. */
const idOf = (name: string) => name.slice(-12)

export function cacheRecord({ name, token }: CachedEntry, now: number) {
  const id = idOf(name)
  if (!token) return { id, state: 'unreadable' }
  return {
    id,
    state: freshness(token, now, defaultMinTtl),
    profile: token.profile,
    tenant_id: token.tenant,
    client_id: token.clientId,
    scope: token.scope,
    flow: token.flow,
    expires_on: token.expiresOn,
    expires_at: new Date(token.expiresOn * 1000).toISOString().replace('.000Z', 'Z'),
  }
}

/** @param columns of the terminal, where there is one. */
export function cacheTable(entries: readonly CachedEntry[], now: number, columns?: number): string {
  const rows = entries.map(({ name, token }) =>
    token
      ? [
          token.profile ?? '-',
          relativeTime(Math.round(token.expiresOn - now)),
          utc(token.expiresOn),
          token.scope,
        ]
      : [`(${idOf(name)})`, 'unreadable', '-', '-'],
  )
  return table(['PROFILE', 'EXPIRES', 'AT', 'SCOPE'], rows, columns)
}
