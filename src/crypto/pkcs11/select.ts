/** Which token, certificate and key a PKCS#11 URI means (RFC 7512, section 2.5): what it does not name may be any. */
import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { AppError } from '../../errors.ts'
import { named, tokenFlags } from './errors.ts'
import type {
  CertificateObject,
  ModuleDescription,
  PrivateKeyObject,
  SlotDescription,
  TokenContents,
  KeyObject as TokenKey,
} from './protocol.ts'
import type { Pkcs11Uri } from './uri.ts'

/** The slots whose token the URI may mean; a token that is not initialised is none. */
export function matchSlots(uri: Pkcs11Uri, module: ModuleDescription): SlotDescription[] {
  const matches = (wanted: string | undefined, actual: string) => wanted === undefined || wanted === actual
  const version = uri['library-version']
  if (
    !matches(uri['library-manufacturer'], module.libraryManufacturer) ||
    !matches(uri['library-description'], module.libraryDescription) ||
    !matches(version && !version.includes('.') ? `${version}.0` : version, module.libraryVersion)
  )
    return []
  return initialized(module).filter(
    ({ token, ...slot }) =>
      matches(uri.token, token.label) &&
      matches(uri.manufacturer, token.manufacturer) &&
      matches(uri.model, token.model) &&
      matches(uri.serial, token.serial) &&
      matches(uri['slot-id'], slot.slotId) &&
      matches(uri['slot-description'], slot.slotDescription) &&
      matches(uri['slot-manufacturer'], slot.slotManufacturer),
  )
}

export const initialized = ({ slots }: ModuleDescription): SlotDescription[] =>
  slots.filter(({ token }) => token.flags & tokenFlags.initialized)

const list = (labels: readonly string[]) => [...new Set(labels)].map(named).slice(0, 10).join(', ')

export function noToken(
  uri: Pkcs11Uri,
  where: string,
  labels: readonly string[],
  failed: readonly string[] = [],
): AppError {
  const wanted = uri.token === undefined ? 'no token that the URI could mean' : `no token ${named(uri.token)}`
  const there =
    labels.length > 0
      ? `there: ${list(labels)}; give one of them with --token-label, or connect the device`
      : 'no token is there at all: see that the device is connected'
  return new AppError('not_found', `there is ${wanted} in ${where}`, { hint: [there, ...failed].join('; ') })
}

export const severalTokens = (found: readonly SlotDescription[]): AppError =>
  new AppError('usage', `${found.length} tokens fit: ${list(found.map(({ token }) => token.label))}`, {
    hint: `name one by its label, or its serial number in a URI: ${found
      .slice(0, 5)
      .map(({ token }) => `pkcs11:serial=${encodeURIComponent(token.serial)}`)
      .join(', ')}`,
  })

const sameId = (id: string, wanted: Uint8Array) => Buffer.from(id, 'base64').equals(Buffer.from(wanted))

const isMeant = (uri: Pkcs11Uri, { label, id }: { label: string; id: string }): boolean =>
  (uri.object === undefined || uri.object === label) && (uri.id === undefined || sameId(id, uri.id))

/** As people read and write binary IDs. */
const hex = (id: string) => Buffer.from(id, 'base64').toString('hex') || 'none'

const uriOf = (id: string) =>
  Buffer.from(id, 'base64')
    .toString('hex')
    .replace(/../g, (byte) => `%${byte.toUpperCase()}`)

/**
 * The certificate: by its own label and ID, else by the ID of a key that has them. Of several for one key, the one
 * valid now that ends last.
 * @throws AppError `not_found` naming what is there, `usage` naming the IDs of several, `data` for what is no certificate.
 */
export function selectCertificate(
  uri: Pkcs11Uri,
  contents: TokenContents,
  token: string,
  now: number,
): X509Certificate {
  const { certificates, publicKeys, privateKeys } = contents
  const keyIds = new Set(
    [...publicKeys, ...privateKeys].filter((key) => isMeant(uri, key)).map(({ id }) => id),
  )
  const direct = certificates.filter((one) => isMeant(uri, one))
  const found = direct.length > 0 ? direct : certificates.filter(({ id }) => id !== '' && keyIds.has(id))
  if (found.length === 0) throw noCertificate(uri, contents, token)
  const read = found.map((one) => readObject(one, token))
  const keys = new Set(
    read.map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'der' }).toString('hex')),
  )
  if (keys.size > 1) throw several('certificates', uri, found, token)
  const rank = (one: X509Certificate) => {
    const end = Date.parse(one.validTo)
    return Date.parse(one.validFrom) <= now && now <= end ? end : end - 1e15
  }
  return read.reduce((best, one) => (rank(one) > rank(best) ? one : best))
}

function readObject({ value, label }: CertificateObject, token: string): X509Certificate {
  try {
    const certificate = new X509Certificate(Buffer.from(value, 'base64'))
    if (certificate.publicKey) return certificate
  } catch {
    // The same error as for one whose key cannot be read.
  }
  throw new AppError('data', `the certificate ${named(label)} in token ${named(token)} cannot be read`, {
    hint: 'give it as a file, with --certificate-path, or store it in the token again',
  })
}

/** All certificates that can be read: of those that cannot, none is the one that is looked for. */
export const readAll = ({ certificates }: TokenContents): X509Certificate[] =>
  certificates.flatMap((one) => {
    try {
      return [readObject(one, '')]
    } catch {
      return []
    }
  })

/** Before the login only a part of the token shows: what does is named. */
function noCertificate(uri: Pkcs11Uri, contents: TokenContents, token: string): AppError {
  const keys = [...contents.publicKeys, ...contents.privateKeys]
  const isKeyThere = keys.some((key) => isMeant(uri, key))
  const labels = contents.certificates.map(({ label }) => label)
  const shown = [
    labels.length > 0 ? `the certificates ${list(labels)}` : 'no certificates',
    ...(isKeyThere || keys.length === 0 ? [] : [`the keys ${list(keys.map(({ label }) => label))}`]),
  ]
  return new AppError(
    'not_found',
    `there is no ${isKeyThere ? '' : 'key or '}certificate ${wantedName(uri)}in token ${named(token)}`,
    {
      hint: `without its PIN it shows ${shown.join(' and ')}; give another --key-label, or the certificate as a file with --certificate-path`,
    },
  )
}

const wantedName = ({ object, id }: Pkcs11Uri): string => {
  if (object !== undefined) return `${named(object)} `
  return id === undefined ? '' : `with ID ${Buffer.from(id).toString('hex')} `
}

function noKey(uri: Pkcs11Uri, keys: readonly TokenKey[], token: string): AppError {
  const labels = keys.map(({ label }) => label)
  const there = labels.length > 0 ? `keys there: ${list(labels)}` : 'it shows no keys'
  return new AppError('not_found', `there is no key ${wantedName(uri)}in token ${named(token)}`, {
    hint: `${there}; give --key-label, or the ID in --pkcs11-uri`,
  })
}

const several = (
  what: string,
  uri: Pkcs11Uri,
  found: readonly { label: string; id: string }[],
  token: string,
) =>
  new AppError('usage', `${found.length} ${what} ${wantedName(uri)}are in token ${named(token)}`, {
    hint: `name one by its ID in --pkcs11-uri: ${found
      .slice(0, 5)
      .map(({ id, label }) => `id=${uriOf(id)} (${hex(id)}, ${named(label)})`)
      .join(', ')}`,
  })

/**
 * The keys that the URI names; what it does not name, the certificate's ID does, which a key shares whatever it is
 * called. Where neither says anything, it may be any.
 */
function keysOf<K extends TokenKey>(
  uri: Pkcs11Uri,
  keys: readonly K[],
  { certificates }: TokenContents,
  certificate: X509Certificate | undefined,
): { readonly found: readonly K[]; readonly named: boolean } {
  const isNamed = uri.object !== undefined || uri.id !== undefined
  const byUri = isNamed ? keys.filter((key) => isMeant(uri, key)) : []
  if (byUri.length > 0) return { found: byUri, named: true }
  const ids = certificates
    .filter(({ value }) => certificate?.raw.equals(Buffer.from(value, 'base64')))
    .map(({ id }) => id)
  const byId = keys.filter(({ id }) => id !== '' && ids.includes(id))
  return byId.length > 0 || isNamed ? { found: byId, named: true } : { found: keys, named: false }
}

/**
 * The private key, in a token that is logged in to; with a certificate, the one that belongs to it.
 * @throws AppError `not_found` naming the keys there, `usage` naming the IDs of several.
 */
export function selectKey(
  uri: Pkcs11Uri,
  contents: TokenContents,
  token: string,
  certificate: X509Certificate | undefined,
): PrivateKeyObject {
  const { found, named } = keysOf(uri, contents.privateKeys, contents, certificate)
  const fitting = certificate ? found.filter((key) => isKeyOf(key, certificate.publicKey) !== false) : found
  const [key, ...others] = fitting
  if (key && others.length === 0) return key
  if (key) throw several('keys', uri, fitting, token)
  if (found.length > 0 && named) throw keyMismatch(uri, token)
  throw noKey(uri, contents.privateKeys, token)
}

/**
 * What can be known without the PIN: most tokens show public keys to anyone.
 * @throws AppError `data` for a key that is not the certificate's.
 */
export function checkVisibleKey(
  uri: Pkcs11Uri,
  contents: TokenContents,
  token: string,
  certificate: X509Certificate,
): 'matches' | 'unseen' {
  const keys = [...contents.publicKeys, ...contents.privateKeys]
  const { found, named } = keysOf(uri, keys, contents, certificate)
  const verdicts = found.map((key) => isKeyOf(key, certificate.publicKey))
  if (verdicts.includes(true)) return 'matches'
  if (named && verdicts.includes(false)) throw keyMismatch(uri, token)
  return 'unseen'
}

const keyMismatch = (uri: Pkcs11Uri, token: string) =>
  new AppError(
    'data',
    `the key ${wantedName(uri)}in token ${named(token)} does not belong to the certificate`,
    {
      hint: 'give the certificate that was made for this key, or the label of its key',
    },
  )

/** Undefined where the token does not show the modulus. */
function isKeyOf({ modulus }: TokenKey, publicKey: KeyObject): boolean | undefined {
  if (modulus === undefined) return undefined
  return withoutZeros(modulus) === withoutZeros(publicKey.export({ format: 'jwk' }).n ?? '')
}

const withoutZeros = (base64: string) =>
  Buffer.from(base64, 'base64')
    .toString('hex')
    .replace(/^(00)+/, '')

/** The SPKI of an RSA key in a token. */
export function publicKeyOf({ modulus, publicExponent }: TokenKey): KeyObject | undefined {
  if (modulus === undefined || publicExponent === undefined) return undefined
  const url = (base64: string) => {
    const bytes = Buffer.from(base64, 'base64')
    return bytes.subarray(bytes.findIndex((byte) => byte !== 0)).toString('base64url')
  }
  return createPublicKey({ key: { kty: 'RSA', n: url(modulus), e: url(publicExponent) }, format: 'jwk' })
}
