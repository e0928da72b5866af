/** An assertion in a file, read anew each time: whoever put it there replaces it before it expires. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { AppError } from '../../errors.ts'
import { Secret } from '../../secret.ts'
import type { FederatedSource } from '../source.ts'

const largest = 64 * 1024

/** Kubernetes mounts it readable for all in the container, so its mode is no matter. */
export function readAssertionFile(path: string): Secret {
  let fd: number
  try {
    // Without waiting for a writer, should it be a pipe.
    fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new AppError('not_found', `${path} is not there`, { hint: 'it should hold the assertion', cause })
    throw new AppError('config', `cannot read ${path} (${code})`, { hint: 'check its permissions', cause })
  }
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile()) throw new AppError('config', `${path} is not a regular file`)
    if (stats.size > largest)
      throw new AppError('data', `${path} is larger than 64 KiB: it holds no assertion`)
    const text = readFileSync(fd, 'utf8').trim()
    if (text) return new Secret(text)
    throw new AppError('data', `${path} is empty`, { hint: 'it should hold the assertion' })
  } finally {
    closeSync(fd)
  }
}

export const file = (path: string): FederatedSource => ({ fetch: async () => readAssertionFile(path) })
