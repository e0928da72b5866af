/** Finds the one token that a PKCS#11 URI means, in the module it names or in those that are installed. */
import { AppError } from '../../errors.ts'
import { type Device, type DeviceWorld, openDevice } from './device.ts'
import { findModuleFile, findModules, type InstalledModule } from './modules.ts'
import type { SlotDescription } from './protocol.ts'
import { initialized, matchSlots, noToken, severalTokens } from './select.ts'
import type { Pkcs11Uri } from './uri.ts'

export interface TokenWorld extends DeviceWorld {
  /** The person's home directory, where p11-kit's configuration may be. */
  readonly home: string
  readonly warn: (message: string) => void
  /** Keeps other processes of ours waiting: SoftHSM fails some of several logins at one moment. */
  readonly exclusively?: <T>(work: () => Promise<T>) => Promise<T>
}

export interface FoundToken {
  readonly device: Device
  readonly slot: SlotDescription
}

/** @throws AppError `not_found` naming the tokens there are, `usage` for several, and what `openDevice` throws. */
export async function findToken(uri: Pkcs11Uri, world: TokenWorld): Promise<FoundToken> {
  const { open, failed } = await openAll(modulesOf(uri, world), world)
  const found = open.flatMap((device) =>
    matchSlots(uri, device.description).map((slot) => ({ device, slot })),
  )
  const [match] = found
  // A token may be reached by two modules.
  const isClear = match && found.every(({ slot }) => isSame(slot, match.slot))
  await Promise.all(open.map((device) => (isClear && device === match.device ? undefined : device.close())))
  if (isClear) return match
  if (match) throw severalTokens(found.map(({ slot }) => slot))
  const labels = open.flatMap(({ description }) => initialized(description).map(({ token }) => token.label))
  const [only, ...others] = [...open.map(({ module }) => module), ...failed]
  throw noToken(uri, only && others.length === 0 ? only : 'any PKCS#11 module', labels, failed)
}

/** Opens all modules at once. One of several may be installed without its device: only a single one must work. */
async function openAll(modules: readonly InstalledModule[], world: TokenWorld) {
  const results = await Promise.allSettled(modules.map(({ path }) => openDevice(path, world)))
  const open = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  const fatal = modules.length === 1 ? errors[0] : errors.find((error) => !(error instanceof AppError))
  if (fatal === undefined) return { open, failed: errors.map(({ message }: AppError) => message) }
  await Promise.all(open.map((device) => device.close()))
  throw fatal
}

const isSame = ({ slotId: a, token: x }: SlotDescription, { slotId: b, token: y }: SlotDescription) =>
  x.label === y.label && x.serial === y.serial && (x.serial !== '' || a === b)

/**
 * The modules that a URI may mean: the one of `module-path`, else those installed, of the name `module-name` if given.
 * @throws AppError `not_found` where there is none.
 */
export function modulesOf(uri: Pkcs11Uri, { home, env }: TokenWorld): InstalledModule[] {
  const path = uri['module-path']
  if (path !== undefined) return [{ name: path, path: findModuleFile(path) ?? path }]
  const installed = findModules({ home, env })
  const name = uri['module-name']
  const meant = name === undefined ? installed : installed.filter((module) => isNamed(module, name))
  if (meant.length > 0) return meant
  const there = installed.map((module) => module.name).join(', ')
  throw new AppError(
    'not_found',
    name === undefined ? 'no PKCS#11 module is installed' : 'there is no PKCS#11 module of that module-name',
    {
      hint: `give the library with --pkcs11-module${there ? `; installed are: ${there}` : ', or install one, as softhsm2 or libtpm2-pkcs11-1'}`,
    },
  )
}

/** RFC 7512, section 2.4: the library's name without prefix and suffix; p11-kit's own name is taken as well. */
const isNamed = ({ name, path }: InstalledModule, wanted: string) =>
  name === wanted || /(?:^|\/)(?:lib)?([^/]*?)\.(?:so|dylib|dll)[^/]*$/.exec(path)?.[1] === wanted
