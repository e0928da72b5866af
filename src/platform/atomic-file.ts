/**
 * Files that belong to one person: written whole or not at all, read only if nobody else could have touched them.
 * Synchronous, and on the fast path: `node:fs` alone.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { AppError } from '../errors.ts'

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_DIRECTORY = 0 } = constants

/** Windows has neither this flag nor owners and modes in POSIX's sense: there the checks of both are skipped. */
const hasModes = O_NOFOLLOW !== 0

const errorCode = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'failed'

/** A path for a POSIX shell, quoted where it needs to be. */
export const quoted = (path: string): string =>
  /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`

const config = (message: string, hint: string, cause?: unknown) =>
  new AppError('config', message, { hint, cause })

/**
 * Replaces a file in one step: a reader sees the old content or the new, and a failure leaves the old. A link at its
 * place is replaced, never followed. Its mode is exactly `mode` (0600), whatever the umask.
 * @throws AppError `store`.
 */
export function writeAtomically(
  path: string,
  data: string | Uint8Array,
  options: { mode?: number } = {},
): void {
  const temporary = stageFile(path, data, options)
  try {
    renameSync(temporary, path)
  } catch (cause) {
    discard(temporary)
    throw cannotWrite(path, cause)
  }
  syncDirectory(dirname(path))
}

/**
 * Writes the content beside that path, under a name of its own, which it returns: to be renamed or discarded.
 * @throws AppError `store`, with nothing left behind.
 */
export function stageFile(path: string, data: string | Uint8Array, options: { mode?: number } = {}): string {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString('hex')
  // A short name of its own: the file's own name may be as long as names can be.
  const temporary = join(dirname(path), `.${basename(path).slice(0, 32)}.${random}.tmp`)
  try {
    writeNewFile(temporary, bytes, options.mode ?? 0o600)
    return temporary
  } catch (cause) {
    discard(temporary)
    throw cannotWrite(path, cause)
  }
}

export function cannotWrite(path: string, cause: unknown): AppError {
  const directory = quoted(dirname(path))
  return new AppError('store', `cannot write ${path} (${errorCode(cause)})`, {
    hint: `its directory must be writable and have room: ls -ld ${directory}; df ${directory}`,
    cause,
  })
}

function writeNewFile(path: string, bytes: Uint8Array, mode: number): void {
  const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode)
  try {
    if (hasModes) fchmodSync(fd, mode)
    // One write may take only a part, on a full disk for instance, without an error.
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

export function discard(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It was never made, or cannot be removed: the first error says more.
  }
}

/** Makes the rename last. Failing is no failure: the content is in place, and Windows cannot open directories. */
export function syncDirectory(path: string): void {
  try {
    const fd = openSync(path, O_RDONLY | O_DIRECTORY)
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch {}
}

export interface PrivateFileRules {
  /** The owner the file must have; any when left out. */
  readonly uid?: number
  /** Largest size, 1 MiB when left out. */
  readonly maxBytes?: number
  /** A file without secrets: others may read it, but not write. */
  readonly othersMayRead?: boolean
}

/**
 * The content of a regular file that is ours alone, or undefined when there is none. Everything is checked after
 * opening, which neither follows a link nor waits for a FIFO.
 * @throws AppError `config`, naming the path and what to run.
 */
export function readPrivateFile(path: string, rules: PrivateFileRules): Buffer | undefined {
  let fd: number
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch (cause) {
    const code = errorCode(cause)
    if (code === 'ENOENT') return undefined
    if (code === 'ELOOP' || code === 'ENXIO')
      throw config(`${path} is not a regular file`, `look at it, and remove it: ls -l ${quoted(path)}`, cause)
    throw config(
      `cannot read ${path} (${code})`,
      `it must be a file that you may read: ls -l ${quoted(path)}`,
      cause,
    )
  }
  try {
    checkFile(path, fstatSync(fd), rules)
    return readAll(fd, path, rules.maxBytes ?? 1024 * 1024)
  } finally {
    closeSync(fd)
  }
}

function checkFile(path: string, stats: Stats, { uid, othersMayRead = false }: PrivateFileRules): void {
  if (!stats.isFile())
    throw config(`${path} is not a regular file`, `look at it, and remove it: ls -ld ${quoted(path)}`)
  if (!hasModes) return
  if (uid !== undefined && stats.uid !== uid)
    throw config(
      `${path} belongs to another user (${stats.uid})`,
      `remove it, or run: chown ${uid} ${quoted(path)}`,
    )
  const mode = stats.mode & 0o777
  if (mode & (othersMayRead ? 0o022 : 0o077))
    throw config(
      `${path} is open to other users (mode 0${mode.toString(8)})`,
      `run: chmod 600 ${quoted(path)}`,
    )
  if (stats.nlink !== 1)
    throw config(`${path} has ${stats.nlink} names (hard links)`, `keep one of them: ls -li ${quoted(path)}`)
}

function readAll(fd: number, path: string, maxBytes: number): Buffer {
  const tooLarge = () =>
    config(`${path} is larger than ${maxBytes} bytes`, 'it is not a file of ours: remove it')
  const { size } = fstatSync(fd)
  if (size > maxBytes) throw tooLarge()
  // One byte more than it should hold: reading it shows that the file grew.
  const buffer = Buffer.alloc(size + 1)
  let length = 0
  try {
    for (let read = -1; read !== 0 && length < buffer.length; length += read)
      read = readSync(fd, buffer, length, buffer.length - length, null)
  } catch (cause) {
    throw config(`cannot read ${path} (${errorCode(cause)})`, 'check its file system', cause)
  }
  if (length > size) throw tooLarge()
  return buffer.subarray(0, length)
}

/**
 * Makes a directory, and those above it, for us alone; one that is there must be ours (when `uid` is given) and
 * closed to writing by others.
 * @throws AppError `config` for something else at its place, `store` when it cannot be made.
 */
export function ensurePrivateDirectory(path: string, { uid }: { uid?: number } = {}): void {
  makeDirectory(path)
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats?.isDirectory()) throw notDirectory(path)
  if (!hasModes) return
  if (uid !== undefined && stats.uid !== uid)
    throw config(`${path} belongs to another user (${stats.uid})`, `run: chown ${uid} ${quoted(path)}`)
  const mode = stats.mode & 0o777
  if (mode & 0o022)
    throw config(
      `other users may write in ${path} (mode 0${mode.toString(8)})`,
      `run: chmod 700 ${quoted(path)}`,
    )
}

const notDirectory = (path: string, cause?: unknown) =>
  config(`${path} is not a directory`, `look at it: ls -ld ${quoted(path)}`, cause)

function makeDirectory(path: string, parentsMade = false): void {
  try {
    mkdirSync(path, 0o700)
    // The umask may have taken our own permissions away.
    if (hasModes) chmodSync(path, 0o700)
  } catch (cause) {
    const code = errorCode(cause)
    const parent = dirname(path)
    if (code === 'EEXIST') return
    if (code === 'ENOTDIR') throw notDirectory(parent, cause)
    if (code === 'ENOENT' && parent !== path && !parentsMade) {
      makeDirectory(parent)
      makeDirectory(path, true)
      return
    }
    throw new AppError('store', `cannot make the directory ${path} (${code})`, {
      hint: `the directory above it must be writable: ls -ld ${quoted(parent)}`,
      cause,
    })
  }
}
