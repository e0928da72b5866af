/** What becomes of a secret that flags or a person gave. */
import type { GivenSecret } from '../flags/credential.ts'
import type { Secret } from '../secret.ts'
import type { SecretPurpose } from '../secrets/account.ts'

/** A value goes to the secret store and gets its reference there; a reference stays what it is. */
export function keeping(purpose: SecretPurpose, given: GivenSecret) {
  return {
    secrets: new Map<SecretPurpose, Secret>(given.type === 'value' ? [[purpose, given.value]] : []),
    reference: (references: ReadonlyMap<SecretPurpose, string>): string =>
      given.type === 'reference' ? given.reference : (references.get(purpose) as string),
  }
}
