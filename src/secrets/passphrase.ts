/** The file store's key from a passphrase (scrypt, RFC 7914), with a check value, so that a wrong one is told apart. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { passphraseKey, usualCost } from '../crypto/passphrase-key.ts'
import { seal, unseal } from '../crypto/seal.ts'
import { AppError } from '../errors.ts'
import { readPrivateFile, writeAtomically } from '../platform/atomic-file.ts'
import type { Secret } from '../secret.ts'
import { machineKeyPath } from './machine-key.ts'

const checkIdentity = 'passphrase-check'
const checkText = 'entra-auth-cli'

export const passphrasePath = (directory: string) => join(directory, 'passphrase.json')

interface PassphraseFile {
  readonly version: 1
  readonly salt: string
  readonly check: string
}

/**
 * The master key; undefined when no passphrase was ever set.
 * @throws AppError `denied` for a wrong passphrase, `config` for a damaged file or a store that is sealed without one.
 */
export async function findMaster(
  directory: string,
  passphrase: Secret,
  uid: number | undefined,
): Promise<Uint8Array | undefined> {
  const path = passphrasePath(directory)
  const kept = readPrivateFile(path, uid === undefined ? {} : { uid })
  if (kept) return openMaster(path, kept.toString('utf8'), passphrase)
  if (!existsSync(machineKeyPath(directory))) return undefined
  throw new AppError('config', `the file store in ${directory} is sealed without a passphrase`, {
    hint: 'unset ENTRA_AUTH_CLI_PASSPHRASE, or remove that directory and set the secrets again',
  })
}

/** A store that has a passphrase must not get secrets that whoever reads its files could open. */
export function refuseWithoutPassphrase(directory: string): void {
  if (existsSync(passphrasePath(directory)))
    throw new AppError('config', `the file store in ${directory} is sealed with a passphrase`, {
      hint: 'set ENTRA_AUTH_CLI_PASSPHRASE to it',
    })
}

/** Makes that passphrase the store's, which has none and is locked, and returns its master key. */
export async function createMaster(directory: string, passphrase: Secret): Promise<Uint8Array> {
  const salt = randomBytes(32)
  const master = await masterOf(passphrase, salt)
  const check = Buffer.from(seal(master, checkIdentity, checkText)).toString('base64')
  const content: PassphraseFile = { version: 1, salt: salt.toString('base64'), check }
  writeAtomically(passphrasePath(directory), `${JSON.stringify(content)}\n`)
  return master
}

const masterOf = (passphrase: Secret, salt: Uint8Array): Promise<Uint8Array> =>
  passphraseKey(passphrase, salt, usualCost)

async function openMaster(path: string, text: string, passphrase: Secret): Promise<Uint8Array> {
  const { salt, check } = parse(path, text)
  const master = await masterOf(passphrase, Buffer.from(salt, 'base64'))
  if (unseal(master, checkIdentity, Buffer.from(check, 'base64')) === checkText) return master
  throw new AppError('denied', 'ENTRA_AUTH_CLI_PASSPHRASE is not the passphrase of the file store', {
    hint: 'set the passphrase that it was made with',
  })
}

function parse(path: string, text: string): PassphraseFile {
  try {
    const { version, salt, check } = JSON.parse(text) as PassphraseFile
    if (version === 1 && typeof salt === 'string' && typeof check === 'string')
      return { version, salt, check }
  } catch {
    // Said below, without quoting the file.
  }
  throw new AppError('config', `${path} is damaged`, {
    hint: 'the secrets sealed with the passphrase are lost: remove the directory and set them again',
  })
}
