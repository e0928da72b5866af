/** References to secrets: a profile says where a secret is, and each use goes and gets it. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { AppError } from '../errors.ts'
import { safeText } from '../output/safe-text.ts'
import { Secret } from '../secret.ts'
import { runChild } from './child.ts'

export type SecretReference =
  | { readonly type: 'keychain' }
  | { readonly type: 'file-store' }
  | { readonly type: 'env'; readonly name: string }
  | { readonly type: 'file'; readonly path: string }
  | { readonly type: 'command'; readonly argv: readonly [string, ...string[]] }

export type OuterReference = Exclude<SecretReference, { type: 'keychain' | 'file-store' }>

export interface ReferenceWorld {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly uid?: number
  /** Milliseconds that a command may take; 30 seconds when left out. */
  readonly deadline?: number
  /** Bytes that a file may hold or a command may print; 64 KiB when left out. */
  readonly largest?: number
}

const invalid = (reason: string) =>
  new AppError('usage', `a reference to a secret ${reason}`, {
    hint: 'write env:NAME, file:/path, or command:PROGRAM ARG… (no shell reads it; a JSON array keeps spaces)',
  })

/** @throws AppError `usage`; the text is never quoted, because it may be a secret by mistake. */
export function parseReference(text: string): SecretReference {
  if (text === 'keychain' || text === 'file-store') return { type: text }
  const [, kind, rest = ''] = /^(env|file|command):([\s\S]*)$/.exec(text) ?? []
  if (kind === 'env') {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(rest)) return { type: 'env', name: rest }
    throw invalid('env: must be followed by the name of a variable')
  }
  if (kind === 'file') {
    if (isAbsolute(rest)) return { type: 'file', path: rest }
    throw invalid('file: must be followed by an absolute path')
  }
  if (kind === 'command') return { type: 'command', argv: parseCommand(rest) }
  throw invalid('must begin with env:, file: or command:')
}

function parseCommand(text: string): readonly [string, ...string[]] {
  const words = text.trimStart().startsWith('[') ? parseArgv(text) : text.split(/\s+/).filter(Boolean)
  const [program, ...args] = words
  if (program === undefined || program === '') throw invalid('command: must be followed by a program')
  return [program, ...args]
}

function parseArgv(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value) && value.every((word) => typeof word === 'string')) return value
  } catch {
    // The same error as for JSON of another shape.
  }
  throw invalid('command:[…] must be a JSON array of texts')
}

/**
 * The secret that a reference leads to now, without one newline at its end.
 * @throws AppError `not_found`, `config` or `unavailable`, naming the variable, path or program.
 */
export async function resolveReference(reference: OuterReference, world: ReferenceWorld): Promise<Secret> {
  const bytes = await readReferencedBytes(reference, world)
  const value = bytes.toString('utf8').replace(/\r?\n$/, '')
  if (value) return new Secret(value)
  throw isEmpty(reference)
}

/** The same, as bytes and whole: not everything that is referred to is text. Throws as `resolveReference`. */
export async function readReferencedBytes(reference: OuterReference, world: ReferenceWorld): Promise<Buffer> {
  const bytes = await readBytes(reference, world)
  if (bytes.length > 0) return bytes
  throw isEmpty(reference)
}

async function readBytes(reference: OuterReference, world: ReferenceWorld): Promise<Buffer> {
  switch (reference.type) {
    case 'env': {
      const text = world.env[reference.name]
      if (text !== undefined) return Buffer.from(text)
      throw new AppError('not_found', `the variable ${reference.name} is not set`, { hint: shouldHold })
    }
    case 'file':
      return readSecretFile(reference.path, world)
    case 'command':
      return runCommand(reference.argv, world)
  }
}

const shouldHold = 'it should hold the secret'

/** How errors call what a reference leads to; of a command, the program alone. */
export function referenceName(reference: OuterReference): string {
  switch (reference.type) {
    case 'env':
      return `the variable ${reference.name}`
    case 'file':
      return reference.path
    case 'command':
      return `what the command ${safeText(reference.argv[0])} printed`
  }
}

const isEmpty = (reference: OuterReference): AppError =>
  reference.type === 'command'
    ? new AppError(
        'unavailable',
        `the command ${safeText(reference.argv[0])} of a reference printed nothing`,
        {
          hint: 'it should print the secret',
        },
      )
    : new AppError('not_found', `${referenceName(reference)} is empty`, { hint: shouldHold })

const usualLargest = 64 * 1024
const sizeText = (bytes: number) =>
  bytes < 1024 * 1024 ? `${bytes / 1024} KiB` : `${bytes / 1024 / 1024} MiB`

/** Follows links, as mounted secrets are (Kubernetes), but not into what others may read. */
function readSecretFile(path: string, { uid, platform, largest = usualLargest }: ReferenceWorld): Buffer {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new AppError('not_found', `${path} is not there`, { hint: 'it should hold the secret', cause })
    throw new AppError('config', `cannot read ${path} (${code})`, { hint: 'check its permissions', cause })
  }
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile()) throw new AppError('config', `${path} is not a regular file`)
    if (stats.size > largest)
      throw new AppError('config', `${path} is larger than ${sizeText(largest)}: it holds no secret`)
    const isOurs = uid === undefined || stats.uid === uid || stats.uid === 0
    if (platform !== 'win32' && !isOurs)
      throw new AppError('config', `${path} belongs to another user (${stats.uid})`, {
        hint: 'a secret should be in a file of your own',
      })
    if (platform !== 'win32' && stats.mode & 0o077 && (uid === undefined || stats.uid === uid))
      throw new AppError('config', `${path} holds a secret and is open to other users`, {
        hint: `run: chmod 600 ${path}`,
      })
    return readFileSync(fd)
  } finally {
    closeSync(fd)
  }
}

async function runCommand(argv: readonly [string, ...string[]], world: ReferenceWorld): Promise<Buffer> {
  const [command, ...args] = argv
  const { platform, deadline = 30_000, largest = usualLargest } = world
  // It has no use for what opens our own store.
  const { ENTRA_AUTH_CLI_PASSPHRASE: _, ...env } = world.env
  const { stdout, stderr, end } = await runChild({
    command,
    args,
    env,
    platform,
    deadline,
    maxOutput: largest,
  })
  const failed = (reason: string, hint: string) =>
    new AppError('unavailable', `the command ${safeText(command)} of a reference ${reason}`, { hint })
  const said = safeText(stderr.toString('utf8').trim(), { max: 500 })
  const run = 'run it yourself to see why'
  switch (end.type) {
    case 'not-started':
      throw new AppError(
        'not_found',
        `the command ${safeText(command)} of a reference cannot be started (${end.code})`,
        {
          hint: 'install it, or write its full path',
        },
      )
    case 'timeout':
      throw failed(`was not finished after ${deadline / 1000} seconds`, run)
    case 'too-much-output':
      throw failed(`printed more than ${sizeText(largest)}`, 'it should print the secret and nothing else')
    case 'signal':
      throw failed(`was ended by ${end.signal}`, run)
    case 'exit':
      if (end.status !== 0) throw failed(`failed with status ${end.status}${said && `: ${said}`}`, run)
  }
  return stdout
}
