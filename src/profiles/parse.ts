/** Reads profiles.json strictly: an unknown field or a wrong type is a fault with the path to it. */
import { cloudNames } from '../cloud/clouds.ts'
import {
  type CertificateFileCredential,
  type Credential,
  findProfileName,
  flows,
  type Profile,
  type ProfilesDocument,
  type TokenKeyCredential,
} from './profile.ts'
import {
  audienceRule,
  clientIdRule,
  guidRule,
  httpsRule,
  identityRule,
  keyRule,
  nameRule,
  outerReferenceRule,
  pinRule,
  type Rule,
  redirectUriRule,
  referenceRule,
  sourceRule,
  tenantRule,
} from './rules.ts'

export type JsonPath = readonly (string | number)[]

/** Something in the document that is not as it must be. `locate.ts` turns it into a line and column. */
export class DocumentFault extends Error {
  readonly path: JsonPath
  constructor(path: JsonPath, reason: string) {
    super(reason)
    this.path = path
  }
}

type Reader<T> = (value: unknown, path: JsonPath) => T

const text: Reader<string> = (value, path) => {
  if (typeof value === 'string' && value !== '') return value
  throw new DocumentFault(path, 'must be a text that is not empty')
}

const ruled =
  (rule: Rule): Reader<string> =>
  (value, path) => {
    const read = text(value, path)
    const fault = rule(read)
    if (fault) throw new DocumentFault(path, fault)
    return read
  }

const oneOf =
  <T extends string>(options: readonly T[]): Reader<T> =>
  (value, path) => {
    if (options.includes(value as T)) return value as T
    throw new DocumentFault(path, `must be one of ${options.join(', ')}`)
  }

const flag: Reader<boolean> = (value, path) => {
  if (typeof value === 'boolean') return value
  throw new DocumentFault(path, 'must be true or false')
}

const port: Reader<number> = (value, path) => {
  if (Number.isInteger(value) && (value as number) > 0 && (value as number) < 65_536) return value as number
  throw new DocumentFault(path, 'must be a port: a number between 1 and 65535')
}

const onlyTrue: Reader<true> = (value, path) => {
  if (value === true) return value
  throw new DocumentFault(path, 'must be true, or left out')
}

const texts: Reader<readonly string[]> = (value, path) => {
  if (!Array.isArray(value)) throw new DocumentFault(path, 'must be a list of texts')
  return value.map((item, index) => text(item, [...path, index]))
}

function objectOf(value: unknown, path: JsonPath): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new DocumentFault(path, 'must be an object')
}

type Fields<T> = { [K in keyof Required<T>]: readonly ['required' | 'optional', Reader<Required<T>[K]>] }

/** An object with exactly these fields; what is absent stays absent. */
const record =
  <T extends object>(fields: Fields<T>): Reader<T> =>
  (value, path) => {
    const given = objectOf(value, path)
    for (const name of Object.keys(given))
      if (!Object.hasOwn(fields, name)) throw new DocumentFault([...path, name], 'is not a known field')
    const read: Record<string, unknown> = {}
    for (const [name, [presence, reader]] of Object.entries<readonly [string, Reader<unknown>]>(fields)) {
      if (Object.hasOwn(given, name)) read[name] = reader(given[name], [...path, name])
      else if (presence === 'required') throw new DocumentFault(path, `lacks the field "${name}"`)
    }
    return read as T
  }

/** A key of ours, or in a token: what is neither is told of both. */
const sealedKey: Reader<'keychain' | 'file-store'> = (value, path) => {
  if (value === 'keychain' || value === 'file-store') return value
  throw new DocumentFault(path, 'must be keychain, file-store or the pkcs11: URI of a key')
}

/** A record whose fields must fit each other too. */
function consistent<T>(reader: Reader<T>, fault: (value: T) => string | undefined): Reader<T> {
  return (value, path) => {
    const read = reader(value, path)
    const reason = fault(read)
    if (reason) throw new DocumentFault(path, reason)
    return read
  }
}

function certificateFault(credential: CertificateFileCredential): string | undefined {
  const { certificatePath, certificate, key, privateKeyPath } = credential
  if (certificatePath === undefined && certificate === undefined && key === undefined)
    return 'lacks one of the fields "certificatePath", "certificate" and "key"'
  if (certificatePath !== undefined && certificate !== undefined)
    return 'must not have both "certificatePath" and "certificate"'
  if (key !== undefined && privateKeyPath !== undefined)
    return 'must not have both "key" and "privateKeyPath"'
  return undefined
}

const certificateFile = consistent(
  record<CertificateFileCredential>({
    type: ['required', oneOf(['certificate'])],
    certificatePath: ['optional', text],
    certificate: ['optional', ruled(outerReferenceRule)],
    key: ['optional', sealedKey],
    privateKeyPath: ['optional', text],
    password: ['optional', ruled(referenceRule)],
    sendX5c: ['optional', flag],
  }),
  certificateFault,
)

const tokenKey = record<TokenKeyCredential>({
  type: ['required', oneOf(['certificate'])],
  key: ['required', ruled(keyRule)],
  certificatePath: ['optional', text],
  pin: ['optional', ruled(pinRule)],
  sendX5c: ['optional', flag],
})

/** Each type of credential and its fields. */
const credentials = {
  'client-secret': record<Extract<Credential, { type: 'client-secret' }>>({
    type: ['required', oneOf(['client-secret'])],
    secret: ['required', ruled(referenceRule)],
  }),
  certificate: (value, path) =>
    /^pkcs11:/.test(String(objectOf(value, path).key)) ? tokenKey(value, path) : certificateFile(value, path),
  federated: record<Extract<Credential, { type: 'federated' }>>({
    type: ['required', oneOf(['federated'])],
    source: ['required', ruled(sourceRule)],
    audience: ['optional', ruled(audienceRule)],
    serviceConnectionId: ['optional', ruled(guidRule)],
    oidcIssuer: ['optional', ruled(httpsRule)],
    oidcClientId: ['optional', text],
    oidcClientSecret: ['optional', ruled(referenceRule)],
    oidcScope: ['optional', text],
    identity: ['optional', ruled(identityRule)],
  }),
  'managed-identity': record<Extract<Credential, { type: 'managed-identity' }>>({
    type: ['required', oneOf(['managed-identity'])],
    identity: ['optional', ruled(identityRule)],
  }),
  none: record<Extract<Credential, { type: 'none' }>>({ type: ['required', oneOf(['none'])] }),
} satisfies { [K in Credential['type']]: Reader<Extract<Credential, { type: K }>> }

const credential: Reader<Credential> = (value, path) => {
  const type = oneOf(Object.keys(credentials) as Credential['type'][])(objectOf(value, path).type, [
    ...path,
    'type',
  ])
  return credentials[type](value, path)
}

const profileFields = record<Profile>({
  cloud: ['optional', oneOf(cloudNames)],
  authorityHost: ['optional', text],
  tenant: ['optional', ruled(tenantRule)],
  clientId: ['optional', ruled(clientIdRule)],
  scopes: ['optional', texts],
  flow: ['optional', oneOf(flows)],
  redirectUri: ['optional', ruled(redirectUriRule)],
  port: ['optional', port],
  credential: ['required', credential],
  previous: ['optional', credential],
  keepPrevious: ['optional', onlyTrue],
})

/** Tenant and client ID say which application; a managed identity is one by itself. */
const profile: Reader<Profile> = (value, path) => {
  const read = profileFields(value, path)
  const isManaged = read.credential.type === 'managed-identity'
  for (const name of ['tenant', 'clientId'] as const) {
    if (isManaged && read[name] !== undefined)
      throw new DocumentFault([...path, name], 'is not for a managed identity, which has its own')
    if (!isManaged && read[name] === undefined) throw new DocumentFault(path, `lacks the field "${name}"`)
  }
  return read
}

const profiles: Reader<ReadonlyMap<string, Profile>> = (value, path) => {
  const given = objectOf(value, path)
  const seen = new Set<string>()
  return new Map(
    Object.entries(given).map(([name, content]) => {
      const at = [...path, name]
      const fault = nameRule(name)
      if (fault) throw new DocumentFault(at, `is not a profile name: it ${fault}`)
      if (seen.has(name.toLowerCase())) throw new DocumentFault(at, 'is there twice (case does not matter)')
      seen.add(name.toLowerCase())
      return [name, profile(content, at)]
    }),
  )
}

/** Profiles that are read when they are asked for: of a thousand, a cached call needs one. */
class UnreadProfiles extends Map<string, Profile> {
  override get(name: string): Profile | undefined {
    const content = super.get(name)
    if (!content) return undefined
    const plain = name.toLowerCase()
    for (const other of this.keys())
      if (other.length === name.length && other !== name && other.toLowerCase() === plain)
        throw new DocumentFault(['profiles', name], 'is there twice (case does not matter)')
    return profile(content, ['profiles', name])
  }
}

const unreadProfiles: Reader<ReadonlyMap<string, Profile>> = (value, path) => {
  const given = objectOf(value, path)
  const unread = new UnreadProfiles()
  for (const name of Object.keys(given)) unread.set(name, given[name] as Profile)
  return unread
}

const version: Reader<1> = (value, path) => {
  if (value === 1) return 1
  throw new DocumentFault(path, 'is a version this program does not know: it knows 1')
}

const documentWith = (reader: typeof profiles) =>
  record<ProfilesDocument & { $schema?: string; version: 1 }>({
    $schema: ['optional', text],
    version: ['required', version],
    default: ['optional', text],
    profiles: ['required', reader],
  })

const document = documentWith(profiles)
const unreadDocument = documentWith(unreadProfiles)

/**
 * The document in that text.
 * @throws SyntaxError when it is not JSON, DocumentFault when a field is not as it must be.
 */
export const parseProfiles = (source: string): ProfilesDocument => parseWith(document, source)

/** As `parseProfiles`, but each profile is read, and may throw, when it is taken out with `get`: the others are not. */
export const parseUnread = (source: string): ProfilesDocument => parseWith(unreadDocument, source)

function parseWith(reader: typeof document, source: string): ProfilesDocument {
  const read = reader(JSON.parse(source.replace(/^\uFEFF/, '')), [])
  if (read.default === undefined) return { profiles: read.profiles }
  // As the profile is spelled, so that comparing names is enough from here on.
  return { profiles: read.profiles, default: findProfileName(read, read.default) ?? read.default }
}
