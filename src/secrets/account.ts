/** What our items are called in a keychain or the sealed file store. */
import type { Paths } from '../platform/paths.ts'

export type SecretPurpose = 'client-secret' | 'certificate-password'

/** Several configurations on one machine share one keychain: each but the platform's own adds a mark. */
export async function scoped(name: string, paths: Paths): Promise<string> {
  if (paths.scope === undefined) return name
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(paths.scope))
  return `${name}@${Buffer.from(digest).toString('hex').slice(0, 12)}`
}

/** The account of a profile's secret: names do not depend on case, so neither does this. */
export const secretAccount = (profile: string, purpose: SecretPurpose, paths: Paths): Promise<string> =>
  scoped(`${profile.toLowerCase()}/${purpose}`, paths)

/** The account of the key that seals the access-token cache, and the name of its copy for the login session. */
export const cacheKeyAccount = (paths: Paths): Promise<string> => scoped('cache-key', paths)
