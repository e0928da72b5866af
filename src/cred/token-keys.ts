/** Deletes keys in PKCS#11 tokens together with what refers to them. */
import { type Context, proofSources } from '../context.ts'
import { tokenKeySources } from '../credentials/proof.ts'
import { withToken } from '../crypto/pkcs11/token.ts'
import { parseUri } from '../crypto/pkcs11/uri.ts'
import { AppError } from '../errors.ts'
import type { TokenKeyCredential } from '../profiles/profile.ts'
import { previousSecrets } from '../secrets/previous.ts'

export interface DoomedKey {
  readonly credential: TokenKeyCredential
  /** Whose PIN is meant. */
  readonly isPrevious: boolean
}

/**
 * Finds all keys first, with their PINs, does the work, and deletes them: what cannot be reached changes nothing, and a
 * profile never refers to a key that is gone.
 * @throws AppError as `withToken`, `usage` where several keys could be meant, and as the work does.
 */
export async function withDoomedKeys(
  keys: readonly DoomedKey[],
  profile: string,
  context: Context,
  work: () => Promise<void>,
): Promise<void> {
  const [first, ...others] = keys
  if (!first) return work()
  const { credential, isPrevious } = first
  const own = isPrevious ? { ...context, secrets: previousSecrets(context.secrets) } : context
  const sources = tokenKeySources(credential, proofSources(own, profile))
  await withToken(parseUri(credential.key), sources.pin, sources.world, async (token) => {
    await token.login('writing')
    const key = await token.getKey().catch((error: unknown) => {
      // It is gone already, and what refers to it may go as well.
      if (error instanceof AppError && error.code === 'not_found') return undefined
      throw error
    })
    await withDoomedKeys(others, profile, context, work)
    if (!key) return
    try {
      await token.deleteKey()
    } catch (error) {
      context.warn(`the key stays in its token: ${credential.key}: ${(error as Error).message}`)
    }
  })
}
