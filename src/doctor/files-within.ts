/** The files in our directories: closed to others, and finished. */
import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ErrorCode } from '../errors.ts'
import { quoted } from '../platform/atomic-file.ts'
import type { Add, DoctorWorld } from './finding.ts'

const filesIn = (directory: string): string[] => {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

/** Files of ours that others could have read or changed are refused when they are used: said here, before. */
export function openFiles(
  check: string,
  directory: string,
  ours: RegExp,
  { context }: DoctorWorld,
  add: Add,
): void {
  if (context.platform === 'win32') return
  const { uid } = context.profiles
  const open = filesIn(directory).filter((name) => {
    const stats = ours.test(name) ? lstatSync(join(directory, name), { throwIfNoEntry: false }) : undefined
    return stats && (!stats.isFile() || stats.mode & 0o077 || (uid !== undefined && stats.uid !== uid))
  })
  const [first] = open
  if (first === undefined) return
  const isSecret = check === 'secret-files'
  const removal = check === 'sign-in-files' ? 'logout --all' : 'cache clear'
  const more = open.length > 1 ? ` and ${open.length - 1} more files` : ''
  add({
    check,
    status: isSecret ? 'failed' : 'warning',
    message: `${join(directory, first)}${more} could be read or changed by others, and ${open.length > 1 ? 'are' : 'is'} not used`,
    fix: isSecret
      ? `look at them: ls -l ${quoted(directory)}; then chmod 600, or set the secrets again`
      : `remove them: entra-auth-cli ${removal}`,
    ...(isSecret && { code: 'config' as ErrorCode }),
    details: { directory, files: open.length },
  })
}

/** What a process that was ended while writing leaves. */
export function leftovers(directories: readonly string[], add: Add): void {
  const paths = [...new Set(directories)].flatMap((directory) =>
    filesIn(directory)
      .filter((name) => /^\..*\.[0-9a-f]{16}\.tmp$/.test(name))
      .map((name) => join(directory, name)),
  )
  const [first] = paths
  if (first === undefined) return
  add({
    check: 'leftovers',
    status: 'ok',
    message: `${paths.length} unfinished file${paths.length === 1 ? '' : 's'} of interrupted runs, such as ${first}: harmless, and can be removed`,
    details: { files: paths.length },
  })
}
