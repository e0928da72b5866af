/** Files that a person asked for by name: whole, for us alone, and never in another file's place unless that was asked too. */
import { linkSync, lstatSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppError } from '../errors.ts'
import { cannotWrite, discard, stageFile, syncDirectory } from './atomic-file.ts'

export interface NewFile {
  readonly path: string
  readonly data: string | Uint8Array
}

const isThere = (path: string): AppError =>
  new AppError('usage', `${path} is there already`, {
    hint: 'choose another name, or replace it with --force',
  })

/** Before work that takes long. Throws AppError 'usage' for a file that is there, 'store' without its directory. */
export function refuseExisting(paths: readonly string[], replace: boolean): void {
  for (const path of paths) {
    if (!replace && lstatSync(path, { throwIfNoEntry: false })) throw isThere(path)
    try {
      lstatSync(dirname(path))
    } catch (cause) {
      throw cannotWrite(path, cause)
    }
  }
}

/**
 * Writes files that belong together: all content is on the disk before the first file gets its name, and when one
 * cannot be written, none that is new stays. Mode 0600, whatever the umask.
 * Throws AppError 'usage' for a file that is there and not to be replaced, 'store' when one cannot be written.
 */
export function writeTogether(files: readonly NewFile[], replace: boolean): void {
  const staged: { path: string; temporary: string }[] = []
  const published: string[] = []
  try {
    for (const { path, data } of files) staged.push({ path, temporary: stageFile(path, data) })
    for (const { path, temporary } of staged) {
      publish(temporary, path, replace)
      published.push(path)
    }
  } catch (error) {
    if (!replace) for (const path of published) discard(path)
    throw error
  } finally {
    for (const { temporary } of staged) discard(temporary)
  }
  for (const directory of new Set(files.map(({ path }) => dirname(path)))) syncDirectory(directory)
}

function publish(temporary: string, path: string, replace: boolean): void {
  try {
    // Unlike a rename, a link fails where something is already, however short ago it came.
    if (replace) renameSync(temporary, path)
    else linkSync(temporary, path)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'EEXIST') throw isThere(path)
    if (replace || !hasNoLinks.has(code ?? '')) throw cannotWrite(path, cause)
    if (lstatSync(path, { throwIfNoEntry: false })) throw isThere(path)
    renameSync(temporary, path)
  }
}

/** What file systems without hard links answer. */
const hasNoLinks: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EINVAL',
])
