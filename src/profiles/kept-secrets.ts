/** The references in a credential that may lead to a store of ours. */
import type { SecretPurpose } from '../secrets/account.ts'
import type { Profile } from './profile.ts'

export interface KeptSecret {
  readonly purpose: SecretPurpose
  readonly reference: string
}

export function keptSecrets({ credential }: Profile): KeptSecret[] {
  if (credential.type === 'client-secret') return [{ purpose: 'client-secret', reference: credential.secret }]
  return credential.password === undefined
    ? []
    : [{ purpose: 'certificate-password', reference: credential.password }]
}
