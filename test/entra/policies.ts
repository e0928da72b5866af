/** Conditional Access: what a sign-in must have before a token is given, and how the client is told. */
import { randomUUID } from 'node:crypto'
import type { App } from './app.ts'
import { type EntraError, refused } from './errors.ts'
import type { SignIn, User } from './user.ts'

export interface PolicyOptions {
  /** All that is not given applies to all. */
  readonly app?: App
  readonly user?: User
  /** As the scope names it, such as `https://graph.microsoft.com`. */
  readonly resource?: string
  /** An authentication context such as `c1`, asked for by `acrs`. A second factor if not given. */
  readonly context?: string
}

export interface Policy extends PolicyOptions {
  readonly id: string
}

/** Every user with `mfa` is under this one. */
const perUserPolicy: Policy = { id: randomUUID() }

export class Policies {
  readonly #policies = new Set<Policy>()

  add(options: PolicyOptions): Policy {
    const policy = { ...options, id: randomUUID() }
    this.#policies.add(policy)
    return policy
  }

  remove(policy: Policy): void {
    this.#policies.delete(policy)
  }

  /** The first policy that this sign-in does not satisfy. */
  findUnsatisfied(signIn: SignIn, app: App, resources: readonly string[]): Policy | undefined {
    if (signIn.user.mfa && !signIn.mfa) return perUserPolicy
    return [...this.#policies].find(
      (policy) =>
        (policy.app ?? app) === app &&
        (policy.user ?? signIn.user) === signIn.user &&
        (policy.resource === undefined || resources.includes(policy.resource)) &&
        !(policy.context === undefined ? signIn.mfa : signIn.contexts.includes(policy.context)),
    )
  }

  /** Throws `interaction_required` with the claims that the client must ask for next. */
  verify(signIn: SignIn, app: App, resource: string): void {
    const policy = this.findUnsatisfied(signIn, app, [resource])
    if (policy) throw interactionRequired(policy, resource)
  }
}

export function interactionRequired(policy: Policy, resource: string): EntraError {
  const claims =
    policy.context === undefined
      ? { capolids: { essential: true, values: [policy.id] } }
      : { acrs: { essential: true, value: policy.context } }
  return refused(
    'interaction_required',
    50076,
    `Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '${resource}'.`,
    { suberror: 'basic_action', claims: JSON.stringify({ access_token: claims }) },
  )
}
