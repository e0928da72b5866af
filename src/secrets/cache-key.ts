/** The key that seals cached tokens: made once, kept in a secret store, copied for the login session. */
import { randomBytes } from 'node:crypto'
import { Secret } from '../secret.ts'
import { keepSessionKey, type SessionPlace } from './session-key.ts'
import type { SecretStore } from './store.ts'

export interface CacheKeyOptions {
  readonly store: SecretStore
  readonly account: string
  readonly sessionPlace?: SessionPlace
}

/** 32 bytes. The caller holds a lock, so that two first users do not make two keys. Throws what the store throws. */
export async function obtainCacheKey({ store, account, sessionPlace }: CacheKeyOptions): Promise<Uint8Array> {
  const kept = await store.get(account)
  const known = kept && Buffer.from(kept.reveal(), 'base64')
  const key = known?.length === 32 ? known : randomBytes(32)
  if (key !== known) await store.set(account, new Secret(key.toString('base64')))
  if (sessionPlace) keepSessionKey(sessionPlace, key)
  return key
}
