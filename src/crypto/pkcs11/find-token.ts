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
}

export interface FoundToken {
  readonly device: Device
  readonly slot: SlotDescription
}

/** @throws AppError `not_found` naming the tokens there are, `usage` for several, and what `openDevice` throws. */
export async function findToken(uri: Pkcs11Uri, world: TokenWorld): Promise<FoundToken> {
  const modules = modulesOf(uri, world)
  const [only] = modules
  const open: Device[] = []
  const found: FoundToken[] = []
  const labels: string[] = []
  const failed: string[] = []
  try {
    for (const { path } of modules) {
      try {
        const device = await openDevice(path, world)
        open.push(device)
        labels.push(...initialized(device.description).map(({ token }) => token.label))
        found.push(...matchSlots(uri, device.description).map((slot) => ({ device, slot })))
      } catch (error) {
        // One module of several may be installed without its device.
        if (modules.length === 1 || !(error instanceof AppError)) throw error
        world.debug(error.message)
        failed.push(error.message)
      }
    }
    const [match] = found
    if (!match)
      throw noToken(uri, modules.length === 1 ? (only?.path ?? '') : 'any PKCS#11 module', labels, failed)
    // A token may be reached by two modules.
    const others = found.filter(({ slot }) => !isSame(slot, match.slot))
    if (others.length > 0) throw severalTokens(found.map(({ slot }) => slot))
    await Promise.all(open.filter((device) => device !== match.device).map((device) => device.close()))
    return match
  } catch (error) {
    await Promise.all(open.map((device) => device.close()))
    throw error
  }
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
