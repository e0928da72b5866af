/** Reads a file that a person named: it may be a pipe of the shell's (`<(…)`), and must not be endless. */
import { closeSync, openSync, readSync } from 'node:fs'
import { AppError } from '../errors.ts'

const chunkSize = 64 * 1024

/**
 * The bytes of a file, four MiB at the most unless said otherwise.
 * @throws AppError `not_found`, `config` when it cannot be read, `data` when it is larger.
 */
export function readInputFile(path: string, largest = 4 * 1024 * 1024): Buffer {
  const fd = attempt(path, () => openSync(path, 'r'))
  try {
    const chunks: Buffer[] = []
    for (let size = 0; ; ) {
      const chunk = Buffer.alloc(chunkSize)
      const count = attempt(path, () => readSync(fd, chunk))
      if (count === 0) return Buffer.concat(chunks)
      chunks.push(chunk.subarray(0, count))
      size += count
      if (size > largest)
        throw new AppError('data', `${path} is larger than ${Math.round(largest / 1024)} KiB`, {
          hint: 'check that it is the file you mean',
        })
    }
  } finally {
    closeSync(fd)
  }
}

/** The same as text, without a byte order mark. */
export const readInputText = (path: string, largest?: number): string =>
  readInputFile(path, largest)
    .toString('utf8')
    .replace(/^\uFEFF/, '')

function attempt<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new AppError('not_found', `${path} is not there`, { hint: 'check the path', cause })
    const hint = code === 'EISDIR' ? 'name a file, not a directory' : 'make it a file that you may read'
    throw new AppError('config', `cannot read ${path} (${code})`, { hint, cause })
  }
}
