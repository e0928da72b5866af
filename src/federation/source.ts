/** Where assertions come from: every source, and which of them the machine offers. */
import type { Send } from '../platform/http.ts'
import type { Environment } from '../profiles/environment.ts'
import type { FederatedCredential } from '../profiles/profile.ts'
import type { Secret } from '../secret.ts'
import type { SecretPurpose } from '../secrets/account.ts'

export interface SourceWorld {
  readonly env: Environment
  readonly platform: NodeJS.Platform
  readonly send: Send
  /** Asks endpoints of the machine itself. */
  readonly sendLocal: Send
  readonly debug: (line: string) => void
  readonly notice: (message: string) => void
  /** Seconds since 1970, with fractions. */
  readonly now: () => number
  readonly resolve: (reference: string, purpose: SecretPurpose) => Promise<Secret>
}

export interface FederatedSource {
  /** Whether the environment says that the machine offers an assertion. */
  readonly isOffered?: (env: Environment) => boolean
  /** Whether this is the kind of machine, even if it offers none. */
  readonly isHere?: (env: Environment) => boolean
  /** What to do for assertions of that audience. */
  readonly audienceHint?: (audience: string) => string
  /** A fresh assertion, unchecked. */
  readonly fetch: (credential: FederatedCredential, audience: string, world: SourceWorld) => Promise<Secret>
}
