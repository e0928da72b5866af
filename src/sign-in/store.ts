/**
 * What renews people's sign-ins: one sealed file for each profile and application. It lies beside the secrets, not in
 * the cache, because losing it logs people out. Names of files begin with their profile, so that a profile's can be
 * removed without the key.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { seal, unseal } from '../crypto/seal.ts'
import { AppError } from '../errors.ts'
import { ensurePrivateDirectory, readPrivateFile, writeAtomically } from '../platform/atomic-file.ts'
import { freeLock, takeLock } from '../platform/lock.ts'
import { removeFile } from '../platform/remove-file.ts'
import type { Account } from './account.ts'

/** Whose sign-ins: refresh tokens belong to an application, whatever the tenant. */
export interface Owner {
  /** Undefined where flags say it all. */
  readonly profile: string | undefined
  readonly authorityHost: string
  readonly clientId: string
}

export interface SignIns {
  readonly profile?: string
  readonly authorityHost: string
  readonly clientId: string
  /** The last to sign in comes first. */
  readonly accounts: readonly Account[]
}

export interface SignInStore {
  readonly directory: string
  readonly uid: number | undefined
  /** Seals the files; 32 bytes. Asked for only where there is something to open or to seal. Throws AppError. */
  readonly key: () => Promise<Uint8Array>
}

const suffix = '.sign-in'
const largest = 1024 * 1024

const digest = (text: string, length: number) =>
  createHash('sha256').update(text).digest('hex').slice(0, length)

const prefixOf = (profile: string | undefined) => `${digest(profile?.toLowerCase() ?? '', 24)}-`

export function signInPath({ directory }: SignInStore, { profile, authorityHost, clientId }: Owner): string {
  const application = digest(`${authorityHost} ${clientId.toLowerCase()}`, 16)
  return join(directory, `${prefixOf(profile)}${application}${suffix}`)
}

export const hasSignIns = (store: SignInStore, owner: Owner): boolean => existsSync(signInPath(store, owner))

const identity = (path: string) => `sign-in:${basename(path)}`

/**
 * The sign-ins in that file; undefined when there is none that the key opens.
 * @throws AppError `config` for a file that others could touch, and what the key's store throws.
 */
export async function readSignIns(store: SignInStore, path: string): Promise<SignIns | undefined> {
  const sealed = readPrivateFile(path, {
    maxBytes: largest,
    ...(store.uid !== undefined && { uid: store.uid }),
  })
  if (!sealed) return undefined
  const text = unseal(await store.key(), identity(path), sealed)
  return text === undefined ? undefined : (JSON.parse(text) as SignIns)
}

/**
 * Runs `work` while no other process changes that file. Where locks cannot be had, nothing can be written either, and
 * reading is worth the try. Throws as `takeLock`, but for `store`, and what `work` throws.
 */
export async function changingSignIns<T>(path: string, work: () => Promise<T>): Promise<T> {
  let lock: number | undefined
  try {
    lock = await takeLock(`${path}.lock`)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'store') throw error
  }
  try {
    return await work()
  } finally {
    if (lock !== undefined) freeLock(lock)
  }
}

/** Writes the file, under its lock. Without accounts it is removed. Throws AppError `store`. */
export async function writeSignIns(store: SignInStore, path: string, signIns: SignIns): Promise<void> {
  if (signIns.accounts.length === 0) {
    removeFile(path)
    return
  }
  ensurePrivateDirectory(store.directory, store.uid === undefined ? {} : { uid: store.uid })
  writeAtomically(path, seal(await store.key(), identity(path), JSON.stringify(signIns)))
}

/** The files with sign-ins: all, or those of a profile, whatever its applications. */
export function signInPaths({ directory }: SignInStore, profile?: string): string[] {
  const prefix = profile === undefined ? '' : prefixOf(profile)
  return filesIn(directory)
    .filter((name) => name.endsWith(suffix) && name.startsWith(prefix))
    .sort()
    .map((name) => join(directory, name))
}

/** Removes sign-ins, readable or not, each when nobody is about to renew it. Says how many. */
export async function removeSignIns(store: SignInStore, profile?: string): Promise<number> {
  const paths = signInPaths(store, profile)
  for (const path of paths) await changingSignIns(path, async () => removeFile(path))
  return paths.length
}

/** Moves a renamed profile's sign-ins. What cannot be opened stays behind and is removed. */
export async function adoptSignIns(store: SignInStore, from: string, to: string): Promise<void> {
  if (from.toLowerCase() === to.toLowerCase()) return
  for (const path of signInPaths(store, from)) {
    await changingSignIns(path, async () => {
      const signIns = await readSignIns(store, path)
      if (signIns) {
        const target = signInPath(store, { ...signIns, profile: to })
        await changingSignIns(target, () => writeSignIns(store, target, { ...signIns, profile: to }))
      }
      removeFile(path)
    })
  }
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new AppError('config', `cannot read the directory ${directory}`, { cause })
  }
}
