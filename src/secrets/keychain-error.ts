/** What a keychain's failure means: is there none, is it locked, or is something wrong with it? */
import { AppError, type ErrorCode } from '../errors.ts'
import { safeText } from '../output/safe-text.ts'

export type KeychainState =
  /** This machine or session has none: the only state in which secrets may rest elsewhere. */
  | 'absent'
  /** A person must unlock it. */
  | 'locked'
  /** It did not answer in time. */
  | 'timeout'
  /** It answered with an error, or kept something else than it was given. */
  | 'broken'
  /** Several items match. */
  | 'ambiguous'
  /** The item, or the secret to keep, is not text it can hold. */
  | 'unfit'

/** The keyring library has no error codes: these are the texts of its Linux, macOS and Windows stores, and D-Bus's. */
const signs: readonly (readonly [RegExp, KeychainState])[] = [
  // D-Bus's text on a missing reply goes through all that may have "blocked" it: that is no lock.
  [/did not receive a reply|timed out|NoReply/i, 'timeout'],
  [
    /prompt was dismissed|IsLocked|\blocked\b|-25308|interaction is not allowed|user canceled|-128\b/i,
    'locked',
  ],
  [
    /not provided by any|autolaunch|Failed to connect to socket .*(No such file|Connection refused)/is,
    'absent',
  ],
  // A keyring daemon runs, but nobody ever made a keyring: what D-Bus starts on a server without a desktop.
  [/no result found/i, 'absent'],
  [/No default keychain|default keychain could not be found|-25307|No such logon session|1312/i, 'absent'],
  [/matched by \d+ credentials|ambiguous/i, 'ambiguous'],
  [/not valid UTF-8|longer than|cannot be empty|rejected by the platform/i, 'unfit'],
]

/** What an error's text from the keyring library means. */
export const keychainState = (error: unknown): KeychainState => {
  const text = error instanceof Error ? `${error.message} ${error.cause ?? ''}` : String(error)
  return signs.find(([sign]) => sign.test(text))?.[1] ?? 'broken'
}

interface Meaning {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
}

const otherStore = 'choose the file store with --secret-store file'

const meanings: Readonly<Record<KeychainState, Meaning>> = {
  absent: {
    code: 'config',
    message: 'there is no keychain here',
    hint: `start one (on Linux a Secret Service such as gnome-keyring, on the session's D-Bus), or ${otherStore}`,
  },
  locked: {
    code: 'interaction',
    message: 'the keychain is locked',
    hint: 'unlock it: log in to the desktop, or open its password manager and enter your password; then try again',
  },
  timeout: {
    code: 'store',
    message: 'the keychain did not answer in time',
    hint: `see whether its service hangs, and restart it or log in again; or ${otherStore}`,
  },
  broken: {
    code: 'store',
    message: 'the keychain failed',
    hint: `see whether its service runs; or ${otherStore}`,
  },
  ambiguous: {
    code: 'config',
    message: 'several keychain items match',
    hint: 'remove all but one: on Linux, "secret-tool search --all service entra-auth-cli" lists them',
  },
  unfit: {
    code: 'config',
    message: 'the keychain cannot hold this secret, or the item it has is not text',
    hint: 'set the secret again',
  },
}

export class KeychainError extends AppError {
  readonly state: KeychainState

  /** `detail` is the store's own text, shown only where ours says too little. */
  constructor(state: KeychainState, detail?: string) {
    const { code, message, hint } = meanings[state]
    const told = detail !== undefined && (state === 'broken' || state === 'unfit')
    super(code, told ? `${message}: ${safeText(detail, { max: 300 })}` : message, { hint, cause: detail })
    this.state = state
  }
}
