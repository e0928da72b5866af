/** The text `inspect` shows to a person: what a token says, in words. */
import type { DecodedToken, Validity } from '../tokens/decode.ts'
import { duration, outOfRange, relativeTime, utc } from './relative-time.ts'
import { safeText } from './safe-text.ts'
import type { ReportStyle } from './style.ts'
import { wrap } from './wrap.ts'

/** A line of a section: values never shortened, the note wrapped to the width of the terminal. */
interface Row {
  readonly name: string
  readonly values: readonly string[]
  readonly note: string
}

/** A word of explanation, or one that depends on the value. */
type Note = string | Readonly<Record<string, string>>

const proof = { 0: 'a public client: no proof', 1: 'client secret', 2: 'certificate or assertion' }
const application = 'client ID of the application'
const internal = 'for Entra only'
const changeable = 'can change: no identifier'
const graph = 'audience: Microsoft Graph'
const azure = 'audience: Azure Resource Manager'

const headerNotes: Readonly<Record<string, Note>> = {
  alg: { none: 'not signed', RS256: 'RSA with SHA-256', PS256: 'RSA-PSS with SHA-256' },
  kid: 'key that signed it',
  x5t: 'thumbprint of the signing certificate',
  nonce: 'clients cannot verify the signature',
}

/** Claims of Entra's access and ID tokens (RFC 7519 section 4.1, and Microsoft's claims references). */
const claimNotes: Readonly<Record<string, Note>> = {
  aud: {
    '': 'audience: the API it is for',
    '00000003-0000-0000-c000-000000000000': graph,
    'https://graph.microsoft.com': graph,
    'https://graph.microsoft.com/': graph,
    '797f4846-ba00-4fd7-ba43-dac1f8f63013': azure,
    'https://management.azure.com': azure,
    'https://management.azure.com/': azure,
  },
  iss: 'issuer: who made the token',
  sub: 'subject: who it is about',
  acrs: 'authentication contexts met',
  aio: internal,
  amr: 'how the user authenticated',
  app_displayname: 'name of the application',
  appid: application,
  appidacr: proof,
  azp: application,
  azpacr: proof,
  deviceid: 'device the user signed in from',
  groups: 'groups the subject is in',
  idp: 'where the subject signed in',
  idtyp: { app: 'application, no user', user: 'a user signed in', device: 'a device' },
  ipaddr: 'address the request came from',
  jti: 'ID of this token',
  nonce: 'ties the token to one request',
  oid: 'user or service principal',
  email: changeable,
  preferred_username: changeable,
  unique_name: changeable,
  upn: changeable,
  rh: internal,
  roles: 'application permissions, app roles',
  scp: 'delegated permissions',
  sid: 'sign-in session',
  tid: { '': 'tenant', '9188040d-6c67-4c5b-b112-36a304b66dad': 'tenant: personal accounts' },
  uti: 'ID of this token in the sign-in logs',
  ver: { '1.0': 'v1 token', '2.0': 'v2 token' },
  wids: 'directory role template IDs',
  xms_cc: 'capabilities; cp1: claims challenges',
  xms_ftd: internal,
  xms_idrel: internal,
  xms_act_fct: internal,
  xms_sub_fct: internal,
}

/** Claims in epoch seconds; the note is put before the relative time. */
const timeNotes: Readonly<Record<string, string>> = {
  exp: 'expires',
  iat: 'issued',
  nbf: 'valid from',
  auth_time: 'user signed in',
  xms_tcdt: 'tenant created',
}

/**
 * The report, without a newline at its end: the state in time first, then header and claims, and that nothing was
 * verified last. Everything from the token is escaped; claim values are complete.
 */
export function tokenReport(
  decoded: DecodedToken,
  validity: Validity,
  nowSeconds: number,
  style: ReportStyle,
  columns: number,
): string {
  const width = columns > 0 ? Math.max(columns, 40) : 80
  const header = entries(decoded.header).map(([name, value]) => row(name, value, headerNotes))
  const claims = entries(decoded.payload).map(([name, value]) =>
    Object.hasOwn(timeNotes, name) ? timeRow(name, value, nowSeconds) : row(name, value, claimNotes),
  )
  const lines = [
    style.bold('Token'),
    `  ${statusLine(validity, nowSeconds, style)}`,
    '',
    style.bold('Header'),
    ...table(header, width, style),
    '',
    style.bold('Claims'),
    ...table(claims, width, style),
    '',
    ...(Object.hasOwn(decoded.header, 'nonce')
      ? wrap(nonceRemark, width).map((line) => style.yellow(line))
      : []),
    style.yellow('signature not verified'),
  ]
  return lines.join('\n')
}

/** Entra hashes this nonce before it signs, so that only the API it is meant for (Graph) can check the signature. */
const nonceRemark =
  'the header holds a nonce, so clients cannot verify this signature: only the API the token is for can'

function statusLine(validity: Validity, now: number, { green, red, yellow, dim }: ReportStyle): string {
  const left = validity.expires_in ?? 0
  const expiry = utc(seconds(validity.expires_at))
  const start = seconds(validity.not_before)
  switch (validity.status) {
    case 'valid':
      return `${green(`valid for ${duration(left)}`)} ${dim(`(until ${expiry})`)}`
    case 'expired':
      return `${red(`expired ${relativeTime(left)}`)} ${dim(`(${expiry})`)}`
    case 'not-yet-valid':
      return `${yellow(`not yet valid: starts ${relativeTime(start - now)}`)} ${dim(`(${utc(start)})`)}`
    case 'no-expiry':
      return yellow('no expiry: there is no usable exp claim')
  }
}

const seconds = (iso?: string): number => (iso === undefined ? Number.NaN : Date.parse(iso) / 1000)

const entries = (object: Record<string, unknown>): [string, unknown][] => Object.entries(object)

function row(name: string, value: unknown, notes: Readonly<Record<string, Note>>): Row {
  const note = Object.hasOwn(notes, name) ? (notes[name] ?? '') : ''
  return { name: safeText(name), values: valueLines(name, value), note: noteFor(note, value) }
}

function noteFor(note: Note, value: unknown): string {
  if (typeof note === 'string') return note
  const key = String(typeof value === 'object' ? '' : value)
  return (Object.hasOwn(note, key) ? note[key] : note['']) ?? ''
}

function timeRow(name: string, value: unknown, now: number): Row {
  const time = typeof value === 'number' ? utc(value) : outOfRange
  if (typeof value !== 'number' || time === outOfRange)
    return { name, values: [plain(value)], note: 'not a time' }
  const what = name === 'exp' && value <= now ? 'expired' : (timeNotes[name] ?? '')
  return { name, values: [time], note: `${what} ${relativeTime(value - now)}` }
}

/** A short list on one line, a long one with a line for each item; `scp` is a list between spaces. */
function valueLines(name: string, value: unknown): string[] {
  if (name === 'scp' && typeof value === 'string') return list(value.split(' '), ' ')
  if (Array.isArray(value) && value.length > 0) return list(value.map(plain), ', ')
  return [plain(value)]
}

const list = (items: readonly string[], separator: string): string[] => {
  const safe = items.map((item) => safeText(item))
  const joined = safe.join(separator)
  return size(joined) <= 36 ? [joined] : safe
}

function plain(value: unknown): string {
  return safeText(typeof value === 'string' && value !== '' ? value : String(JSON.stringify(value)))
}

const size = (text: string): number => [...text].length

/** Wide enough for `azpacr` and `given_name`; a longer name pushes its value to the right. */
const nameRoom = 10
/** Wide enough for a time; after a longer value the note begins two spaces behind it. */
const valueRoom = 23

/** Names, values and notes in three columns; a note that does not fit beside its value goes below it. */
function table(rows: readonly Row[], width: number, { dim }: ReportStyle): string[] {
  if (rows.length === 0) return ['  (empty)']
  const nameWidth = rows.reduce((most, { name }) => Math.max(most, Math.min(nameRoom, size(name))), 0)
  const indent = nameWidth + 4
  return rows.flatMap(({ name, values, note }) => {
    const [first = '', ...more] = values
    const line = `  ${pad(name, nameWidth)}  ${first}`
    const beside = `${pad(line, indent + valueRoom)}  `
    const rest = more.map((value) => ' '.repeat(indent) + value)
    if (note === '') return [line, ...rest]
    if (size(beside) + size(note) <= width) return [beside + dim(note), ...rest]
    return [line, ...rest, ...wrap(note, width - indent).map((text) => ' '.repeat(indent) + dim(text))]
  })
}

const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - size(text)))
