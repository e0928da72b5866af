/**
 * Profiles of the .NET tool of the same name, made into ours. Its file is a list with keys in camelCase; its encrypted
 * exports and its documentation spell them otherwise, so case and underscores do not count. What has no place here is
 * named, so that nobody misses it later.
 */
import { isAbsolute, resolve, win32 } from 'node:path'
import { safeText } from '../../output/safe-text.ts'
import type { Secret } from '../../secret.ts'
import type { SecretPurpose } from '../../secrets/account.ts'
import { splitScopes } from '../../tokens/scopes.ts'
import { DocumentFault, type JsonPath } from '../parse.ts'
import { type Credential, type Flow, flows, isSignIn } from '../profile.ts'
import { clientIdRule, redirectUriRule, tenantRule } from '../rules.ts'
import { FoldedFields, folded } from './folded-fields.ts'
import type { IncomingProfile } from './incoming.ts'
import { freeName, validName } from './names.ts'

type Secrets = ReadonlyMap<SecretPurpose, Secret>

const noSecrets: Secrets = new Map()

/** @throws DocumentFault for what is no list of its profiles. */
export function readDotnetProfiles(value: unknown, path: JsonPath): IncomingProfile[] {
  if (!Array.isArray(value)) throw new DocumentFault(path, 'must be a list of profiles')
  const names = new Set<string>()
  const taken = new Set<string>()
  return value.map((item, index) => {
    const read = readDotnetProfile(item, [...path, index], noSecrets)
    const original = (read.foreignName ?? read.name).toLowerCase()
    if (names.has(original))
      throw new DocumentFault([...path, index], 'has the name of another one (case does not matter)')
    names.add(original)
    const name = taken.has(read.name.toLowerCase()) ? freeName(read.name, taken) : read.name
    taken.add(name.toLowerCase())
    return name === read.name ? read : { ...read, name, foreignName: read.foreignName ?? read.name }
  })
}

/**
 * One of its profiles.
 * @param secrets what came with it, in an encrypted export
 * @throws DocumentFault for a field that is missing or not as it must be.
 */
export function readDotnetProfile(value: unknown, path: JsonPath, secrets: Secrets): IncomingProfile {
  const fields = new FoldedFields(value, path)
  const lost: string[] = []
  const foreignName = fields.getText('name')
  const name = validName(foreignName)
  const tenant = fields.getText('tenantId', tenantRule)
  const clientId = fields.getText('clientId', clientIdRule)
  const scopes = readScopes(fields)
  const flow = readFlow(fields, lost)
  const redirectUri = readRedirectUri(fields, lost)
  const credential = readCredential(fields, flow, secrets, lost)
  // Neither says anything about getting a token.
  fields.take('createdAt')
  fields.take('updatedAt')
  // A password that is not to be remembered asks for nothing.
  const kept = fields.rest.filter(({ value: content }) => content !== false)
  lost.push(...kept.map(({ key }) => key))
  return {
    name,
    ...(name !== foreignName && { foreignName }),
    profile: {
      tenant,
      clientId,
      ...(scopes.length > 0 && { scopes }),
      ...(flow && { flow }),
      ...(redirectUri !== undefined && { redirectUri }),
      credential: credential.credential,
    },
    secrets: credential.secrets,
    lost: lost.slice(0, 20).map((key) => safeText(key, { max: 60 })),
    wanting: credential.wanting,
  }
}

function readScopes(fields: FoldedFields): string[] {
  const given = fields.take('scopes', 'scope')
  const resource = fields.takeText('resource')
  const list = given === undefined ? [] : [given.value].flat()
  if (given && !list.every((scope) => typeof scope === 'string'))
    throw new DocumentFault(given.path, 'must be a list of texts')
  const scopes = splitScopes(list as string[])
  return scopes.length > 0 || resource === undefined ? scopes : [`${resource.replace(/\/$/, '')}/.default`]
}

function readFlow(fields: FoldedFields, lost: string[]): Flow | undefined {
  const text = fields.takeText('defaultFlow', 'flow')
  if (text === undefined) return undefined
  const flow = flows.find((name) => folded(name) === folded(text))
  if (flow === undefined) lost.push(`defaultFlow ${text}`)
  return flow
}

/** Only addresses of this machine are listened on here. */
function readRedirectUri(fields: FoldedFields, lost: string[]): string | undefined {
  const text = fields.takeText('redirectUri')
  if (text === undefined || redirectUriRule(text) === undefined) return text
  lost.push('redirectUri')
  return undefined
}

interface ReadCredential {
  readonly credential: Credential
  readonly secrets: Secrets
  readonly wanting: readonly SecretPurpose[]
}

/** Where people sign in it is a public client, and the secret that it demands all the same is a dummy. */
function publicClient(fields: FoldedFields): ReadCredential {
  for (const unused of ['authMethod', 'certificatePath', 'cacheCertificatePassword']) fields.take(unused)
  return { credential: { type: 'none' }, secrets: noSecrets, wanting: [] }
}

/** By the folded name of its `authMethod`. */
const methods: Readonly<Record<string, (fields: FoldedFields, secrets: Secrets) => ReadCredential>> = {
  clientsecret: (_, secrets) => ({
    credential: { type: 'client-secret', secret: 'keychain' },
    secrets: only(secrets, 'client-secret'),
    wanting: [],
  }),
  certificate: (fields, secrets) => {
    const password = only(secrets, 'certificate-password')
    return {
      credential: readCertificate(fields),
      secrets: password,
      wanting: password.size > 0 ? [] : ['certificate-password'],
    }
  },
  passwordlesscertificate: (fields) => ({
    credential: readCertificate(fields),
    secrets: noSecrets,
    wanting: [],
  }),
}

const only = (secrets: Secrets, wanted: SecretPurpose): Secrets =>
  new Map([...secrets].filter(([purpose]) => purpose === wanted))

function readCertificate(fields: FoldedFields): Credential {
  const path = fields.getText('certificatePath')
  // It kept the path as it was typed; a path from Windows is whole as well, if of no use elsewhere.
  return {
    type: 'certificate',
    certificatePath: isAbsolute(path) || win32.isAbsolute(path) ? path : resolve(path),
  }
}

function readCredential(
  fields: FoldedFields,
  flow: Flow | undefined,
  secrets: Secrets,
  lost: string[],
): ReadCredential {
  if (flow !== undefined && isSignIn(flow)) return publicClient(fields)
  const given = fields.take('authMethod')
  const method = folded(given === undefined ? 'ClientSecret' : String(given.value))
  if (!Object.hasOwn(methods, method))
    throw new DocumentFault(
      given?.path ?? fields.path,
      'must be ClientSecret, Certificate or PasswordlessCertificate',
    )
  const read = (methods[method] as (typeof methods)[string])(fields, secrets)
  lost.push(...[...secrets.keys()].filter((purpose) => !read.secrets.has(purpose)))
  return read
}
