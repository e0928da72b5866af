/** Reads what a token says, without judging who signed it: decoding only (RFC 7515 section 5.2, RFC 7519 section 7.2). */
import { AppError } from '../errors.ts'

export interface DecodedToken {
  readonly header: Record<string, unknown>
  readonly payload: Record<string, unknown>
  /** As it stands in the token: base64url, empty for an unsecured one (RFC 7519 section 6). */
  readonly signature: string
}

export interface Validity {
  readonly status: 'valid' | 'expired' | 'not-yet-valid' | 'no-expiry'
  /** Seconds, negative once expired. */
  readonly expires_in?: number
  readonly expires_at?: string
  readonly issued_at?: string
  readonly not_before?: string
}

/** Far above any real token, low enough that no later step has to fear the input. */
const maxLength = 1024 * 1024
/** `JSON.parse` survives any depth, what prints or walks the result does not. */
const maxDepth = 64

const wholeToken = 'give the whole token: three base64url parts joined by dots, without line breaks'
const sendAsIs = 'send it as it is; the token of an API of your own can be read here'

// Messages describe the shape only. They never quote the input, and carry no `cause`: JSON.parse quotes its input too.
const bad = (message: string, hint: string): AppError => new AppError('data', message, { hint })

/**
 * Decodes a JWS in compact serialisation. Also accepts what people have at hand: surrounding white space, quotes,
 * a `Bearer` prefix or whole `Authorization` header, and the JSON that `get-token -o json` (or `-o az`) prints.
 * Throws AppError('data') for anything else.
 */
export function decodeToken(text: string): DecodedToken {
  if (text.length > maxLength) throw bad('the token is larger than 1 MiB', wholeToken)
  const token = findToken(text)
  const parts = token.split('.')
  const [header, payload, signature] = parts
  if (header === undefined || payload === undefined || signature === undefined || parts.length !== 3) {
    throw notThreeParts(token, parts.length)
  }
  if (/^\d$/.test(header)) throw refreshToken() // Entra's refresh tokens have two dots as well: 1.AXkA….AgABA…
  const decoded = {
    header: decodeObject('header', header),
    payload: decodeObject('payload', payload),
    signature,
  }
  decodeBytes('signature', signature)
  return decoded
}

/** The token within the text someone pasted or piped. */
function findToken(text: string): string {
  const given = text.trim()
  const token = given.startsWith('{')
    ? fromAnswer(given)
    : given.replace(/^"(.*)"$/s, '$1').replace(/^(?:authorization:[ \t]*)?bearer[ \t]+/i, '')
  if (token === '')
    throw bad('there is no token', 'pipe one in: entra-auth-cli get-token | entra-auth-cli inspect -')
  return token
}

function fromAnswer(json: string): string {
  const answer = parseObject(json)
  const token = answer?.access_token ?? answer?.accessToken
  if (typeof token === 'string') return token.trim()
  throw answer
    ? bad('the JSON has no access_token', 'give the token itself, or the output of get-token -o json')
    : bad('not a JWT, and not JSON that holds one', wholeToken)
}

function notThreeParts(token: string, parts: number): AppError {
  if (parts === 5) {
    return bad('this is an encrypted token (JWE, 5 parts): only its audience can read it', sendAsIs)
  }
  if (parts > 1 && /^\d\.A/.test(token)) return refreshToken()
  // Long, and of the characters a bearer token is made of (RFC 6750 section 2.1).
  if (parts === 1 && /^[\w~+/=-]{40,}$/.test(token)) {
    return bad('this is an opaque token, not a JWT: only the service it is for can read it', sendAsIs)
  }
  return bad(`not a JWT: it has ${parts} part${parts === 1 ? '' : 's'}, not 3`, wholeToken)
}

const refreshToken = (): AppError =>
  bad(
    'this looks like a refresh token: only Microsoft Entra can read it',
    'give an access token or an ID token',
  )

function decodeObject(part: 'header' | 'payload', text: string): Record<string, unknown> {
  const bytes = decodeBytes(part, text)
  let json: string
  try {
    json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw bad(`the ${part} is not JSON: it is not UTF-8 text`, wholeToken)
  }
  if (depth(json) > maxDepth) throw bad(`the ${part} is nested more than ${maxDepth} levels deep`, wholeToken)
  const object = parseObject(json)
  if (object === undefined) throw bad(`the ${part} is not JSON`, wholeToken)
  if (object === null) throw bad(`the ${part} is not a JSON object`, wholeToken)
  return object
}

/** Strict base64url (RFC 7515 section 2): no padding, no other characters, no stray bits at the end. */
function decodeBytes(part: 'header' | 'payload' | 'signature', text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text) throw bad(`the ${part} is not base64url`, wholeToken)
  return bytes
}

/**
 * Undefined when the text is not JSON, null when it is but not an object. The object has no prototype: a claim named
 * `__proto__` is a claim like any other, and a claim that is not there is undefined, whatever its name.
 */
function parseObject(json: string): Record<string, unknown> | null | undefined {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return Object.assign(Object.create(null), value)
}

/** How deep brackets nest outside strings; exact for JSON, and for other text it does not matter. */
function depth(json: string): number {
  let level = 0
  let deepest = 0
  let quoted = false
  for (let at = 0; at < json.length; at++) {
    const char = json[at]
    if (char === '"') quoted = !quoted
    else if (quoted && char === '\\')
      at++ // what follows is escaped, so a quote does not end the string
    else if (!quoted && (char === '[' || char === '{')) deepest = Math.max(deepest, ++level)
    else if (!quoted && (char === ']' || char === '}')) level--
  }
  return deepest
}

/**
 * Where a token stands in time (RFC 7519 sections 4.1.4 to 4.1.6), without leeway. A claim that is no number counts
 * as absent, a number that is no date has no date; nothing throws.
 */
export function validity(payload: Record<string, unknown>, nowSeconds: number): Validity {
  const [exp, nbf, iat] = [payload.exp, payload.nbf, payload.iat].map(numericDate)
  return {
    status: status(exp, nbf, nowSeconds),
    ...(exp !== undefined && { expires_in: Math.floor(exp - nowSeconds), ...date('expires_at', exp) }),
    ...date('issued_at', iat),
    ...date('not_before', nbf),
  }
}

function status(exp: number | undefined, nbf: number | undefined, now: number): Validity['status'] {
  if (exp !== undefined && exp <= now) return 'expired'
  if (nbf !== undefined && nbf > now) return 'not-yet-valid'
  return exp === undefined ? 'no-expiry' : 'valid'
}

const numericDate = (claim: unknown): number | undefined =>
  typeof claim === 'number' && Number.isFinite(claim) ? claim : undefined

function date<K extends string>(name: K, seconds: number | undefined): { [key in K]?: string } {
  const time = new Date(Math.floor(seconds ?? Number.NaN) * 1000)
  if (Number.isNaN(time.getTime())) return {}
  return { [name]: time.toISOString().replace('.000Z', 'Z') } as { [key in K]?: string }
}
