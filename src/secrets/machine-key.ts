/** The file store's files, read: its machine key and what is sealed under it. On the fast path: `node:*` only. */

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { deriveKey, unseal } from '../crypto/seal.ts'
import { AppError } from '../errors.ts'
import { readPrivateFile } from '../platform/atomic-file.ts'

export const machineKeyPath = (directory: string): string => join(directory, 'machine.key')

/** Names give nothing away and fit every file system. */
export const itemPath = (directory: string, account: string): string =>
  join(directory, `${createHash('sha256').update(account).digest('hex')}.sealed`)

export const itemIdentity = (account: string): string => `secret:${account}`

/** The key that seals the items, from the machine key or from what a passphrase gives. */
export const storeKey = (master: Uint8Array): Uint8Array => deriveKey(master, 'secret-store')

const owner = (uid: number | undefined) => (uid === undefined ? {} : { uid })

/**
 * The machine key; undefined when there is none yet.
 * @throws AppError `config` when others could have read or changed it, or it is no key.
 */
export function openMachineKey(directory: string, uid: number | undefined): Uint8Array | undefined {
  const path = machineKeyPath(directory)
  const key = readPrivateFile(path, { maxBytes: 64, ...owner(uid) })
  if (key && key.length !== 32)
    throw new AppError('config', `${path} is not a key`, {
      hint: `the secrets sealed with it are lost: remove ${directory} and set them again`,
    })
  return key
}

/**
 * The secret of an account, opened with the store's key; undefined when there is none.
 * @throws AppError `config` when it is damaged or open to others: that is not the same as absent.
 */
export function openItem(
  directory: string,
  account: string,
  key: Uint8Array,
  uid: number | undefined,
): string | undefined {
  const path = itemPath(directory, account)
  const sealed = readPrivateFile(path, owner(uid))
  if (!sealed) return undefined
  const text = unseal(key, itemIdentity(account), sealed)
  if (text !== undefined) return text
  throw new AppError('config', `${path} is damaged, or sealed with another key`, {
    hint: 'remove it and set the secret again',
  })
}

/** A secret that the machine key alone opens; undefined when there is no such key or secret. */
export function findMachineSecret(
  directory: string,
  account: string,
  uid: number | undefined,
): string | undefined {
  const master = openMachineKey(directory, uid)
  return master && openItem(directory, account, storeKey(master), uid)
}
