/** The references in a credential that may lead to a store of ours. */
import { previousPurpose, type SecretPurpose } from '../secrets/account.ts'
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

/** Those of the credential, and of the one before it. */
export const keptSecrets = ({
  credential,
  previous,
}: Pick<Profile, 'credential' | 'previous'>): KeptSecret[] => [
  ...secretsOf(credential),
  ...(previous ? previousSecretsOf(previous) : []),
]

/** What a credential would keep as the previous one. */
export const previousSecretsOf = (credential: Credential): KeptSecret[] =>
  secretsOf(credential).map(({ purpose, reference }) => ({ purpose: previousPurpose(purpose), reference }))

export function secretsOf(credential: Credential): KeptSecret[] {
  const references = credential as unknown as Readonly<Record<string, string | undefined>>
  return Object.entries(fields[credential.type]).flatMap(([field, purpose]) => {
    const reference = references[field]
    // A key in a token is nothing that we keep.
    return reference === undefined || reference.startsWith('pkcs11:') ? [] : [{ purpose, reference }]
  })
}

/** The profile, with its secrets of those purposes elsewhere. */
export function withReferences(profile: Profile, references: ReadonlyMap<SecretPurpose, string>): Profile {
  const { credential, previous } = profile
  return {
    ...profile,
    credential: moved(credential, (purpose) => references.get(purpose)),
    ...(previous && { previous: movedPrevious(previous, references) }),
  }
}

/** The previous credential, with its secrets elsewhere. */
export const movedPrevious = (
  previous: Credential,
  references: ReadonlyMap<SecretPurpose, string>,
): Credential => moved(previous, (purpose) => references.get(previousPurpose(purpose)))

function moved(credential: Credential, find: (purpose: SecretPurpose) => string | undefined): Credential {
  const changes = Object.entries(fields[credential.type]).flatMap(([field, purpose]) => {
    const reference = find(purpose)
    return reference === undefined ? [] : [[field, reference] as const]
  })
  return { ...credential, ...Object.fromEntries(changes) }
}
