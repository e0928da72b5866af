/** Refresh tokens (RFC 6749 section 6): bound to a user and a client, not to a resource. */
import { randomBytes } from 'node:crypto'
import type { App } from './app.ts'
import { refused } from './errors.ts'
import type { UserGrant } from './user-grant.ts'

interface Entry {
  readonly grant: UserGrant
  /** Of the last use, in milliseconds since 1970. */
  usedAt: number
  revoked: boolean
}

export class RefreshTokens {
  readonly #tokens = new Map<string, Entry>()

  add(grant: UserGrant): string {
    const token = `1.${randomBytes(192).toString('base64url')}`
    this.#tokens.set(token, { grant, usedAt: Date.now(), revoked: false })
    return token
  }

  /** The grant of a token. Throws when it is unknown, another app's, revoked, or unused for so many seconds. */
  redeem(token: string, app: App, lifetime: number): UserGrant {
    const entry = this.#tokens.get(token)
    if (!entry) throw refused('invalid_grant', 9002313, 'Invalid request. Request is malformed or invalid.')
    const { grant } = entry
    if (grant.app !== app) {
      throw refused('invalid_grant', 700003, "The refresh token was not issued to this client's application.")
    }
    if (entry.revoked) throw refused('invalid_grant', 70000, 'Provided grant is invalid or malformed.')
    if (entry.usedAt + lifetime * 1000 <= Date.now()) throw inactive(entry, lifetime)
    entry.usedAt = Date.now()
    return grant
  }

  /** Makes one token void, as sign-in frequency and administrators do. */
  revoke(token: string): void {
    const entry = this.#tokens.get(token)
    if (entry) entry.revoked = true
  }

  /** Takes `revoke` back. */
  restore(token: string): void {
    const entry = this.#tokens.get(token)
    if (entry) entry.revoked = false
  }
}

function inactive({ usedAt }: Entry, lifetime: number) {
  return refused(
    'invalid_grant',
    700082,
    `The refresh token has expired due to inactivity. The token was issued on ${new Date(usedAt).toISOString()} and was inactive for ${lifetime} seconds.`,
  )
}
