/** Authorization codes (RFC 6749 section 4.1.2): short-lived, and good for one use. */
import { randomBytes } from 'node:crypto'
import { refused } from './errors.ts'
import type { UserGrant } from './user-grant.ts'

export interface CodeGrant extends UserGrant {
  readonly redirectUri: string
  /** PKCE's S256 challenge (RFC 7636 section 4.2). */
  readonly challenge: string | undefined
  readonly nonce: string | undefined
  /** The `claims` of the authorization request. */
  readonly claims: string | undefined
}

interface Entry {
  readonly grant: CodeGrant
  readonly at: number
  used: boolean
}

export class AuthorizationCodes {
  readonly #codes = new Map<string, Entry>()

  add(grant: CodeGrant): string {
    const code = `1.${randomBytes(96).toString('base64url')}`
    this.#codes.set(code, { grant, at: Date.now(), used: false })
    return code
  }

  /** Uses a code up, with whatever comes of it. Throws when it is unknown, used, or older than so many seconds. */
  redeem(code: string, lifetime: number): CodeGrant {
    const entry = this.#codes.get(code)
    if (!entry) throw refused('invalid_grant', 9002313, 'Invalid request. Request is malformed or invalid.')
    if (entry.used) {
      const text =
        'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.'
      throw refused('invalid_grant', 54005, text)
    }
    entry.used = true
    if (entry.at + lifetime * 1000 > Date.now()) return entry.grant
    const text =
      'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.'
    throw refused('invalid_grant', 70008, text)
  }
}
