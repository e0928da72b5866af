/** What tokens there are, and what they show without a PIN. */
import { X509Certificate } from 'node:crypto'
import { AppError } from '../../errors.ts'
import { type DeviceWorld, openDevice } from './device.ts'
import { modulesOf, type TokenWorld } from './find-token.ts'
import type { SlotDescription, TokenContents } from './protocol.ts'
import { matchSlots } from './select.ts'
import { formatUri, type Pkcs11Uri } from './uri.ts'

export interface ListedObject {
  readonly label: string
  readonly id: Uint8Array
}

export interface ListedCertificate extends ListedObject {
  /** Undefined for one that cannot be read. */
  readonly certificate: X509Certificate | undefined
  /** The URI of certificate and key, with which a profile can be made. */
  readonly uri: string
}

export interface ListedToken {
  readonly module: string
  readonly label: string
  readonly serial: string
  readonly manufacturer: string
  readonly model: string
  readonly certificates: readonly ListedCertificate[]
  /** Those that show without the PIN: public keys, on most tokens. */
  readonly keys: readonly ListedObject[]
}

export interface ListedModule {
  readonly module: string
  readonly tokens: readonly ListedToken[]
  /** Why there are none: the module, or its device, failed. */
  readonly failure?: AppError
}

/**
 * The tokens that the URI may mean, `{}` for all, by module. A module that fails is listed with its failure.
 * @throws AppError `not_found` when no module is installed.
 */
export function listTokens(uri: Pkcs11Uri, world: TokenWorld): Promise<ListedModule[]> {
  return Promise.all(
    modulesOf(uri, world).map(async ({ path }): Promise<ListedModule> => {
      try {
        return { module: path, tokens: await listModule(path, uri, world) }
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        return { module: path, tokens: [], failure: error }
      }
    }),
  )
}

async function listModule(module: string, uri: Pkcs11Uri, world: DeviceWorld): Promise<ListedToken[]> {
  const device = await openDevice(module, world)
  try {
    const tokens: ListedToken[] = []
    for (const slot of matchSlots(uri, device.description)) {
      await device.ask('session', { slot: slot.slot, write: false })
      tokens.push(describeToken(module, slot, await device.ask('contents', {})))
    }
    return tokens
  } finally {
    await device.close()
  }
}

function describeToken(module: string, { token }: SlotDescription, contents: TokenContents): ListedToken {
  const bytes = (id: string) => Buffer.from(id, 'base64')
  const { label, serial, manufacturer, model } = token
  return {
    module,
    label,
    serial,
    manufacturer,
    model,
    certificates: contents.certificates.map((one) => ({
      label: one.label,
      id: bytes(one.id),
      certificate: readCertificate(bytes(one.value)),
      uri: formatUri({
        token: label,
        ...(one.label !== '' && { object: one.label }),
        ...(one.id !== '' && { id: bytes(one.id) }),
        'module-path': module,
      }),
    })),
    keys: [...contents.publicKeys, ...contents.privateKeys]
      .map((key) => ({ label: key.label, id: bytes(key.id) }))
      .filter(
        (key, index, all) =>
          index === all.findIndex((one) => one.label === key.label && one.id.equals(key.id)),
      ),
  }
}

function readCertificate(der: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(der)
  } catch {
    return undefined
  }
}
