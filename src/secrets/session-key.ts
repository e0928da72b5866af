/** The login session's copy of the key that seals cached tokens. On the fast path: `node:*` only. */
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { ensurePrivateDirectory, readPrivateFile, writeAtomically } from '../platform/atomic-file.ts'

export interface SessionPlace {
  /** `$XDG_RUNTIME_DIR/entra-auth-cli` */
  readonly runtimeDirectory: string
  readonly name: string
  readonly uid?: number
}

/** The key, or undefined when there is none, or others could have touched the file or its directory. */
export function findSessionKey(place: SessionPlace): Uint8Array | undefined {
  try {
    if (!isPrivate(place)) return undefined
    const key = readPrivateFile(join(place.runtimeDirectory, place.name), {
      maxBytes: 64,
      ...(place.uid !== undefined && { uid: place.uid }),
    })
    return key?.length === 32 ? key : undefined
  } catch {
    return undefined
  }
}

/** Failing costs a call to the keychain next time. */
export function keepSessionKey(place: SessionPlace, key: Uint8Array): void {
  try {
    ensurePrivateDirectory(place.runtimeDirectory, place.uid === undefined ? {} : { uid: place.uid })
    if (isPrivate(place)) writeAtomically(join(place.runtimeDirectory, place.name), key)
  } catch {}
}

function isPrivate({ runtimeDirectory, uid }: SessionPlace): boolean {
  const stats = lstatSync(runtimeDirectory, { throwIfNoEntry: false })
  if (!stats?.isDirectory()) return false
  return (stats.mode & 0o077) === 0 && (uid === undefined || stats.uid === uid)
}
