/** The files and directories of the program: there, ours, closed to others, and readable. */
import { accessSync, constants, lstatSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppError, type ErrorCode } from '../errors.ts'
import { quoted } from '../platform/atomic-file.ts'
import { leftovers, openFiles } from './files-within.ts'
import { type Check, type DoctorWorld, type Finding, failure } from './finding.ts'

export const pathsCheck: Check = {
  group: 'files',
  deadline: 5,
  run: (world, add) => {
    const { paths } = world.context
    add(profilesFinding(world))
    for (const place of places(world)) add(directoryFinding(place, world))
    for (const [check, directory, suffix] of [
      ['secret-files', paths.secrets, /^machine\.key$|^passphrase\.json$|\.sealed$/],
      ['sign-in-files', paths.signIns, /\.sign-in$/],
      ['token-files', paths.tokens, /\.token$/],
    ] as const)
      openFiles(check, directory, suffix, world, add)
    leftovers([dirname(paths.profiles), paths.secrets, paths.signIns, paths.tokens], add)
  },
}

interface Place {
  readonly check: string
  readonly what: string
  readonly path: string
  /** What is refused when others may write there. */
  readonly status: 'failed' | 'warning'
  /** Others must not even look into it. */
  readonly closed: boolean
}

function places({ context: { paths } }: DoctorWorld): Place[] {
  return [
    {
      check: 'config-directory',
      what: 'profiles',
      path: dirname(paths.profiles),
      status: 'failed',
      closed: false,
    },
    {
      check: 'secrets-directory',
      what: 'sealed secrets',
      path: paths.secrets,
      status: 'failed',
      closed: false,
    },
    { check: 'sign-ins-directory', what: 'sign-ins', path: paths.signIns, status: 'failed', closed: false },
    { check: 'cache-directory', what: 'cached tokens', path: paths.tokens, status: 'warning', closed: false },
    ...(paths.runtime === undefined
      ? []
      : [
          {
            check: 'runtime-directory',
            what: "this login session's copy of the cache key",
            path: paths.runtime,
            status: 'warning',
            closed: true,
          } as const,
        ]),
  ]
}

function profilesFinding({ context, document, fault }: DoctorWorld): Finding {
  const check = 'profiles'
  const { path } = context.profiles
  if (fault instanceof AppError) return failure(check, fault, { path })
  if (fault !== undefined) throw fault
  if (!find(path))
    return {
      check,
      status: 'ok',
      message: `${path} is not there yet: there is no profile`,
      fix: 'create one: entra-auth-cli create-profile',
      details: { path, profiles: 0 },
    }
  const count = document.profiles.size
  const standard = document.default === undefined ? '' : `, ${document.default} is the default`
  return {
    check,
    status: 'ok',
    message: `${path}: ${count} profile${count === 1 ? '' : 's'}${standard}`,
    details: { path, profiles: count, ...(document.default !== undefined && { default: document.default }) },
  }
}

function find(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

const octal = (stats: Stats): string => `0${(stats.mode & 0o777).toString(8)}`

function directoryFinding({ check, what, path, status, closed }: Place, { context }: DoctorWorld): Finding {
  const { platform, profiles } = context
  const found = (state: Finding['status'], message: string, fix?: string, stats?: Stats): Finding => ({
    check,
    status: state,
    message,
    fix,
    details: { path, exists: stats !== undefined, ...(stats && { mode: octal(stats), uid: stats.uid }) },
    ...(state === 'failed' && { code: 'config' as ErrorCode }),
  })
  const target = followed(path)
  if (target === undefined) return absent(path, what, found, status)
  if (!target.isDirectory())
    return found(status, `${path} is not a directory`, `look at it: ls -ld ${quoted(path)}`, target)
  if (platform !== 'win32') {
    const { uid } = profiles
    if (uid !== undefined && target.uid !== uid)
      return found(
        status,
        `${path} belongs to another user (${target.uid})`,
        `run: chown ${uid} ${quoted(path)}`,
        target,
      )
    const mode = target.mode & 0o777
    if (mode & (closed ? 0o077 : 0o022))
      return found(
        status,
        `${path} is open to other users (mode ${octal(target)})`,
        `run: chmod 700 ${quoted(path)}`,
        target,
      )
    if (mode & 0o077)
      return found(
        'warning',
        `other users may look into ${path} (mode ${octal(target)})`,
        `run: chmod 700 ${quoted(path)}`,
        target,
      )
  }
  if (!isWritable(path))
    return found(status, `${path} is not writable`, `look at it: ls -ld ${quoted(path)}`, target)
  return found('ok', `${path}, for ${what}`, undefined, target)
}

/** A place that is not there yet needs a directory above it in which it can be made. */
function absent(
  path: string,
  what: string,
  found: (state: Finding['status'], message: string, fix?: string) => Finding,
  status: Finding['status'],
): Finding {
  const above = nearestAbove(path)
  return isWritable(above)
    ? found('ok', `${path} is not there yet; it will be made for ${what}`)
    : found(
        status,
        `${path} cannot be made for ${what}: ${above} is not writable`,
        `look at it: ls -ld ${quoted(above)}`,
      )
}

function nearestAbove(path: string): string {
  const parent = dirname(path)
  return parent === path || find(parent) ? parent : nearestAbove(parent)
}

/** Links are followed, as they are when the directory is used; one that leads nowhere is shown as itself. */
function followed(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? find(path)
  } catch {
    return find(path)
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}
