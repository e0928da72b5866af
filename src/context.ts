/** The composition root: the only place that reads `process`, and the only one that names adapters. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ProofSources } from './credentials/proof.ts'
import type { TokenWorld } from './crypto/pkcs11/find-token.ts'
import { AppError, type ErrorCode, exitStatus } from './errors.ts'
import { writeWhole } from './output/stdout.ts'
import { createHttp, type Send } from './platform/http.ts'
import { createLocalHttp } from './platform/local-http.ts'
import { type Paths, resolvePaths } from './platform/paths.ts'
import type { Environment } from './profiles/environment.ts'
import { isSignIn } from './profiles/profile.ts'
import type { ProfileFile } from './profiles/store.ts'
import type { Secret } from './secret.ts'
import { createSecretKeeper, type SecretKeeper } from './secrets/keeper.ts'
import { previousSecrets } from './secrets/previous.ts'
import { createSignInWorld } from './sign-in/create-world.ts'
import { hasSignIns } from './sign-in/store.ts'
import type { SignInOptions } from './sign-in/world.ts'
import { openTokenCache } from './tokens/cache-contents.ts'
import type { Acquirer } from './tokens/get-token.ts'

export interface Manner {
  readonly quiet?: boolean | undefined
  readonly debug?: boolean | undefined
  readonly colors?: boolean | undefined
  /** Whether a person may be asked, or must be there to be asked. */
  readonly asking?: 'never' | 'wanted' | undefined
}

export interface Context {
  readonly env: Environment
  readonly platform: NodeJS.Platform
  /** Of Node itself: `v22.1.0`. */
  readonly nodeVersion: string
  /** Node's own program. */
  readonly nodePath: string
  readonly paths: Paths
  readonly profiles: ProfileFile
  readonly secrets: SecretKeeper
  readonly send: Send
  /** What reaching PKCS#11 tokens takes. */
  readonly pkcs11: TokenWorld
  /** Asks endpoints of the machine itself: no proxy, plain HTTP, and quick to notice that nobody is there. */
  readonly sendLocal: Send
  /** A person can be asked: prompts read stdin and are drawn on stderr. */
  readonly interactive: boolean
  readonly colors: boolean
  /** Columns of the terminal on stdout; undefined where it is none, so that nothing is cut for a program. */
  readonly columns: number | undefined
  /** Seconds since 1970, with fractions. */
  readonly now: () => number
  /** The payload. Nothing else is written to stdout. */
  readonly out: (payload: string | Uint8Array) => void
  /** Something went otherwise than expected; `--quiet` silences it. */
  readonly warn: (message: string) => void
  /** What a person must see to go on; nothing silences it. */
  readonly tell: (message: string) => void
  /** A line on the terminal that passes: each takes the place of the one before, an empty one clears it. */
  readonly showPassing: (line: string) => void
  /** What was done, for a person. */
  readonly notice: (message: string) => void
  readonly debug: (line: string) => void
  readonly readStdin: () => Promise<string>
  readonly readStdinBytes: () => Promise<Uint8Array>
  /** Does work that takes a while, and says so where a person is looking. */
  readonly during: <T>(what: string, work: () => Promise<T>) => Promise<T>
  /** The exit status of a command that did its work, and whose answer is not simply yes. */
  readonly exitWith: (status: ErrorCode) => void
  /** Ends the process with that status, though something may still be under way. */
  readonly end: () => never
}

const bin = 'entra-auth-cli'

export function createContext({ quiet = false, debug = false, colors = true, asking }: Manner = {}): Context {
  const { env, platform, stdin, stdout, stderr } = process
  const paths = resolvePaths({ env, platform, home: homedir() })
  const uid = process.getuid?.()
  const interactive = asking !== 'never' && Boolean(stdin.isTTY && stderr.isTTY)
  if (asking === 'wanted' && !interactive)
    throw new AppError('usage', '--interactive asks questions, and there is no terminal', {
      hint: 'leave it out, and say everything with flags: see --help',
    })
  const keychainHelper = { command: process.execPath, args: [join(__dirname, 'keychain-helper.cjs')] }
  // Questions and help are drawn by libraries, which know the variable alone.
  if (!colors) env.NO_COLOR = '1'
  const say = (line: string) => {
    try {
      writeWhole(2, `${bin}: ${line}\n`)
    } catch {
      // With stderr gone there is nowhere to say it; the payload still counts.
    }
  }
  const warn = (message: string) => {
    if (!quiet) say(`warning: ${message}`)
  }
  const notice = (message: string) => {
    if (!quiet) say(message)
  }
  const debugLine = (line: string) => {
    if (debug) say(`debug: ${line}`)
  }
  return {
    env,
    platform,
    nodeVersion: process.version,
    nodePath: process.execPath,
    paths,
    profiles: { path: paths.profiles, uid },
    secrets: createSecretKeeper({ env, paths, platform, uid, interactive, warn, notice, keychainHelper }),
    send: createHttp({ env, debug: debugLine }),
    pkcs11: {
      helper: { command: process.execPath, args: [join(__dirname, 'pkcs11-helper.cjs')] },
      ...{ env, platform, home: homedir(), warn, debug: debugLine },
      exclusively: (work) => whileLocked(join(paths.signatures, 'login.lock'), work, debugLine),
    },
    sendLocal: createLocalHttp({ debug: debugLine, thumbprint: env.IDENTITY_SERVER_THUMBPRINT }),
    interactive,
    colors: colors && Boolean(stdout.isTTY) && !env.NO_COLOR && env.TERM !== 'dumb',
    columns: stdout.isTTY ? stdout.columns || 80 : undefined,
    now: () => Date.now() / 1000,
    out: writePayload,
    warn,
    tell: say,
    showPassing: (line) => {
      if (stderr.isTTY && env.TERM !== 'dumb')
        stderr.write(`\r\u001b[2K${line.slice(0, (stderr.columns || 80) - 1)}`)
    },
    notice,
    debug: debugLine,
    readStdin: async () => (await readStdinBytes()).toString('utf8'),
    readStdinBytes,
    during: async (what, work) => {
      const drawn = stderr.isTTY && !quiet && !env.CI && env.TERM !== 'dumb'
      if (!drawn) return work()
      const { withSpinner } = await import('./prompts/spinner.ts')
      return withSpinner(what, work)
    },
    exitWith: (status) => {
      process.exitCode = exitStatus[status]
    },
    end: () => process.exit(),
  }
}

/** Where a lock cannot be had in time, the work matters more. */
async function whileLocked<T>(
  path: string,
  work: () => Promise<T>,
  debug: (line: string) => void,
): Promise<T> {
  const { takeLock, freeLock } = await import('./platform/lock.ts')
  const lock = await takeLock(path).catch((error: Error) => debug(error.message))
  try {
    return await work()
  } finally {
    if (lock !== undefined) freeLock(lock)
  }
}

function writePayload(payload: string | Uint8Array): void {
  try {
    writeWhole(1, payload)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new AppError('io', `standard output could not be written (${code})`, { cause })
  }
}

const largestInput = 4 * 1024 * 1024

async function readStdinBytes(): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestInput) throw new AppError('data', 'standard input is larger than 4 MiB')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

export interface AcquirerOptions {
  readonly noCache?: boolean
  readonly givenSecrets?: GivenSecrets
  /** Seconds that a new federated credential may need until Entra knows it. */
  readonly federationWait?: number | undefined
  readonly signIn?: SignInOptions
}

/** The collaborators of `getToken`. */
export async function createAcquirer(context: Context, options: AcquirerOptions = {}): Promise<Acquirer> {
  const { now, warn } = context
  const signIn = createSignInWorld(context, options.signIn)
  return {
    now,
    warn,
    cache: options.noCache ? undefined : await openTokenCache(context),
    settle: async (request) =>
      isSignIn(request.flow)
        ? (await import('./sign-in/choose-account.ts')).chooseAccount(request, signIn)
        : request,
    mayStay: (request) => !isSignIn(request.flow) || hasSignIns(signIn.store, request),
    acquire: async (request, { alone } = { alone: false }) =>
      (await import('./tokens/acquire.ts')).acquire(request, {
        ...context,
        federationWait: options.federationWait ?? 0,
        signIn: { ...signIn, mayAsk: !alone },
        proofSources: (profile) => proofSources(context, profile, options.givenSecrets),
        previousProofSources: (profile) =>
          proofSources({ ...context, secrets: previousSecrets(context.secrets) }, profile),
        confirm: async (confirmed) =>
          (await import('./profiles/previous.ts')).confirmCredential(confirmed, context),
      }),
  }
}

/** Secrets that flags gave for one request, by the references that stand for them. */
type GivenSecrets = ReadonlyMap<string, Secret>

/** Where the secrets of a profile's credential come from: flags, its references, or a person. */
export function proofSources(
  context: Context,
  profile: string | undefined,
  given: GivenSecrets = new Map(),
): ProofSources {
  const { secrets, now, interactive, pkcs11, paths } = context
  const resolve: ProofSources['resolve'] = async (reference, purpose) =>
    given.get(reference) ?? secrets.resolve(reference, profile, purpose)
  return {
    resolve,
    readCertificate: (reference) => secrets.readCertificate(reference),
    present: async (credential) =>
      (await import('./federation/present.ts')).presentAssertion(credential, { ...context, resolve }),
    ...(interactive && { ask: async (question) => (await import('./prompts/ask.ts')).askSecret(question) }),
    tokens: { world: pkcs11, memory: paths.signatures },
    now: () => now() * 1000,
  }
}
