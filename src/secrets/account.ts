/** What our items are called in a keychain or the sealed file store. */
import { createHash } from 'node:crypto'
import type { Paths } from '../platform/paths.ts'

/** A private key comes with its certificate, as PEM text: more than a keychain's item holds. */
export type OwnPurpose =
  | 'client-secret'
  | 'certificate-password'
  | 'private-key'
  | 'pin'
  | 'oidc-client-secret'

/** Of the profile's credential, or of the one that it had before. */
export type SecretPurpose = OwnPurpose | `previous-${OwnPurpose}`

/** The same of the credential before. */
export const previousPurpose = (purpose: SecretPurpose): SecretPurpose =>
  purpose.startsWith('previous-') ? purpose : (`previous-${purpose}` as SecretPurpose)

export const isKeyPurpose = (purpose: SecretPurpose): boolean => purpose.endsWith('private-key')

/** Several configurations on one machine share one keychain: each but the platform's own adds a mark. */
function scoped(name: string, paths: Paths): string {
  if (paths.scope === undefined) return name
  const digest = createHash('sha256').update(paths.scope).digest('hex')
  return `${name}@${digest.slice(0, 12)}`
}

/** The account of a profile's secret: names do not depend on case, so neither does this. */
export const secretAccount = (profile: string, purpose: SecretPurpose, paths: Paths): string =>
  scoped(`${profile.toLowerCase()}/${purpose}`, paths)

/** The account of the key that seals people's sign-ins. No copy of it is made for the login session. */
export const signInKeyAccount = (paths: Paths): string => scoped('sign-in-key', paths)

/** The account of the key that seals the access-token cache, and the name of its copy for the login session. */
export const cacheKeyAccount = (paths: Paths): string => scoped('cache-key', paths)
