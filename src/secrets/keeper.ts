/** Keeps and finds secrets: decides between the keychain and the sealed file store, and never trades one for the other. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../errors.ts'
import { withLock } from '../platform/lock.ts'
import type { Paths } from '../platform/paths.ts'
import { Secret } from '../secret.ts'
import {
  cacheKeyAccount,
  isKeyPurpose,
  type SecretPurpose,
  secretAccount,
  signInKeyAccount,
} from './account.ts'
import { obtainCacheKey } from './cache-key.ts'
import { createKeychain, type KeychainOptions, probeKeychain } from './keychain.ts'
import { KeychainError, type KeychainState } from './keychain-error.ts'
import { isKeyringLocked } from './keyring-lock.ts'
import { parseReference, readReferencedBytes, referenceName, resolveReference } from './references.ts'
import { createSealedFileStore } from './sealed-file.ts'
import { createSealedKeyStore, findKeyCertificates } from './sealed-key.ts'
import { findSessionKey, type SessionPlace } from './session-key.ts'
import type { SecretStore } from './store.ts'

export type StoreKind = SecretStore['kind']

export interface SecretKeeper {
  /** The secret a reference leads to. Throws AppError; never undefined. */
  resolve(reference: string, profile: string | undefined, purpose: SecretPurpose): Promise<Secret>
  /** Keeps a profile's secret and returns the reference to it. */
  keep(profile: string, purpose: SecretPurpose, secret: Secret, kind: StoreKind | undefined): Promise<string>
  /** The reference that `keep` would return; undefined where the keychain is there and does not answer. */
  findReference(kind: StoreKind | undefined): Promise<string | undefined>
  /**
   * Removes what `keep` kept; references to elsewhere are none of our business. Where it cannot, it warns, and
   * answers false.
   */
  forget(profile: string, purpose: SecretPurpose, reference: string): Promise<boolean>
  /** The bytes of the certificate that a reference leads to, and how errors call it. Throws AppError. */
  readCertificate(reference: string): Promise<{ readonly bytes: Uint8Array; readonly name: string }>
  /** The certificates, in PEM, of a private key that `keep` kept: public, so that no store is asked. */
  findKeyCertificates(profile: string, reference: string, purpose?: SecretPurpose): string | undefined
  /** The key that seals cached tokens; undefined, and said, where there is none to be had. */
  findOrCreateCacheKey(): Promise<Uint8Array | undefined>
  /** Whether the keychain would keep a secret now; no unlock dialog opens for the question. */
  examineKeychain(): Promise<'working' | KeychainState>
  /** The key that seals people's sign-ins. Throws AppError as the stores do. */
  findOrCreateSignInKey(): Promise<Uint8Array>
}

export interface KeeperOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly paths: Paths
  readonly platform: NodeJS.Platform
  readonly uid: number | undefined
  readonly interactive: boolean
  readonly warn: (message: string) => void
  readonly notice: (message: string) => void
  /** The process in which the keychain's library runs. */
  readonly keychainHelper: { readonly command: string; readonly args: readonly string[] }
}

/** In bytes: a PFX with a long chain, in base64, and room. */
const largestCertificate = 4 * 1024 * 1024

export const references: Record<StoreKind, string> = { keychain: 'keychain', file: 'file-store' }

/** The store of ours that a reference leads to; undefined for references to elsewhere. */
export const storeOf = (reference: string): StoreKind | undefined =>
  (Object.keys(references) as StoreKind[]).find((kind) => references[kind] === reference)

export function createSecretKeeper(options: KeeperOptions): SecretKeeper {
  const { env, paths, platform, uid, warn, notice } = options
  const keychainOptions: KeychainOptions = {
    service: 'entra-auth-cli',
    platform,
    env,
    helper: options.keychainHelper,
    // A person who sees the unlock dialog needs time to answer it.
    ...(options.interactive && { patience: 55_000 }),
  }
  /** A keychain that did not answer in time is not asked again: every wait is a long one. */
  let silent: KeychainError | undefined
  const unlessSilent = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (silent) throw silent
    try {
      return await ask()
    } catch (error) {
      if (error instanceof KeychainError && error.state === 'timeout') silent = error
      throw error
    }
  }
  const stores: Record<StoreKind, () => SecretStore> = {
    keychain: () => {
      const keychain = createKeychain(keychainOptions)
      return {
        kind: 'keychain',
        get: (account) => unlessSilent(() => keychain.get(account)),
        set: (account, secret) => unlessSilent(() => keychain.set(account, secret)),
        remove: (account) => unlessSilent(() => keychain.remove(account)),
      }
    },
    file: () => {
      const passphrase = env.ENTRA_AUTH_CLI_PASSPHRASE
      return createSealedFileStore({
        directory: paths.secrets,
        ...(passphrase && { passphrase: new Secret(passphrase) }),
        ...(uid !== undefined && { uid }),
      })
    },
  }

  const keyPlace = { directory: paths.keys, ...(uid !== undefined && { uid }) }
  const openStore = (kind: StoreKind, purpose: SecretPurpose): SecretStore =>
    isKeyPurpose(purpose) ? createSealedKeyStore(stores[kind](), keyPlace) : stores[kind]()
  const world = { env, platform, ...(uid !== undefined && { uid }) }

  /** Said once: the first secret makes the directory. */
  const announceFiles = (reason: string) => {
    if (!existsSync(paths.secrets)) notice(`${reason}secrets are kept in sealed files in ${paths.secrets}`)
  }
  const noKeychain = 'there is no keychain: '

  /** Only an absent keychain leads to the file store: one that is locked or slow is still where secrets belong. */
  async function chooseKind(wanted: StoreKind | undefined): Promise<StoreKind> {
    const kind = wanted ?? chosenKind(env)
    if (kind) return kind
    return unlessSilent(async () => {
      const state = await probeKeychain(keychainOptions)
      if (state === 'working') return 'keychain'
      if (state === 'absent') return 'file'
      throw new KeychainError(state)
    })
  }

  /** Two first users must not make two keys: the lock is one for all keys. */
  async function obtainKey(account: string, sessionPlace?: SessionPlace): Promise<Uint8Array> {
    const obtain = (from: StoreKind) =>
      withLock(join(paths.tokens, 'cache-key.lock'), () =>
        obtainCacheKey({ store: stores[from](), account, ...(sessionPlace && { sessionPlace }) }),
      )
    const kind = chosenKind(env)
    if (kind) return obtain(kind)
    return obtain('keychain').catch((error) => {
      if (!(error instanceof KeychainError) || error.state !== 'absent') throw error
      // A job or a container knows that it has no keychain, and nothing of it outlives them.
      if (!isEphemeral(env)) announceFiles(noKeychain)
      return obtain('file')
    })
  }

  return {
    async resolve(text, profile, purpose) {
      const reference = parseReference(text)
      if (reference.type !== 'keychain' && reference.type !== 'file-store')
        return resolveReference(reference, world)
      const kind = storeOf(reference.type) as StoreKind
      if (profile === undefined)
        throw new AppError('usage', 'a secret in a store of ours belongs to a profile, and there is none')
      const secret = await openStore(kind, purpose).get(secretAccount(profile, purpose, paths))
      if (secret) return secret
      throw new AppError(
        'not_found',
        `the ${purpose.replaceAll('-', ' ')} of profile ${profile} is not in the ${kind === 'file' ? 'file store' : 'keychain'}`,
        {
          hint: isKeyPurpose(purpose)
            ? `make a new one: entra-auth-cli cert generate --profile ${profile} --force`
            : `set it again: entra-auth-cli edit-profile ${profile}`,
        },
      )
    },
    async keep(profile, purpose, secret, wanted) {
      const kind = await chooseKind(wanted)
      if (kind === 'file') announceFiles((wanted ?? chosenKind(env)) ? '' : noKeychain)
      await openStore(kind, purpose).set(secretAccount(profile, purpose, paths), secret)
      return references[kind]
    },
    async findReference(wanted) {
      try {
        return references[await chooseKind(wanted)]
      } catch (error) {
        if (error instanceof KeychainError) return undefined
        throw error
      }
    },
    async forget(profile, purpose, text) {
      const kind = storeOf(text)
      if (!kind) return true
      try {
        await openStore(kind, purpose).remove(secretAccount(profile, purpose, paths))
        return true
      } catch (error) {
        warn(`a secret of profile ${profile} stays in the ${kind} store: ${(error as Error).message}`)
        return false
      }
    },
    async readCertificate(text) {
      const reference = parseReference(text)
      if (reference.type === 'keychain' || reference.type === 'file-store')
        throw new AppError('usage', 'a certificate is not referred to by the name of a store')
      return {
        bytes: await readReferencedBytes(reference, { ...world, largest: largestCertificate }),
        name: referenceName(reference),
      }
    },
    findKeyCertificates(profile, text, purpose = 'private-key') {
      const kind = storeOf(text)
      return kind && findKeyCertificates(keyPlace, kind, secretAccount(profile, purpose, paths))
    },
    async findOrCreateCacheKey() {
      const account = cacheKeyAccount(paths)
      const place =
        env.ENTRA_AUTH_CLI_NO_SESSION_KEY || !paths.runtime
          ? undefined
          : { runtimeDirectory: paths.runtime, name: account, ...(uid !== undefined && { uid }) }
      const known = place && findSessionKey(place)
      if (known) return known
      try {
        return await obtainKey(account, place)
      } catch (error) {
        warn(`tokens are not cached: ${(error as Error).message}`)
        return undefined
      }
    },
    async examineKeychain() {
      // Trying to write to a locked one would open its dialog, in the middle of whatever a person does.
      if (platform === 'linux' && (await isKeyringLocked(env, uid))) return 'locked'
      const { patience: _, ...unattended } = keychainOptions
      return probeKeychain(unattended)
    },
    findOrCreateSignInKey: () => obtainKey(signInKeyAccount(paths)),
  }
}

const isEphemeral = (env: KeeperOptions['env']): boolean =>
  Boolean(env.CI || env.TF_BUILD || env.KUBERNETES_SERVICE_HOST)

/** The store that the environment asks for. Throws AppError `config` for one that there is none of. */
export function chosenKind(env: KeeperOptions['env']): StoreKind | undefined {
  const wanted = env.ENTRA_AUTH_CLI_SECRET_STORE
  if (!wanted) return undefined
  if (wanted === 'keychain' || wanted === 'file') return wanted
  throw new AppError('config', 'ENTRA_AUTH_CLI_SECRET_STORE must be "keychain" or "file"')
}
