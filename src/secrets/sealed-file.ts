/** Secrets in sealed files, for machines without a keychain: one file each, under a machine key or a passphrase. */
import { randomBytes } from 'node:crypto'
import { linkSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { seal } from '../crypto/seal.ts'
import { AppError } from '../errors.ts'
import { ensurePrivateDirectory, writeAtomically } from '../platform/atomic-file.ts'
import { Secret } from '../secret.ts'
import { itemIdentity, itemPath, machineKeyPath, openItem, openMachineKey, storeKey } from './machine-key.ts'
import { createMaster, findMaster } from './passphrase.ts'
import type { SecretStore } from './store.ts'

export interface SealedFileOptions {
  readonly directory: string
  /** Seals instead of the machine key. */
  readonly passphrase?: Secret
  readonly uid?: number
}

/**
 * The store. Its methods throw AppError `config` for files that others could touch or that are damaged, `denied` for a
 * wrong passphrase, `store` when it cannot write.
 */
export function createSealedFileStore({ directory, passphrase, uid }: SealedFileOptions): SecretStore {
  const owner = uid === undefined ? {} : { uid }
  const findKey = async (): Promise<Uint8Array | undefined> => {
    const master = passphrase ? await findMaster(directory, passphrase, uid) : openMachineKey(directory, uid)
    return master && storeKey(master)
  }
  const obtainKey = async (): Promise<Uint8Array> => {
    ensurePrivateDirectory(directory, owner)
    return storeKey(
      passphrase ? await createMaster(directory, passphrase, uid) : obtainMachineKey(directory, uid),
    )
  }
  return {
    kind: 'file',
    async get(account) {
      const key = await findKey()
      const text = key && openItem(directory, account, key, uid)
      return text === undefined ? undefined : new Secret(text)
    },
    async set(account, secret) {
      const key = await obtainKey()
      writeAtomically(itemPath(directory, account), seal(key, itemIdentity(account), secret.reveal()))
    },
    async remove(account) {
      return removeFile(itemPath(directory, account))
    },
  }
}

/** The machine key, made at first use. Of several processes that make one at once, all use the one that came first. */
function obtainMachineKey(directory: string, uid: number | undefined): Uint8Array {
  const known = openMachineKey(directory, uid)
  if (known) return known
  const candidate = join(directory, `.machine.${randomBytes(8).toString('hex')}`)
  writeAtomically(candidate, randomBytes(32))
  try {
    // A link, unlike a rename, never replaces what is there.
    linkSync(candidate, machineKeyPath(directory))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new AppError('store', `cannot make ${machineKeyPath(directory)}`, { cause })
  } finally {
    removeFile(candidate)
  }
  return openMachineKey(directory, uid) as Uint8Array
}

function removeFile(path: string): boolean {
  try {
    unlinkSync(path)
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw new AppError('store', `cannot remove ${path}`, { hint: 'check its permissions', cause })
  }
}
