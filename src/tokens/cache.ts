/** The access-token cache: one sealed file per key. Readers never lock, and a damaged file is a miss. */
import { hash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { seal, unseal } from '../crypto/seal.ts'
import { readPrivateFile, writeAtomically } from '../platform/atomic-file.ts'
import type { TokenRequest } from '../profiles/resolve.ts'
import { type AccessToken, isAccessToken } from './access-token.ts'

export interface TokenCache {
  readonly directory: string
  /** Seals the entries; 32 bytes. */
  readonly key: Uint8Array
  readonly uid: number | undefined
}

const suffix = '.token'
const largest = 256 * 1024

/**
 * What the names of a profile's entries begin with: each profile has people of its own, and whoever clears or renames
 * one finds its entries among thousands without opening any. It is a hash only to be short and safe in a file's name.
 */
const prefixOf = (profile: string | undefined): string =>
  `${hash('sha256', JSON.stringify([profile?.toLowerCase() ?? null])).slice(0, 16)}-`

/**
 * The name of the entry that answers a request: a hash of everything that changes the token.
 * A credential counts by its description, which holds references and never a secret.
 */
export function entryName(request: TokenRequest): string {
  const { profile, authorityHost, tenant, clientId, flow, scopes, credential } = request
  const { account, claims, assertion } = request
  // What a managed identity is called is known only once there is a token.
  const isManaged = flow === 'managed-identity'
  const inputs = [
    1,
    authorityHost,
    isManaged ? '' : tenant.toLowerCase(),
    isManaged ? '' : clientId.toLowerCase(),
    flow,
    [...scopes].sort(),
    Object.entries(credential)
      // A password or PIN opens the key, an audience is the assertion's: the token is the same without them.
      .filter(([name]) => !['password', 'pin', 'audience'].includes(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
    ...(account || claims || assertion ? [account ?? '', claims ?? '', assertion?.digest ?? ''] : []),
  ]
  return prefixOf(profile) + hash('sha256', JSON.stringify(inputs))
}

export const entryPath = (directory: string, name: string): string => join(directory, name + suffix)

/** The names of all entries, or of a profile's, from the names of the files in the cache's directory. */
export function entryNames(files: readonly string[], profile?: string): string[] {
  const prefix = profile === undefined ? '' : prefixOf(profile)
  return files
    .filter((file) => file.startsWith(prefix) && file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length))
}

const identity = (name: string) => `access-token:${name}`

/** The token under that name, fresh or not; undefined when there is none that this key opens. */
export function readEntry(cache: TokenCache, name: string, now: number): AccessToken | undefined {
  const sealed = readSealed(cache, name)
  const text = sealed && unseal(cache.key, identity(name), sealed)
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isAccessToken(value, now) ? value : undefined
  } catch {
    return undefined
  }
}

function readSealed(cache: TokenCache, name: string): Uint8Array | undefined {
  try {
    return readPrivateFile(entryPath(cache.directory, name), {
      ...(cache.uid !== undefined && { uid: cache.uid }),
      maxBytes: largest,
    })
  } catch {
    return undefined
  }
}

/** Throws the system's error. */
export const removeEntry = (cache: TokenCache, name: string): void =>
  rmSync(entryPath(cache.directory, name), { force: true })

/** Keeps a token. The directory must be there. Throws AppError `store`. */
export function writeEntry(cache: TokenCache, name: string, token: AccessToken): void {
  writeAtomically(entryPath(cache.directory, name), seal(cache.key, identity(name), JSON.stringify(token)))
}
