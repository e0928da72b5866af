/** PKCS#11 modules that are installed, as p11-kit's configuration lists them (pkcs11.conf(5)). */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { arch } from 'node:os'
import { basename, isAbsolute, join } from 'node:path'

export interface ModulePlace {
  /** The person's home directory. */
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The file system's root; another in tests. */
  readonly root?: string
}

export interface InstalledModule {
  /** What its configuration file is called, without `.module`. */
  readonly name: string
  /** The library, absolute. */
  readonly path: string
}

const program = 'entra-auth-cli'
/** They have no keys of their own: trust anchors, all other modules together, another machine's, a debugging aid. */
const passedOver = /^(lib)?(p11-kit-(trust|proxy|client)|pkcs11-spy|nssckbi)\.(so|dylib|dll)/

/** Highest priority first, as p11-kit orders them; a file of the person's own goes before the system's of that name. */
export function findModules(place: ModulePlace): InstalledModule[] {
  const { root = '/', home, env } = place
  const directories = [
    join(root, 'usr/share/p11-kit/modules'),
    join(root, 'usr/local/share/p11-kit/modules'),
    join(root, 'opt/homebrew/share/p11-kit/modules'),
    join(root, 'etc/pkcs11/modules'),
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'pkcs11/modules'),
  ]
  const settings = new Map<string, Map<string, string>>()
  for (const directory of directories)
    for (const name of configurationFiles(directory)) {
      const merged = settings.get(name) ?? new Map<string, string>()
      for (const [key, value] of readSettings(join(directory, name))) merged.set(key, value)
      settings.set(name, merged)
    }
  const priority = (fields: Map<string, string>) => Number(fields.get('priority') ?? 0) || 0
  return [...settings]
    .filter(([, fields]) => isForUs(fields))
    .sort(([a, x], [b, y]) => priority(y) - priority(x) || (a < b ? -1 : 1))
    .flatMap(([name, fields]) => {
      const module = fields.get('module')
      if (!module || passedOver.test(basename(module))) return []
      const path = findModuleFile(module, root)
      return path === undefined ? [] : [{ name: name.replace(/\.module$/, ''), path }]
    })
}

function configurationFiles(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => /^[\w][\w.-]*\.module$/.test(name))
  } catch {
    return []
  }
}

function readSettings(path: string): [string, string][] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((line): [string, string][] => {
        const [, key, value] = /^\s*([a-z0-9-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? []
        return key !== undefined && value !== undefined ? [[key, value]] : []
      })
  } catch {
    return []
  }
}

function isForUs(fields: ReadonlyMap<string, string>): boolean {
  const names = (key: string) => fields.get(key)?.split(/[\s,]+/)
  if (fields.has('remote')) return false
  const only = names('enable-in')
  if (only) return only.includes(program)
  return !names('disable-in')?.includes(program)
}

/** Where a module given by its file name alone is: p11-kit's directories of modules. */
export function findModuleFile(module: string, root = '/'): string | undefined {
  if (isAbsolute(module)) return module
  return moduleDirectories(root)
    .map((directory) => join(directory, module))
    .find((path) => existsSync(path))
}

/** As GNU and Debian spell them. */
const triplets: Readonly<Record<string, string>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  arm: 'arm-linux-gnueabihf',
  riscv64: 'riscv64-linux-gnu',
  ppc64: 'powerpc64le-linux-gnu',
  s390x: 's390x-linux-gnu',
}

function moduleDirectories(root: string): string[] {
  const triplet = triplets[arch()]
  const libraries = [
    ...(triplet ? [`usr/lib/${triplet}`] : []),
    ...['usr/lib64', 'usr/lib', 'usr/local/lib', 'opt/homebrew/lib'],
  ]
  return [
    ...libraries.map((directory) => join(root, directory, 'pkcs11')),
    ...libraries.map((directory) => join(root, directory)),
  ]
}
