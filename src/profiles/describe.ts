/** A profile as people and scripts read it: what it holds are references, so nothing has to be hidden. */
import {
  type CertificateFileCredential,
  type Credential,
  credentialWords,
  isTokenKey,
  type Profile,
  type TokenKeyCredential,
} from './profile.ts'

/** The record of `show-profile -o json` and `list-profiles -o json`. */
export function profileRecord(name: string, profile: Profile, isDefault: boolean) {
  return { name, default: isDefault, ...profile }
}

export const credentialWord = (profile: Profile): string => credentialWords[profile.credential.type]

type Line = [name: string, value: string | undefined]

const tokenKeyLines = ({ certificatePath, key, pin }: TokenKeyCredential): Line[] => [
  ['certificate', certificatePath ?? 'in the token'],
  ['private key', key],
  ['PIN', pin ?? 'prompt'],
]

const certificateFileLines = (credential: CertificateFileCredential): Line[] => {
  const { certificatePath, certificate, key, privateKeyPath, password } = credential
  return [
    ['certificate', certificatePath ?? certificate ?? 'sealed with its key'],
    ['private key', privateKeyPath ?? (key && `sealed (${key})`)],
    ['password', password],
  ]
}

/** What `show-profile` says of each type of credential. */
const credentialLines: {
  [K in Credential['type']]: (credential: Extract<Credential, { type: K }>) => Line[]
} = {
  'client-secret': ({ secret }) => [['secret', secret]],
  certificate: (credential) => [
    ...(isTokenKey(credential) ? tokenKeyLines(credential) : certificateFileLines(credential)),
    ['chain', credential.sendX5c ? 'sent (x5c)' : undefined],
  ],
  federated: (credential) => [
    ['source', credential.source],
    ['audience', credential.audience],
    ['service connection', credential.serviceConnectionId],
    ['issuer', credential.oidcIssuer],
    ['client at issuer', credential.oidcClientId],
    ['secret at issuer', credential.oidcClientSecret],
    ['scope at issuer', credential.oidcScope],
    ['identity', credential.identity],
  ],
  'managed-identity': ({ identity }) => [['identity', identity ?? "the machine's own"]],
  none: () => [],
}

const linesOf = (credential: Credential): Line[] =>
  (credentialLines[credential.type] as (credential: Credential) => Line[])(credential)

function previousLines({ previous, keepPrevious }: Profile): Line[] {
  if (!previous) return []
  const kept = keepPrevious ? ', kept until `cred delete --old`' : ''
  return [
    ['previous', `${credentialWords[previous.type]}${kept}`],
    ...linesOf(previous).map(([name, value]): Line => [`previous ${name}`, value]),
  ]
}

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
    ['redirect URI', profile.redirectUri],
    ['port', profile.port?.toString()],
    ['credential', credentialWord(profile)],
    ...linesOf(profile.credential),
    ...previousLines(profile),
  ]
  return lines.filter((line): line is [string, string] => line[1] !== undefined)
}
