/** The questions of `create-profile` on a terminal, and what stands in for them where there is none. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Cloud, type CloudName, clouds } from '../cloud/clouds.ts'
import { AppError } from '../errors.ts'
import { findCredentialType } from '../flags/credential.ts'
import type { Answers } from '../profiles/draft.ts'
import { namesSignIn } from '../profiles/draft-credential.ts'
import type { Credential, Flow } from '../profiles/profile.ts'
import { clientIdRule, keyRule, nameRule, sourceNames, sourceRule, tenantRule } from '../profiles/rules.ts'
import { splitScopes } from '../tokens/scopes.ts'
import { askChoice, askSecret, askText, type Choice } from './ask.ts'

export const sentence = (fault: string | undefined) => fault && `It ${fault}`

/** @param isTaken tells that a profile of that name exists and may not be replaced. */
export function wizardAnswers(isTaken: (name: string) => boolean): Answers {
  return {
    name: () =>
      askText({
        message: 'Profile name',
        fault: (answer) =>
          isTaken(answer) ? 'There is a profile of that name already' : sentence(nameRule(answer)),
      }),
    tenant: () =>
      askText({ message: 'Tenant (ID or domain)', fault: (answer) => sentence(tenantRule(answer)) }),
    clientId: () =>
      askText({ message: 'Application (client) ID', fault: (answer) => sentence(clientIdRule(answer)) }),
    credentialType: () => askCredentialType([...applications, people]),
    signInFlow: askSignInFlow,
    clientSecret: () => askSecret('Client secret'),
    certificatePath: () =>
      askText({
        message: 'Certificate file (or the pkcs11: URI of a key in a token)',
        fault: (answer) => (answer.startsWith('pkcs11:') ? sentence(keyRule(answer)) : fileFault(answer)),
      }),
    privateKeyPath: async () => {
      const answer = await askText({
        message: 'Private key file (empty: in the certificate file)',
        fault: (path) => (path === '' ? undefined : fileFault(path)),
      })
      return answer === '' ? undefined : answer
    },
    source: askSource,
    scopes: askScopes,
  }
}

/** A managed identity is by flag: it would be asked for neither tenant nor client ID, which come first. */
type TypeChoice = Choice<Exclude<Credential['type'], 'managed-identity'>>

/** How an application proves by itself who it is. */
export const applications: readonly TypeChoice[] = [
  { value: 'client-secret', name: 'client secret' },
  {
    value: 'certificate',
    name: 'certificate',
    description: 'a PEM or PFX file, or a key in a PKCS#11 token',
  },
  {
    value: 'federated',
    name: 'no secret: workload identity federation',
    short: 'by federation',
    description: 'for CI jobs, Kubernetes and other clouds',
  },
]

const people: TypeChoice = { value: 'none', name: 'not at all: a person signs in (public client)' }

export const askCredentialType = (choices: readonly TypeChoice[]): Promise<TypeChoice['value']> =>
  askChoice('How does the application authenticate?', choices)

const askSignInFlow = (): Promise<Flow> =>
  askChoice<Flow>('How does the person sign in?', [
    { value: 'interactive-browser', name: 'with the browser' },
    {
      value: 'device-code',
      name: 'with a code on another device',
      description: 'for machines without a browser; many organisations block it',
    },
  ])

/** Where a federated assertion comes from. */
export async function askSource(): Promise<string> {
  const answer = await askChoice<string | undefined>("Where does the other issuer's token come from?", [
    { value: 'auto', name: 'wherever the machine offers one' },
    ...sourceNames
      .filter((name) => name !== 'auto' && name !== 'oidc')
      .map((name) => ({ value: name, name })),
    { value: undefined, name: 'a variable, a file or a command' },
  ])
  return (
    answer ??
    askText({
      message: 'Source (env:NAME, file:/path or command:PROGRAM ARG…)',
      fault: (text) => sentence(sourceRule(text)),
    })
  )
}

const fileFault = (path: string) => (existsSync(resolve(path)) ? undefined : 'There is no such file')

/** Resources of the public cloud only: what they are called elsewhere is not known here. */
const publicResources = [
  ['https://vault.azure.net/.default', 'Key Vault'],
  ['https://storage.azure.com/.default', 'Storage'],
  ['https://database.windows.net/.default', 'SQL Database'],
] as const

async function askScopes(cloud: CloudName): Promise<readonly string[]> {
  const { graph, resourceManager }: Cloud = clouds[cloud]
  const known: (readonly [string, string])[] = [
    [`${graph}/.default`, 'Microsoft Graph'],
    ...(resourceManager ? [[`${resourceManager}/.default`, 'Azure Resource Manager'] as const] : []),
    ...(cloud === 'public' ? publicResources : []),
  ]
  const answer = await askChoice<string | undefined>('What are the tokens for?', [
    ...known.map(([value, name]) => ({ value, name: `${name} (${value})` })),
    { value: undefined, name: 'something else' },
  ])
  if (answer !== undefined) return [answer]
  const text = await askText({
    message: 'Scope',
    fault: (scopes) =>
      splitScopes([scopes]).length ? undefined : 'Give a scope such as api://APP-ID/.default',
  })
  return splitScopes([text])
}

/** A managed identity has a tenant and client ID of its own. */
const requiredBy = (flags: Readonly<Record<string, unknown>>) =>
  findCredentialType(flags) === 'managed-identity' ? ['name'] : ['name', 'tenant-id', 'client-id']

const credential = [
  'client-secret',
  'client-secret-stdin',
  'client-secret-file',
  'client-secret-env',
  'client-secret-ref',
  'certificate-path',
  'pkcs11-uri',
  'token-label',
  'key-label',
  'certificate-ref',
  'federated',
  'managed-identity',
]

/** Whether flags leave nothing open that must be known. */
export function isComplete(flags: Readonly<Record<string, unknown>>): boolean {
  const given = (flag: string) => flags[flag] !== undefined && flags[flag] !== false
  return (
    requiredBy(flags).every(given) &&
    (credential.some(given) ||
      findCredentialType(flags) === 'managed-identity' ||
      namesSignIn(flags.flow as string | undefined))
  )
}

/** Without a terminal nothing is asked: what is missing is named, all of it at once. */
export function flagAnswers(flags: Readonly<Record<string, unknown>>): Answers {
  const missing = async (): Promise<never> => {
    const named = requiredBy(flags)
      .filter((flag) => flags[flag] === undefined)
      .map((flag) => `--${flag}`)
    const [only] = named
    throw new AppError(
      'usage',
      named.length === 0
        ? 'it is not said how the application authenticates'
        : named.length === 1
          ? `${only} is missing`
          : `${named.slice(0, -1).join(', ')} and ${named.at(-1)} are missing`,
      {
        hint:
          named.length === 0
            ? 'give --client-secret-stdin, --certificate-path, --federated or --managed-identity; for people --flow interactive-browser'
            : 'without a terminal nothing is asked: see `entra-auth-cli create-profile --help`',
      },
    )
  }
  return {
    name: missing,
    tenant: missing,
    clientId: missing,
    credentialType: missing,
    signInFlow: missing,
    clientSecret: missing,
    certificatePath: async () => {
      throw new AppError('usage', '--certificate-path is missing', { hint: 'name a PEM or PFX file' })
    },
    privateKeyPath: async () => undefined,
    source: async () => {
      throw new AppError('usage', '--federated is missing', { hint: 'name a source, such as github-actions' })
    },
    scopes: async () => [],
  }
}
