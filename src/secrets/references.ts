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
  switch (reference.type) {
    case 'env':
      return present(world.env[reference.name], `the variable ${reference.name}`)
    case 'file':
      return present(readSecretFile(reference.path, world), reference.path)
    case 'command':
      return runCommand(reference.argv, world)
  }
}

function present(text: string | undefined, source: string): Secret {
  const value = text?.replace(/\r?\n$/, '')
  if (value) return new Secret(value)
  throw new AppError('not_found', `${source} ${text === undefined ? 'is not set' : 'is empty'}`, {
    hint: 'it should hold the secret',
  })
}

const largestFile = 64 * 1024

/** Follows links, as mounted secrets are (Kubernetes), but not into what others may read. */
function readSecretFile(path: string, { uid, platform }: ReferenceWorld): string {
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
    if (stats.size > largestFile)
      throw new AppError('config', `${path} is larger than 64 KiB: it holds no secret`)
    const isOurs = uid === undefined || stats.uid === uid || stats.uid === 0
    if (platform !== 'win32' && !isOurs)
      throw new AppError('config', `${path} belongs to another user (${stats.uid})`, {
        hint: 'a secret should be in a file of your own',
      })
    if (platform !== 'win32' && stats.mode & 0o077 && (uid === undefined || stats.uid === uid))
      throw new AppError('config', `${path} holds a secret and is open to other users`, {
        hint: `run: chmod 600 ${path}`,
      })
    return readFileSync(fd, 'utf8')
  } finally {
    closeSync(fd)
  }
}

async function runCommand(argv: readonly [string, ...string[]], world: ReferenceWorld): Promise<Secret> {
  const [command, ...args] = argv
  const { platform, deadline = 30_000 } = world
  // It has no use for what opens our own store.
  const { ENTRA_AUTH_CLI_PASSPHRASE: _, ...env } = world.env
  const { stdout, stderr, end } = await runChild({
    command,
    args,
    env,
    platform,
    deadline,
    maxOutput: largestFile,
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
      throw failed('printed more than 64 KiB', 'it should print the secret and nothing else')
    case 'signal':
      throw failed(`was ended by ${end.signal}`, run)
    case 'exit':
      if (end.status !== 0) throw failed(`failed with status ${end.status}${said && `: ${said}`}`, run)
  }
  const value = stdout.toString('utf8').replace(/\r?\n$/, '')
  if (value === '') throw failed('printed nothing', 'it should print the secret')
  return new Secret(value)
}
