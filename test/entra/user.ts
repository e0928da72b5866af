/** A person's account, in its home tenant. */
import { randomUUID } from 'node:crypto'

export interface UserOptions {
  /** Display name. */
  readonly name?: string
  /** User principal name, such as `ada@contoso.onmicrosoft.com`. */
  readonly username: string
  readonly password?: string
  /** Whether every sign-in needs a second factor. */
  readonly mfa?: boolean
  readonly disabled?: boolean
  readonly objectId?: string
}

export class User {
  readonly name: string
  readonly username: string
  readonly password: string
  readonly objectId: string
  /** GUID of the home tenant. */
  readonly tenantId: string
  mfa: boolean
  disabled: boolean
  /** Grants made before this time, in milliseconds since 1970, are void. */
  revokedAt = 0

  constructor(options: UserOptions, tenantId: string) {
    this.username = options.username
    this.name = options.name ?? options.username.split('@')[0] ?? options.username
    this.password = options.password ?? 'correct horse battery staple'
    this.objectId = options.objectId ?? randomUUID()
    this.tenantId = tenantId
    this.mfa = options.mfa ?? false
    this.disabled = options.disabled ?? false
  }

  /** Names are compared in any case. */
  is(username: string): boolean {
    return this.username.toLowerCase() === username.trim().toLowerCase()
  }
}

/** How a user proved who they are. It outlives the tokens: refresh tokens carry it on. */
export interface SignIn {
  readonly user: User
  /** Milliseconds since 1970. */
  readonly at: number
  readonly mfa: boolean
  /** Authentication contexts (`acrs`) that were satisfied, such as `c1`. */
  readonly contexts: readonly string[]
  /** Session id, the `sid` claim. */
  readonly sessionId: string
}
