/** What a sign-in is made with, and what a command says of it. */
import type { Context } from '../context.ts'
import type { UserClient } from '../tokens/msal/authorization-code.ts'
import type { Owner, SignInStore } from './store.ts'

export const prompts = ['login', 'select_account', 'consent'] as const

type GivenFlag = 'flow' | 'tenant' | 'clientId' | 'authorityHost' | 'scopes' | 'redirectUri' | 'port'

/** What flags and the profile say of how a person signs in: none of it changes the token. */
export interface SignInOptions {
  readonly redirectUri?: string | undefined
  readonly port?: number | undefined
  readonly loginHint?: string | undefined
  readonly domainHint?: string | undefined
  readonly prompt?: (typeof prompts)[number] | undefined
  /** The command that opens a browser. Whoever gives it is there, terminal or not. */
  readonly browser?: string | undefined
  /** What flags say in place of the profile: it belongs into the command that signs in. */
  readonly given?: Readonly<Partial<Record<GivenFlag, boolean>>>
}

type Person = Pick<
  Context,
  | 'env'
  | 'platform'
  | 'interactive'
  | 'tell'
  | 'warn'
  | 'notice'
  | 'showPassing'
  | 'send'
  | 'debug'
  /** Seconds since 1970. */
  | 'now'
>

export interface SignInWorld extends Person {
  readonly options: SignInOptions
  /** Whether to turn to a person at all. */
  readonly mayAsk: boolean
  readonly store: SignInStore
  /** The client to sign in to; its credential is looked up at the first use. Throws AppError as `createProof`. */
  readonly client: () => Promise<UserClient>
  /** Drops cached tokens that do not say whose they are: they were the only account's. */
  readonly forgetUnnamedTokens: (owner: Owner) => Promise<void>
}
