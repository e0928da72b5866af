/** A profile as people and scripts read it: what it holds are references, so nothing has to be hidden. */
import type { Profile } from './profile.ts'

/** The record of `show-profile -o json` and `list-profiles -o json`. */
export function profileRecord(name: string, profile: Profile, isDefault: boolean) {
  return { name, default: isDefault, ...profile }
}

const credentialWords = {
  'client-secret': 'client secret',
  certificate: 'certificate',
} as const satisfies Record<Profile['credential']['type'], string>

export const credentialWord = (profile: Profile): string => credentialWords[profile.credential.type]

/** Name and value of each line of `show-profile`. */
export function profileLines(name: string, profile: Profile, isDefault: boolean): [string, string][] {
  const { credential } = profile
  const lines: [string, string | undefined][] = [
    ['name', isDefault ? `${name} (default)` : name],
    ['cloud', profile.cloud],
    ['authority host', profile.authorityHost],
    ['tenant', profile.tenant],
    ['client ID', profile.clientId],
    ['scopes', profile.scopes?.join(' ')],
    ['flow', profile.flow],
    ['credential', credentialWord(profile)],
    ...(credential.type === 'client-secret'
      ? ([['secret', credential.secret]] as [string, string][])
      : ([
          ['certificate', credential.certificatePath],
          ['private key', credential.privateKeyPath],
          ['password', credential.password],
          ['chain', credential.sendX5c ? 'sent (x5c)' : undefined],
        ] as [string, string | undefined][])),
  ]
  return lines.filter((line): line is [string, string] => line[1] !== undefined)
}
