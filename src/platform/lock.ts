/** A lock between processes that the kernel itself frees when its holder dies. */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../errors.ts'
import { ensurePrivateDirectory } from './atomic-file.ts'

/** Longest wait for another process, in milliseconds. */
const patience = 30_000

/** Runs `work` while this process alone holds the lock. Throws as `takeLock`, and what `work` throws. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = await takeLock(path)
  try {
    return await work()
  } finally {
    freeLock(lock)
  }
}

export const freeLock = (lock: number): void => closeSync(lock)

/**
 * Waits until no other process holds the lock file, and holds it. The file is never deleted: a lock on a name
 * that someone may remove is two locks. Waiting is polling with jitter, so a dead holder is noticed at once.
 * @throws AppError `try_again` after 30 seconds, `store` when the file system has no locks, `config` for
 * something at its place that is no file.
 */
export async function takeLock(path: string): Promise<number> {
  const { tryLock } = await import('fs-native-extensions')
  ensurePrivateDirectory(dirname(path))
  const deadline = performance.now() + patience
  for (;;) {
    const fd = openLockFile(path)
    if (attempt(() => tryLock(fd), path)) {
      if (isStillAt(fd, path)) {
        noteHolder(fd)
        return fd
      }
    }
    if (performance.now() > deadline) {
      const holder = readHolder(fd)
      closeSync(fd)
      throw new AppError('try_again', `another process${holder} has held ${path} for 30 seconds`, {
        hint: 'wait for it or end it, then run the command again',
      })
    }
    closeSync(fd)
    await pause(10 + Math.random() * 40)
  }
}

function openLockFile(path: string): number {
  const { O_RDWR, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants
  const fd = attempt(() => openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600), path)
  const stats = fstatSync(fd)
  if (stats.isFile()) {
    if ((stats.mode & 0o777) !== 0o600) setMode(fd)
    return fd
  }
  closeSync(fd)
  throw new AppError('config', `${path} is not a regular file`, { hint: 'remove it' })
}

/** The umask may have taken our own permissions away, and the next process could not open it. */
function setMode(fd: number): void {
  try {
    fchmodSync(fd, 0o600)
  } catch {
    // Windows has no modes, and another user's file keeps its own.
  }
}

function attempt<T>(action: () => T, path: string): T {
  try {
    return action()
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'failed'
    if (code === 'ELOOP' || code === 'EISDIR' || code === 'ENXIO')
      throw new AppError('config', `${path} is not a regular file`, { hint: 'remove it', cause })
    throw new AppError('store', `cannot lock ${path} (${code})`, {
      hint: 'its file system must be writable and support locks; ENTRA_AUTH_CLI_CONFIG_DIR chooses another place',
      cause,
    })
  }
}

/** A name that was removed or replaced meanwhile leads other processes to another lock than ours. */
function isStillAt(fd: number, path: string): boolean {
  try {
    return fstatSync(fd).ino === statSync(path).ino
  } catch {
    return false
  }
}

/** Only for the message of who waits too long: a full disk must not cost the lock. */
function noteHolder(fd: number): void {
  try {
    ftruncateSync(fd)
    writeSync(fd, String(process.pid), 0)
  } catch {}
}

function readHolder(fd: number): string {
  try {
    const buffer = Buffer.alloc(16)
    const pid = Number(buffer.subarray(0, readSync(fd, buffer, 0, 16, 0)).toString())
    return pid > 0 ? ` (process ${pid})` : ''
  } catch {
    return ''
  }
}
