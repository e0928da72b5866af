/** PKCS#11 URIs (RFC 7512): what names a token, and a key or certificate in it. */
import { AppError } from '../../errors.ts'

/** Attributes of the path, which select; their values are text, but for `id`. */
const pathAttributes = [
  ...['token', 'manufacturer', 'serial', 'model'],
  ...['library-manufacturer', 'library-version', 'library-description'],
  ...['slot-id', 'slot-description', 'slot-manufacturer'],
  ...['object', 'type', 'id'],
] as const
/** Attributes of the query, which say how to get there. */
const queryAttributes = ['module-name', 'module-path', 'pin-source'] as const

type TextAttribute =
  | 'token'
  | 'manufacturer'
  | 'serial'
  | 'model'
  | 'library-manufacturer'
  | 'library-version'
  | 'library-description'
  | 'slot-id'
  | 'slot-description'
  | 'slot-manufacturer'
  | 'object'
  | 'type'
  | 'module-name'
  | 'module-path'
  | 'pin-source'

/** Attributes by their names; `id` is binary. An empty value is a value. */
export type Pkcs11Uri = { readonly [A in TextAttribute]?: string } & { readonly id?: Uint8Array }

const invalid = (reason: string, hint = 'write it as pkcs11:token=LABEL;object=KEY, see RFC 7512') =>
  new AppError('usage', `a pkcs11: URI ${reason}`, { hint })

/** What each part may hold as it is (section 2.3): everything else is percent-encoded. */
const allowed = {
  path: /^(?:[\w.~:[\]@!$'()*+,=&-]|%[0-9A-Fa-f]{2})*$/,
  query: /^(?:[\w.~:[\]@!$'()*+,=/?|-]|%[0-9A-Fa-f]{2})*$/,
}

/**
 * Reads a URI (RFC 7512, section 2.3) strictly. `pin-value` is refused: a PIN in a URI ends up in files and logs.
 * @throws AppError `usage`; values are never quoted.
 */
export function parseUri(text: string): Pkcs11Uri {
  const [, rest] = /^pkcs11:([\s\S]*)$/i.exec(text) ?? []
  if (rest === undefined) throw invalid('must begin with "pkcs11:"')
  const mark = rest.indexOf('?')
  const path = mark < 0 ? rest : rest.slice(0, mark)
  const query = mark < 0 ? '' : rest.slice(mark + 1)
  const read = new Map<string, string | Uint8Array>()
  for (const part of path.split(';')) if (part !== '') readAttribute(part, 'path', read)
  for (const part of query.split('&')) if (part !== '') readAttribute(part, 'query', read)
  return Object.fromEntries(read)
}

function readAttribute(part: string, where: 'path' | 'query', into: Map<string, string | Uint8Array>): void {
  const [, name, value] = /^([a-z-]+)=([\s\S]*)$/.exec(part) ?? []
  if (name === undefined || value === undefined)
    throw invalid('is made of NAME=VALUE, and a part of it is not')
  if (name === 'pin-value')
    throw invalid(
      'must not hold the PIN itself',
      'leave out pin-value, and say where the PIN is: --pin-source',
    )
  const known: readonly string[] = where === 'path' ? pathAttributes : queryAttributes
  if (!known.includes(name)) throw invalid(`has an attribute that is unknown there: ${name}`)
  if (into.has(name)) throw invalid(`has the attribute ${name} twice`)
  if (!allowed[where].test(value))
    throw invalid(`has a character in ${name} that must be percent-encoded`, 'a space is %20, a slash %2F')
  const bytes = decode(value)
  into.set(name, name === 'id' ? bytes : readText(name, bytes))
}

/** Percent-decoding to bytes: an `id` is any bytes. */
const decode = (value: string): Uint8Array =>
  Buffer.from(
    value.replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )

const forms: Readonly<Record<string, RegExp>> = {
  type: /^(public|private|cert|secret-key|data)$/,
  'slot-id': /^\d{1,20}$/,
  'library-version': /^\d{1,3}(\.\d{1,3})?$/,
}

function readText(name: string, bytes: Uint8Array): string {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw invalid(`has a value that is not UTF-8: ${name}`)
  }
  if (text.includes('\0') || forms[name]?.test(text) === false)
    throw invalid(`has a value of ${name} that cannot be`)
  return text
}

/** The URI of these attributes, in one spelling: parsing it gives them back. */
export function formatUri(uri: Pkcs11Uri): string {
  const part = (name: keyof Pkcs11Uri, encode: (text: string) => string) => {
    const value = uri[name]
    if (value === undefined) return []
    return [`${name}=${typeof value === 'string' ? encode(value) : encodeBytes(value)}`]
  }
  const path = pathAttributes.flatMap((name) => part(name as keyof Pkcs11Uri, encodeText))
  const query = queryAttributes.flatMap((name) =>
    part(name, (text) => encodeText(text).replaceAll('%2F', '/')),
  )
  return `pkcs11:${path.join(';')}${query.length > 0 ? `?${query.join('&')}` : ''}`
}

const encodeBytes = (bytes: Uint8Array) =>
  [...bytes].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')

/** All but what no URI syntax gives a meaning to (RFC 3986, section 2.3). */
const encodeText = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => encodeBytes(Buffer.from(char)))
