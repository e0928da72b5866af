/**
 * Private keys made for profiles. Few keychains hold so much in one item (Windows takes 1280 characters): the key rests
 * sealed in a file of its own, and a random key that opens it is what the keychain keeps. Its certificate stands before
 * it in the clear, so that showing that needs no keychain.
 */
import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { seal, unseal } from '../crypto/seal.ts'
import { AppError } from '../errors.ts'
import { ensurePrivateDirectory, readPrivateFile, writeAtomically } from '../platform/atomic-file.ts'
import { removeFile } from '../platform/remove-file.ts'
import { Secret } from '../secret.ts'
import type { SecretStore } from './store.ts'

export interface SealedKeyPlace {
  readonly directory: string
  readonly uid?: number
}

const label = 'ENTRA-AUTH-CLI SEALED PRIVATE KEY'
const block = new RegExp(`-----BEGIN ${label}-----\n([A-Za-z0-9+/=\n]+)\n-----END ${label}-----`)
const certificate = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g

/** Both stores may have a key of one account for a moment, while one takes the other's place. */
const pathOf = ({ directory }: SealedKeyPlace, kind: SecretStore['kind'], account: string): string =>
  join(directory, `${createHash('sha256').update(`${kind}:${account}`).digest('hex')}.pem`)

const identityOf = (account: string) => `private-key:${account}`

/**
 * A store for PEM text with a private key, whose opening keys are in that other store.
 * Its methods throw what that one throws; `config` for a file that others could touch or that is damaged; `store`.
 */
export function createSealedKeyStore(openers: SecretStore, place: SealedKeyPlace): SecretStore {
  const { kind } = openers
  const owner = place.uid === undefined ? {} : { uid: place.uid }
  const findOpener = async (account: string): Promise<Buffer | undefined> => {
    const text = await openers.get(account)
    const key = text && Buffer.from(text.reveal(), 'base64url')
    return key?.length === 32 ? key : undefined
  }
  return {
    kind,
    async get(account) {
      const path = pathOf(place, kind, account)
      const text = readPrivateFile(path, owner)?.toString('utf8')
      if (text === undefined) return undefined
      const opener = await findOpener(account)
      if (!opener) return undefined
      const sealed = block.exec(text)?.[1]
      const opened = sealed && unseal(opener, identityOf(account), Buffer.from(sealed, 'base64'))
      if (opened) return new Secret(opened)
      throw new AppError('config', `${path} is damaged, or sealed with another key`, {
        hint: 'make a new key: `entra-auth-cli cert generate --profile NAME --force`',
      })
    },
    async set(account, secret) {
      ensurePrivateDirectory(place.directory, owner)
      // The same one again: were the file not written after it, the old key would be lost.
      const known = await findOpener(account)
      const opener = known ?? randomBytes(32)
      if (!known) await openers.set(account, new Secret(opener.toString('base64url')))
      try {
        writeAtomically(pathOf(place, kind, account), fileText(account, opener, secret))
      } catch (error) {
        if (!known) await openers.remove(account)
        throw error
      }
    },
    async remove(account) {
      const hadFile = removeFile(pathOf(place, kind, account))
      return (await openers.remove(account)) || hadFile
    },
  }
}

function fileText(account: string, opener: Uint8Array, secret: Secret): string {
  const text = secret.reveal()
  const certificates = (text.match(certificate) ?? []).map((pem) => `${pem}\n`).join('')
  const sealed = Buffer.from(seal(opener, identityOf(account), text)).toString('base64')
  const lines = (sealed.match(/.{1,64}/g) ?? []).join('\n')
  return `${certificates}-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}

/** The certificates that came with an account's key, in PEM; undefined when there is no key. Throws AppError `config`. */
export function findKeyCertificates(
  place: SealedKeyPlace,
  kind: SecretStore['kind'],
  account: string,
): string | undefined {
  const owner = place.uid === undefined ? {} : { uid: place.uid }
  const text = readPrivateFile(pathOf(place, kind, account), owner)?.toString('utf8')
  return text?.match(certificate)?.join('\n')
}
