/** The key that seals cached tokens, where it can be had from files alone: for the fast path. */
import type { Paths } from '../platform/paths.ts'
import type { Environment } from '../profiles/environment.ts'
import { cacheKeyAccount } from '../secrets/account.ts'
import { findMachineSecret } from '../secrets/machine-key.ts'
import { findSessionKey } from '../secrets/session-key.ts'

/** The login session's copy, or without a login session what the file store seals with its machine key. */
export function findCacheKey(
  paths: Paths,
  env: Environment,
  uid: number | undefined,
): Uint8Array | undefined {
  const account = cacheKeyAccount(paths)
  const owner = uid === undefined ? {} : { uid }
  const session =
    paths.runtime && !env.ENTRA_AUTH_CLI_NO_SESSION_KEY
      ? findSessionKey({ runtimeDirectory: paths.runtime, name: account, ...owner })
      : undefined
  if (session || env.ENTRA_AUTH_CLI_PASSPHRASE || env.ENTRA_AUTH_CLI_SECRET_STORE === 'keychain')
    return session
  const kept = findMachineSecret(paths.secrets, account, uid)
  return kept === undefined ? undefined : Buffer.from(kept, 'base64')
}
