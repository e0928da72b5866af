/** Who is signed in in a browser, by its cookie: what makes a second sign-in silent. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { SignIn } from './user.ts'

const cookieName = 'ESTSAUTH'

export class BrowserSession {
  readonly id = randomUUID()
  readonly #signIns: SignIn[] = []

  /** Sign-ins that still hold, newest last. */
  get signIns(): readonly SignIn[] {
    return this.#signIns.filter(({ user, at }) => !user.disabled && user.revokedAt < at)
  }

  /** Takes the place of the same user's earlier sign-in. */
  add(signIn: SignIn): void {
    const index = this.#signIns.findIndex(({ user }) => user === signIn.user)
    if (index >= 0) this.#signIns.splice(index, 1)
    this.#signIns.push(signIn)
  }

  /** The `Set-Cookie` value (RFC 6265). Cross-site, since apps send people here. */
  get cookie(): string {
    return `${cookieName}=${this.id}; Path=/; Secure; HttpOnly; SameSite=None`
  }
}

export class BrowserSessions {
  readonly #sessions = new Map<string, BrowserSession>()

  /** The session of the request's cookie, or a new one. */
  of(request: IncomingMessage): BrowserSession {
    const sent = new RegExp(`(?:^|; ?)${cookieName}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1]
    const known = sent === undefined ? undefined : this.#sessions.get(sent)
    if (known) return known
    const session = new BrowserSession()
    this.#sessions.set(session.id, session)
    return session
  }
}
