/** What users and administrators let an app do: delegated permissions, `{resource}/{name}`, or Microsoft Graph's. */
import { fullScope } from './delegated-scope.ts'
import type { User } from './user.ts'

export class Consents {
  readonly #admin = new Set<string>()
  readonly #users = new Map<User, Set<string>>()

  /** A user's own consent. Without scopes it is to sign-in alone. */
  grant(user: User, scopes: Iterable<string> = []): void {
    const granted = this.#users.get(user) ?? new Set()
    for (const scope of scopes) granted.add(fullScope(scope))
    this.#users.set(user, granted)
  }

  /** An administrator's consent, for all users. */
  grantForAll(scopes: Iterable<string>): void {
    for (const scope of scopes) this.#admin.add(fullScope(scope))
  }

  /** Whether this user, or an administrator, has let the app sign people in at all. */
  knows(user: User): boolean {
    return this.#admin.size > 0 || this.#users.has(user)
  }

  /** Everything granted for this user. */
  of(user: User): readonly string[] {
    return [...new Set([...this.#admin, ...(this.#users.get(user) ?? [])])]
  }

  /** Those that are not granted yet. Names are compared in any case. */
  missing(user: User, scopes: readonly string[]): readonly string[] {
    const granted = new Set(this.of(user).map((scope) => scope.toLowerCase()))
    return scopes.filter((scope) => !granted.has(scope.toLowerCase()))
  }

  /** Takes a user's consent back, or everybody's and the administrator's. */
  withdraw(user?: User): void {
    if (user) this.#users.delete(user)
    else {
      this.#users.clear()
      this.#admin.clear()
    }
  }
}
