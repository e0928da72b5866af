/** Flags that say how an application proves who it is, and what they mean. */
import { resolve } from 'node:path'
import * as Flags from '@oclif/core/flags'
import type { BooleanFlag } from '@oclif/core/interfaces'
import { AppError } from '../errors.ts'
import { type Credential, credentialWords } from '../profiles/profile.ts'
import { sourceNames } from '../profiles/rules.ts'
import { Secret } from '../secret.ts'
import type { SecretPurpose } from '../secrets/account.ts'

const helpGroup = 'credential'

/** The three ways in which a secret enters unseen. */
export const unseenFlags = <N extends string>(name: N, what: string, group: string) =>
  ({
    [`${name}-stdin`]: Flags.boolean({ helpGroup: group, summary: `read the ${what} from standard input` }),
    [`${name}-file`]: Flags.string({ helpGroup: group, summary: 'read it from a file', helpValue: 'FILE' }),
    [`${name}-env`]: Flags.string({
      helpGroup: group,
      summary: 'read it from this variable',
      helpValue: 'NAME',
    }),
  }) as Record<`${N}-file` | `${N}-env`, ReturnType<typeof Flags.string>> &
    Record<`${N}-stdin`, BooleanFlag<boolean>>

const secretFlags = <N extends string>(name: N, what: string) => ({
  ...unseenFlags(name, what, helpGroup),
  ...({
    [`${name}-ref`]: Flags.string({
      helpGroup,
      summary: 'where it is at each use: env:NAME, file:/path or command:PROGRAM ARG…',
      helpValue: 'REFERENCE',
    }),
    [name]: Flags.string({
      helpGroup,
      summary: 'the value itself; other programs can see it',
      helpValue: 'VALUE',
    }),
  } as Record<N | `${N}-ref`, ReturnType<typeof Flags.string>>),
})

/** Of a command that is about a secret and nothing else. */
export const newSecretFlags = secretFlags('secret', 'client secret')

export const certificatePasswordFlags = secretFlags('certificate-password', 'password of the key or PFX')

/** Flags that say where an assertion comes from. */
export const federatedFlags = {
  federated: Flags.string({
    helpGroup,
    summary: `no secret: another issuer's token, from ${sourceNames.join(', ')}, env:NAME, file:PATH or command:PROGRAM ARG…`,
    helpValue: 'SOURCE',
  }),
  audience: Flags.string({
    helpGroup,
    summary: "audience of that token, where it is not the cloud's own",
    helpValue: 'AUDIENCE',
  }),
  'service-connection-id': Flags.string({
    helpGroup,
    summary: 'service connection of Azure Pipelines',
    helpValue: 'GUID',
  }),
  'oidc-issuer': Flags.string({
    helpGroup,
    summary: 'OpenID provider that issues the token (--federated oidc)',
    helpValue: 'https://HOST',
  }),
  'oidc-client-id': Flags.string({ helpGroup, summary: 'client ID there', helpValue: 'ID' }),
  'oidc-scope': Flags.string({ helpGroup, summary: 'scope to ask for there', helpValue: 'SCOPE' }),
  ...secretFlags('oidc-client-secret', 'client secret there'),
  'managed-identity': Flags.string({
    helpGroup,
    summary: "identity that Azure gave this machine: system, or a user-assigned one's ID",
    helpValue: 'system|ID',
  }),
}

/** Where a key in a PKCS#11 token is, and its PIN. */
export const tokenKeyFlags = {
  'pkcs11-uri': Flags.string({
    helpGroup,
    summary: 'key in a PKCS#11 token: its URI, as pkcs11:token=T;object=K',
    helpValue: 'URI',
  }),
  'pkcs11-module': Flags.string({
    helpGroup,
    summary: "the token's library; found among those installed unless given",
    helpValue: 'FILE',
  }),
  'token-label': Flags.string({ helpGroup, summary: 'label of the PKCS#11 token', helpValue: 'LABEL' }),
  'key-label': Flags.string({
    helpGroup,
    summary: 'label of the key in it, and of its certificate',
    helpValue: 'LABEL',
  }),
  'pin-source': Flags.string({
    helpGroup,
    summary: 'where its PIN is: file:PATH, env:NAME, prompt, or keychain to keep it',
    helpValue: 'SOURCE',
  }),
  'pin-stdin': Flags.boolean({ helpGroup, summary: 'read the PIN to keep from standard input' }),
}

export const credentialFlags = {
  ...secretFlags('client-secret', 'client secret'),
  'use-certificate': Flags.boolean({ helpGroup, summary: 'authenticate with a certificate' }),
  'certificate-path': Flags.string({
    helpGroup,
    aliases: ['certificate'],
    summary: 'certificate: a PEM or PFX file',
    helpValue: 'FILE',
  }),
  'certificate-ref': Flags.string({
    helpGroup,
    summary: 'fetch certificate and key at each use: env:NAME, file:/path or command:PROGRAM ARG…',
    helpValue: 'REFERENCE',
  }),
  'private-key-path': Flags.string({
    helpGroup,
    summary: 'its private key, if in a file of its own',
    helpValue: 'FILE',
  }),
  ...certificatePasswordFlags,
  'send-x5c': Flags.boolean({
    helpGroup,
    summary: 'send the certificate chain (subject name and issuer trust)',
  }),
  ...tokenKeyFlags,
  ...federatedFlags,
}

type Given = Readonly<Record<string, unknown>>

/** The flags that speak of each type of credential. */
const flagsOfType: Record<Credential['type'], RegExp> = {
  'client-secret': /^client-secret/,
  certificate: /^(use-)?certificate|^private-key-path$|^send-x5c$|^pkcs11-|^(token|key)-label$|^pin-/,
  federated: /^federated$|^audience$|^service-connection-id$|^oidc-/,
  'managed-identity': /^managed-identity$/,
  // No flag says it: see `--flow`.
  none: /^$/,
}

/** The flag of a managed identity says which one is the source of a federated assertion, too. */
const asSource = (type: Credential['type'], flags: Given) =>
  type === 'managed-identity' && flags.federated === 'managed-identity'

/**
 * The type of credential that flags speak of, if any does.
 * @throws AppError `usage` when they speak of two.
 */
export function findCredentialType(flags: Given): Credential['type'] | undefined {
  const given = Object.keys(flags).filter((name) => flags[name] !== undefined && flags[name] !== false)
  const isMeant = (type: Credential['type']) =>
    given.some((name) => flagsOfType[type].test(name)) ||
    (type === 'managed-identity' && /^managed[-_ ]?identity$/i.test(String(flags.flow)))
  const types = (Object.keys(flagsOfType) as Credential['type'][]).filter(
    (type) => isMeant(type) && !asSource(type, flags),
  )
  const [type, other] = types
  if (type === undefined || other === undefined) return type
  throw new AppError(
    'usage',
    `a ${credentialWords[type]} and a ${credentialWords[other]} do not go together`,
    {
      hint: 'give one of them',
    },
  )
}

/** A secret that flags gave: its value, to be kept in the secret store, or a reference to keep as it is. */
export type GivenSecret =
  | { readonly type: 'value'; readonly value: Secret }
  | { readonly type: 'reference'; readonly reference: string }

export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly readStdin: () => Promise<string>
  readonly warn: (message: string) => void
}

const withoutNewline = (text: string) => text.replace(/\r?\n$/, '')

/**
 * The secret that one of the flags `--NAME`, `--NAME-stdin`, `--NAME-file`, `--NAME-env`, `--NAME-ref` gives.
 * @throws AppError `usage` for two of them or an empty value, and what reading the source throws.
 */
export async function findGivenSecret(
  name: SecretPurpose | 'secret' | 'passphrase',
  flags: Given,
  sources: SecretSources,
): Promise<GivenSecret | undefined> {
  const forms = ['', '-stdin', '-file', '-env', '-ref'].map((form) => name + form)
  const used = forms.filter((flag) => flags[flag] !== undefined && flags[flag] !== false)
  if (used.length > 1) throw new AppError('usage', `--${used[0]} and --${used[1]} do not go together`)
  const [flag] = used
  if (flag === undefined) return undefined
  const { resolveReference } = await import('../secrets/references.ts')
  const world = { env: sources.env, platform: sources.platform }
  const text = String(flags[flag])
  switch (flag.slice(name.length)) {
    case '-ref':
      return { type: 'reference', reference: await readOuterReference(text, flag) }
    case '-stdin':
      return { type: 'value', value: notEmpty(withoutNewline(await sources.readStdin()), flag) }
    case '-file':
      return { type: 'value', value: await resolveReference({ type: 'file', path: resolve(text) }, world) }
    case '-env':
      return { type: 'value', value: await resolveReference({ type: 'env', name: text }, world) }
    default:
      sources.warn(
        `--${flag} shows the value to other programs and the shell history; ` +
          `safer are --${name}-stdin, --${name}-file and --${name}-env`,
      )
      return { type: 'value', value: notEmpty(text, flag) }
  }
}

/** A reference that leads out of our own stores. Throws AppError 'usage', naming the flag. */
export async function readOuterReference(text: string, flag: string): Promise<string> {
  const { parseReference } = await import('../secrets/references.ts')
  const { type } = parseReference(text)
  if (type === 'keychain' || type === 'file-store')
    throw new AppError('usage', `--${flag} must be env:NAME, file:/path or command:…`)
  return text
}

function notEmpty(text: string, flag: string): Secret {
  if (text === '') throw new AppError('usage', `--${flag} gives an empty value`)
  return new Secret(text)
}
