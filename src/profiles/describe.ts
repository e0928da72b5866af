/** A profile as people and scripts read it: what it holds are references, so nothing has to be hidden. */
import { type Credential, credentialWords, isTokenKey, type Profile } from './profile.ts'

/** The record of `show-profile -o json` and `list-profiles -o json`. */
export function profileRecord(name: string, profile: Profile, isDefault: boolean) {
  return { name, default: isDefault, ...profile }
}

export const credentialWord = (profile: Profile): string => credentialWords[profile.credential.type]

type Line = [name: string, value: string | undefined]

/** What `show-profile` says of each type of credential. */
const credentialLines: {
  [K in Credential['type']]: (credential: Extract<Credential, { type: K }>) => Line[]
} = {
  'client-secret': ({ secret }) => [['secret', secret]],
  certificate: (credential) => [
    ...(isTokenKey(credential)
      ? ([
          ['certificate', credential.certificatePath ?? 'in the token'],
          ['private key', credential.key],
          ['PIN', credential.pin ?? 'prompt'],
        ] satisfies Line[])
      : ([
          ['certificate', credential.certificatePath],
          ['private key', credential.privateKeyPath],
          ['password', credential.password],
        ] satisfies Line[])),
    ['chain', credential.sendX5c ? 'sent (x5c)' : undefined],
  ],
}

const linesOf = (credential: Credential): Line[] =>
  (credentialLines[credential.type] as (credential: Credential) => Line[])(credential)

/** Name and value of each line of `show-profile`. */
export function profileLines(name: string, profile: Profile, isDefault: boolean): [string, string][] {
  const lines: Line[] = [
    ['name', isDefault ? `${name} (default)` : name],
    ['cloud', profile.cloud],
    ['authority host', profile.authorityHost],
    ['tenant', profile.tenant],
    ['client ID', profile.clientId],
    ['scopes', profile.scopes?.join(' ')],
    ['flow', profile.flow],
    ['credential', credentialWord(profile)],
    ...linesOf(profile.credential),
  ]
  return lines.filter((line): line is [string, string] => line[1] !== undefined)
}
