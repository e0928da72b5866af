/** Secrets in the operating system's keychain: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows. */
import { Secret } from '../secret.ts'
import { runChild } from './child.ts'
import { KeychainError, type KeychainState, keychainState } from './keychain-error.ts'
import type { KeychainAnswer, KeychainRequest } from './keychain-helper.ts'
import type { SecretStore } from './store.ts'

export interface KeychainOptions {
  /** The name our items carry. */
  readonly service: string
  /** Milliseconds that the keychain has to answer; 5000 when left out. */
  readonly deadline?: number
  /** Milliseconds more that a person has to answer its unlock dialog; none when left out. */
  readonly patience?: number
  readonly platform: NodeJS.Platform
  /** Only what reaching the keychain takes is passed on. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Starts the process that runs `runKeychainHelper`. */
  readonly helper: { readonly command: string; readonly args: readonly string[] }
}

/** How the helper finds the keychain: the session's bus, a home, and what Windows needs to start a process at all. */
const passedOn = [
  ...['DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR', 'HOME', 'USER', 'LOGNAME', 'LD_LIBRARY_PATH', 'TMPDIR'],
  ...['SystemRoot', 'SYSTEMROOT', 'windir', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA', 'TEMP', 'TMP'],
]

const largestAnswer = 16 * 1024 * 1024

/** The store. Its methods throw `KeychainError`, whose `state` says what is the matter. */
export function createKeychain(options: KeychainOptions): SecretStore {
  const { service } = options
  return {
    kind: 'keychain',
    async get(account) {
      const answer = await ask({ action: 'get', service, account }, options)
      if (answer.type !== 'secret') throw unexpected(answer)
      return answer.secret === null ? undefined : new Secret(answer.secret)
    },
    async set(account, secret) {
      const value = secret.reveal()
      // Lone surrogates have no UTF-8: they would come back as other characters.
      if (/\p{Surrogate}/u.test(value)) throw new KeychainError('unfit', 'it is not well-formed Unicode')
      const answer = await ask({ action: 'set', service, account, secret: value }, options)
      if (answer.type !== 'stored') throw unexpected(answer)
    },
    async remove(account) {
      const answer = await ask({ action: 'remove', service, account }, options)
      if (answer.type !== 'removed') throw unexpected(answer)
      return answer.removed
    },
  }
}

/** Whether a secret could be kept and read now, found by doing it; nothing stays behind. */
export async function probeKeychain(options: KeychainOptions): Promise<'working' | KeychainState> {
  try {
    await ask({ action: 'probe', service: options.service }, options)
    return 'working'
  } catch (error) {
    if (error instanceof KeychainError) return error.state
    throw error
  }
}

/** @throws KeychainError when the answer is a failure, or does not come. */
async function ask(request: KeychainRequest, options: KeychainOptions): Promise<KeychainAnswer> {
  const { platform, env, helper, deadline = 5000, patience = 0 } = options
  // Without either, libdbus knows no bus to ask: containers and CI runners have their answer at once.
  if (platform === 'linux' && !env.DBUS_SESSION_BUS_ADDRESS && !env.XDG_RUNTIME_DIR)
    throw new KeychainError('absent')
  const { stdout, end } = await runChild({
    ...helper,
    platform,
    env: Object.fromEntries(passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
    input: JSON.stringify(request),
    deadline,
    // Having connected, a store that hangs gives up by itself: one that still waits, waits for a person.
    extend: (said) => (connected(said) ? patience : 0),
    maxOutput: largestAnswer,
  })
  const answers = readAnswers(stdout.toString('utf8'))
  const last = answers.at(-1)
  if (end.type === 'timeout') throw new KeychainError(last?.type === 'connected' ? 'locked' : 'timeout')
  if (last?.type === 'failed') throw new KeychainError(stateOf(last), last.message)
  if (last === undefined || last.type === 'connected')
    throw new KeychainError(
      'broken',
      // What it printed is left out: it may quote the request, and that holds the secret.
      `its helper process ended early (${endText(end)})`,
    )
  return last
}

const stateOf = ({ message, cause }: KeychainAnswer & { type: 'failed' }) =>
  keychainState(new Error(message, { cause }))

const connected = (said: string) => readAnswers(said).at(-1)?.type === 'connected'

/** Whole lines only: the last may still be on its way. */
const readAnswers = (text: string): KeychainAnswer[] =>
  text
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as KeychainAnswer]
      } catch {
        return []
      }
    })

const endText = (end: Awaited<ReturnType<typeof runChild>>['end']): string => {
  switch (end.type) {
    case 'exit':
      return `status ${end.status}`
    case 'signal':
      return end.signal
    case 'not-started':
      return end.code
    default:
      return end.type
  }
}

const unexpected = (answer: KeychainAnswer) =>
  new KeychainError('broken', `its helper answered "${answer.type}"`)
