/** Secrets in sealed files, for machines without a keychain: one file each, under a machine key or a passphrase. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { seal } from '../crypto/seal.ts'
import { ensurePrivateDirectory, writeAtomically } from '../platform/atomic-file.ts'
import { withLock } from '../platform/lock.ts'
import { removeFile } from '../platform/remove-file.ts'
import { Secret } from '../secret.ts'
import { itemIdentity, itemPath, machineKeyPath, openItem, openMachineKey, storeKey } from './machine-key.ts'
import { createMaster, findMaster, refuseWithoutPassphrase } from './passphrase.ts'
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
    if (!passphrase) refuseWithoutPassphrase(directory)
    const master = passphrase ? await findMaster(directory, passphrase, uid) : openMachineKey(directory, uid)
    return master && storeKey(master)
  }
  const createKey = (): Promise<Uint8Array> =>
    withLock(join(directory, 'lock'), async () => {
      // Of several processes that need it at once, all use the one that came first.
      const known = await findKey()
      if (known) return known
      return storeKey(passphrase ? await createMaster(directory, passphrase) : createMachineKey(directory))
    })
  return {
    kind: 'file',
    async get(account) {
      const key = await findKey()
      const text = key && openItem(directory, account, key, uid)
      return text === undefined ? undefined : new Secret(text)
    },
    async set(account, secret) {
      ensurePrivateDirectory(directory, owner)
      const key = (await findKey()) ?? (await createKey())
      writeAtomically(itemPath(directory, account), seal(key, itemIdentity(account), secret.reveal()))
    },
    async remove(account) {
      return removeFile(itemPath(directory, account))
    },
  }
}

function createMachineKey(directory: string): Uint8Array {
  const key = randomBytes(32)
  writeAtomically(machineKeyPath(directory), key)
  return key
}
