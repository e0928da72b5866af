/** The references in a credential that may lead to a store of ours. */
import type { SecretPurpose } from '../secrets/account.ts'
import type { Credential, Profile } from './profile.ts'

export interface KeptSecret {
  readonly purpose: SecretPurpose
  readonly reference: string
}

/** The fields of each type of credential that hold references, and what each is for. */
const fields: { [K in Credential['type']]: Readonly<Record<string, SecretPurpose>> } = {
  'client-secret': { secret: 'client-secret' },
  certificate: { key: 'private-key', password: 'certificate-password', pin: 'pin' },
  federated: { oidcClientSecret: 'oidc-client-secret' },
  'managed-identity': {},
  none: {},
}

export function keptSecrets({ credential }: Pick<Profile, 'credential'>): KeptSecret[] {
  const references = credential as unknown as Readonly<Record<string, string | undefined>>
  return Object.entries(fields[credential.type]).flatMap(([field, purpose]) => {
    const reference = references[field]
    // A key in a token is nothing that we keep.
    return reference === undefined || reference.startsWith('pkcs11:') ? [] : [{ purpose, reference }]
  })
}

/** The profile, with its secrets of those purposes elsewhere. */
export function withReferences(profile: Profile, references: ReadonlyMap<SecretPurpose, string>): Profile {
  const { credential } = profile
  const moved = Object.entries(fields[credential.type]).flatMap(([field, purpose]) => {
    const reference = references.get(purpose)
    return reference === undefined ? [] : [[field, reference] as const]
  })
  return { ...profile, credential: { ...credential, ...Object.fromEntries(moved) } }
}
