/** Where this program keeps its files, on each platform. */
import { isAbsolute, join, resolve } from 'node:path'
import { AppError } from '../errors.ts'

export interface Paths {
  /** profiles.json, which people edit. */
  readonly profiles: string
  /** Sealed secrets of a machine without a keychain. */
  readonly secrets: string
  /** Sealed private keys, made for profiles. */
  readonly keys: string
  /** What renews people's sign-ins, sealed, one file for each application. */
  readonly signIns: string
  /** Sealed access tokens, one file each, and their locks. */
  readonly tokens: string
  /** How keys in PKCS#11 tokens sign: nothing secret. */
  readonly signatures: string
  /** Compiled code of the program itself. */
  readonly code: string
  /** The login session's own directory (memory-backed, gone at logout), where there is one. */
  readonly runtime: string | undefined
  /**
   * Set when the directories are not the platform's own: it keeps keychain items of several
   * configurations apart.
   */
  readonly scope: string | undefined
}

export interface Place {
  readonly platform: NodeJS.Platform
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
}

const app = 'entra-auth-cli'

/**
 * The directories: `ENTRA_AUTH_CLI_CONFIG_DIR` for all of them, else the platform's own
 * (XDG Base Directory Specification on Linux).
 * @throws AppError `config` when a variable holds a relative path, or there is no home directory.
 */
export function resolvePaths({ platform, home, env }: Place): Paths {
  const at = (variable: string, fallback: () => string): string => {
    const value = env[variable]
    if (!value) return fallback()
    // One spelling for one directory: it names the keychain items too.
    if (isAbsolute(value)) return resolve(value)
    throw new AppError('config', `${variable} must be an absolute path`, { hint: `set or unset ${variable}` })
  }
  const inHome = (...parts: string[]) => {
    if (isAbsolute(home)) return join(home, ...parts)
    throw new AppError('config', 'there is no home directory', {
      hint: 'set HOME, or ENTRA_AUTH_CLI_CONFIG_DIR to a directory of your own',
    })
  }
  const runtime = platform === 'linux' && env.XDG_RUNTIME_DIR ? at('XDG_RUNTIME_DIR', () => '') : undefined
  const build = (config: string, data: string, cache: string, own: boolean): Paths => ({
    profiles: join(config, 'profiles.json'),
    secrets: join(data, 'secrets'),
    keys: join(data, 'keys'),
    signIns: join(data, 'sign-ins'),
    tokens: join(cache, 'tokens'),
    signatures: join(cache, 'signatures'),
    code: join(cache, 'code'),
    runtime: runtime && join(runtime, app),
    scope: own ? config : undefined,
  })

  if (env.ENTRA_AUTH_CLI_CONFIG_DIR) {
    const root = at('ENTRA_AUTH_CLI_CONFIG_DIR', () => '')
    return build(root, root, join(root, 'cache'), true)
  }
  if (platform === 'win32') {
    const roaming = at('APPDATA', () => inHome('AppData', 'Roaming'))
    const local = at('LOCALAPPDATA', () => inHome('AppData', 'Local'))
    return build(join(roaming, app), join(local, app), join(local, app, 'cache'), false)
  }
  if (platform === 'darwin') {
    const support = inHome('Library', 'Application Support', app)
    return build(support, support, inHome('Library', 'Caches', app), false)
  }
  const config = at('XDG_CONFIG_HOME', () => inHome('.config'))
  return build(
    join(config, app),
    join(
      at('XDG_DATA_HOME', () => inHome('.local', 'share')),
      app,
    ),
    join(
      at('XDG_CACHE_HOME', () => inHome('.cache')),
      app,
    ),
    env.XDG_CONFIG_HOME !== undefined && config !== join(home, '.config'),
  )
}

/** Where compiled code may be kept, if anywhere: `ENTRA_AUTH_CLI_NO_CODE_CACHE` turns it off. */
export function findCodeDirectory(place: Place): string | undefined {
  if (place.env.ENTRA_AUTH_CLI_NO_CODE_CACHE) return undefined
  try {
    return resolvePaths(place).code
  } catch {
    return undefined
  }
}
