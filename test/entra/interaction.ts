/** One sign-in in a browser, from page to page: account, password, second factor, consent. */
import { randomUUID } from 'node:crypto'
import type { App } from './app.ts'
import type { BrowserSession } from './browser-sessions.ts'
import type { ClaimsRequest } from './claims-request.ts'
import { type DelegatedScopes, neededScopes } from './delegated-scope.ts'
import { type EntraError, refused } from './errors.ts'
import type { Answer } from './exchange.ts'
import {
  accountsPage,
  approvalPage,
  consentPage,
  type FormTarget,
  passwordPage,
} from './pages/sign-in-pages.ts'
import { interactionRequired, type Policy } from './policies.ts'
import type { Tenant } from './tenant.ts'
import type { SignIn, User } from './user.ts'
import { consentText } from './user-token.ts'

export interface InteractionOptions {
  readonly app: App
  /** Whose users may sign in, and by whose policies. Throws for users who may not. */
  readonly tenantOf: (user: User) => Tenant
  readonly scopes: DelegatedScopes
  readonly claims: ClaimsRequest
  readonly prompt: string | undefined
  readonly loginHint: string | undefined
  /** URL that the forms post to. */
  readonly formAction: string
  readonly finish: (signIn: SignIn) => Answer
  readonly refuse: (error: EntraError) => Answer
}

export class Interaction {
  readonly id = randomUUID()
  readonly options: InteractionOptions
  readonly #session: BrowserSession
  #signIn: SignIn | undefined
  #hasConsented = false
  #isOver = false

  constructor(options: InteractionOptions, session: BrowserSession) {
    this.options = options
    this.#session = session
  }

  /** Whether it has given its answer to the app. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Whether it was begun in this browser. */
  belongsTo(session: BrowserSession): boolean {
    return session === this.#session
  }

  get cookie(): string {
    return this.#session.cookie
  }

  /** The first page, or the answer when the session is enough. */
  start(): Answer {
    const { prompt, loginHint, app } = this.options
    const usable = this.#session.signIns.filter(({ user }) => this.#isAllowed(user))
    const accounts = loginHint ? usable.filter(({ user }) => user.is(loginHint)) : usable
    const [first, second] = accounts
    if (prompt === 'none') return this.#withoutPages(first, second)
    if (prompt === 'login') return this.#passwordPage()
    if (usable.length > 0 && (prompt === 'select_account' || second)) {
      const users = usable.map(({ user }) => user)
      return accountsPage(this.#target, app, users)
    }
    return first ? this.#continueAs(first) : this.#passwordPage()
  }

  #withoutPages(signIn: SignIn | undefined, other: SignIn | undefined): Answer {
    const { app } = this.options
    if (!signIn) {
      const text = 'Session information is not sufficient for single-sign-on.'
      return this.fail(refused('login_required', 50058, text))
    }
    if (other) {
      const text =
        'Either multiple user identities are available for the current request or selected account is not supported for the scenario.'
      return this.fail(refused('interaction_required', 16000, text))
    }
    const policy = this.#unsatisfiedPolicy(signIn)
    if (policy) return this.fail(interactionRequired(policy, app.name))
    if (this.#missingConsent(signIn.user)) {
      return this.fail(refused('interaction_required', 65001, consentText(app)))
    }
    return this.#end(this.options.finish(signIn))
  }

  /** Goes on with an account that the session knows. */
  pick(username: string): Answer {
    const known = this.#session.signIns.find(({ user }) => user.is(username) && this.#isAllowed(user))
    return known ? this.#continueAs(known) : this.#passwordPage(username)
  }

  /** Asks for another account than those of the session. */
  askForAccount(): Answer {
    return this.#passwordPage('')
  }

  /** Takes a user whose password was right. */
  signInAs(user: User): Answer {
    const signIn = { user, at: Date.now(), mfa: false, contexts: [], sessionId: this.#session.id }
    this.#session.add(signIn)
    return this.#continueAs(signIn)
  }

  /** Shows the password page again. */
  refusePassword(username: string, error: string): Answer {
    return this.#passwordPage(username, error)
  }

  /** The second factor was given: it satisfies what policies and claims ask for. */
  approve(): Answer {
    const signIn = this.#signIn
    if (!signIn) return this.#passwordPage()
    const context = this.#unsatisfiedPolicy(signIn)?.context
    const contexts = [...signIn.contexts, ...this.options.claims.contexts, ...(context ? [context] : [])]
    const stronger = { ...signIn, mfa: true, contexts: [...new Set(contexts)] }
    this.#session.add(stronger)
    return this.#continueAs(stronger)
  }

  accept(): Answer {
    const signIn = this.#signIn
    if (!signIn) return this.#passwordPage()
    const { app } = this.options
    app.consents.grant(signIn.user, this.#neededScopes(signIn.user))
    this.#hasConsented = true
    return this.#continueAs(signIn)
  }

  cancel(): Answer {
    const text = 'User declined to consent to access the app.'
    return this.fail(refused('access_denied', 65004, text))
  }

  /** Ends it with an error for the app. */
  fail(error: EntraError): Answer {
    return this.#end(this.options.refuse(error))
  }

  #continueAs(signIn: SignIn): Answer {
    this.#signIn = signIn
    const { app, prompt } = this.options
    const { user } = signIn
    if (this.#unsatisfiedPolicy(signIn)) return approvalPage(this.#target, user)
    if (!this.#hasConsented && (prompt === 'consent' || this.#missingConsent(user))) {
      return consentPage(this.#target, app, user, this.#neededScopes(user))
    }
    return this.#end(this.options.finish(signIn))
  }

  #unsatisfiedPolicy(signIn: SignIn): Policy | undefined {
    const { app, claims, scopes, tenantOf } = this.options
    const context = claims.contexts.find((wanted) => !signIn.contexts.includes(wanted))
    if (context !== undefined) return { id: context, context }
    if (claims.policies[0] !== undefined && !signIn.mfa) return { id: claims.policies[0] }
    const resources = scopes.resources.map(({ resource }) => resource)
    return tenantOf(signIn.user).policies.findUnsatisfied(signIn, app, resources)
  }

  #missingConsent(user: User): boolean {
    const { consents } = this.options.app
    return !consents.knows(user) || consents.missing(user, this.#neededScopes(user)).length > 0
  }

  #neededScopes(user: User): readonly string[] {
    const { app, scopes } = this.options
    return scopes.resources.flatMap((resource) => neededScopes(resource, app, user))
  }

  #isAllowed(user: User): boolean {
    try {
      this.options.tenantOf(user)
      return true
    } catch {
      return false
    }
  }

  #passwordPage(username = this.options.loginHint ?? '', error?: string): Answer {
    return passwordPage(this.#target, this.options.app, username, error)
  }

  get #target(): FormTarget {
    return { action: this.options.formAction, flow: this.id }
  }

  #end(answer: Answer): Answer {
    this.#isOver = true
    return answer
  }
}
