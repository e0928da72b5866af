/** Reads the token endpoint's answer (RFC 6749, sections 5.1 and 5.2) and says what a refusal means. */
import { findAadsts } from '../cloud/aadsts.ts'
import { AppError, type ErrorCode, type ErrorDetails } from '../errors.ts'
import { safeJson, safeText } from '../output/safe-text.ts'
import type { HttpResponse } from '../platform/http.ts'
import { findJsonObject } from '../platform/json-object.ts'
import { Secret } from '../secret.ts'

export interface TokenResponse {
  readonly accessToken: string
  readonly tokenType: string
  /** Seconds. */
  readonly expiresIn: number
  readonly refreshIn?: number
  /** Of a person's sign-in: what renews it, who it is (OpenID Connect Core 1.0, section 2), and Entra's own name for them. */
  readonly refreshToken?: Secret
  readonly idToken?: Secret
  readonly clientInfo?: string
}

/** What the token endpoint, or the authorization endpoint, refused. */
export class Refusal extends AppError {
  /** OAuth's `error`. */
  readonly oauthError: string
  /** Entra's finer `suberror`, empty where there is none. */
  readonly suberror: string

  constructor(code: ErrorCode, message: string, details: ErrorDetails, oauthError: string, suberror: string) {
    super(code, message, details)
    this.oauthError = oauthError
    this.suberror = suberror
  }
}

const unexpected = (what: string, response: HttpResponse) =>
  new AppError('protocol', `the token endpoint ${what} (HTTP ${response.status})`, {
    hint: 'check that the authority host is one of Microsoft Entra ID and that no proxy answers in its place',
  })

/** The JSON object in the body; anything else is not an answer of a token endpoint. */
function parseBody(response: HttpResponse): Record<string, unknown> {
  const body = findJsonObject(response.body)
  // The body is never quoted: it may hold a token.
  if (!body) throw unexpected('did not answer in JSON', response)
  return body
}

/** A whole number of seconds, which Entra has also sent as a text. */
function seconds(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? Math.floor(number) : undefined
}

/** Characters of RFC 6749, appendix A. */
const isOpaque = (value: unknown): value is string =>
  typeof value === 'string' && /^[\x21-\x7e]{1,32768}$/.test(value)

const longest = 7 * 24 * 3600

/**
 * The token in a successful answer.
 * @throws AppError `protocol` for an answer that is not one, `denied`, `interaction`, `try_again` or
 * `unavailable` for a refusal.
 */
export function readTokenResponse(response: HttpResponse): TokenResponse {
  if (response.status >= 300 && response.status < 400)
    throw unexpected('answered with a redirect, which is never followed', response)
  if (response.status > 200 && response.status < 300)
    throw unexpected('answered neither with a token nor with an error', response)
  if (response.status !== 200) throw refusal(response)
  const body = parseBody(response)
  const { access_token: accessToken, token_type: tokenType } = body
  const expiresIn = seconds(body.expires_in)
  const refreshIn = seconds(body.refresh_in)
  if (typeof accessToken !== 'string' || !/^[\w.~+/-]+=*$/.test(accessToken))
    throw unexpected('sent no usable access_token', response)
  if (typeof tokenType !== 'string' || !/^(Bearer|pop)$/i.test(tokenType))
    throw unexpected('sent no usable token_type', response)
  if (expiresIn === undefined || expiresIn === 0 || expiresIn > longest)
    throw unexpected('sent no usable expires_in', response)
  const { refresh_token: refreshToken, id_token: idToken, client_info: clientInfo } = body
  return {
    accessToken,
    tokenType,
    expiresIn,
    ...(refreshIn !== undefined && { refreshIn }),
    ...(isOpaque(refreshToken) && { refreshToken: new Secret(refreshToken) }),
    ...(isOpaque(idToken) && { idToken: new Secret(idToken) }),
    ...(isOpaque(clientInfo) && { clientInfo }),
  }
}

/** Entra stopped what looked to it like a loop: the one number that has no OAuth error of its own. */
const loop = { aadsts: 50196, seconds: 300 }

/** Branches on the OAuth error and HTTP status: Microsoft says that AADSTS numbers may change. */
function codeOf(status: number, error: string): ErrorCode {
  if (status === 429) return 'try_again'
  // A redirect has no status of its own: these two stand for 500 and 503 (RFC 6749, section 4.1.2.1).
  if (status >= 500 || status === 408 || ['temporarily_unavailable', 'server_error'].includes(error))
    return 'unavailable'
  if (['interaction_required', 'login_required', 'consent_required', 'invalid_grant'].includes(error))
    return 'interaction'
  return 'denied'
}

/** The error for any answer but 200: what Entra says, and what to do about it. */
export function refusal(response: HttpResponse): AppError {
  const { status } = response
  const retryAfter = parseRetryAfter(response.headers['retry-after'], Date.now())
  const waiting: Waiting = retryAfter === undefined ? {} : { retryAfter }
  let body: Record<string, unknown>
  try {
    body = parseBody(response)
  } catch (notJson) {
    if (status === 429)
      return new AppError('try_again', 'Entra asks to slow down (HTTP 429)', throttleHint(waiting))
    if (status < 500 && status !== 408) return notJson as AppError
    return new AppError('unavailable', `the token endpoint failed (HTTP ${status})`, {
      hint: 'try again in a minute',
      ...waiting,
    })
  }
  return readRefusal(body, status, retryAfter)
}

/**
 * The refusal that an error document, or an error in a redirect (RFC 6749, section 4.1.2.1), stands for.
 * @param status of the answer; 400 for a redirect
 */
export function readRefusal(
  body: Readonly<Record<string, unknown>>,
  status: number,
  retryAfter?: number,
): Refusal {
  let waiting: Waiting = retryAfter === undefined ? {} : { retryAfter }
  const text = (name: string) => (typeof body[name] === 'string' ? (body[name] as string) : '')
  const description = text('error_description')
  const listed: unknown = Array.isArray(body.error_codes) ? body.error_codes[0] : undefined
  const named = Number(/AADSTS(\d{4,9})\b/.exec(description)?.[1] ?? Number.NaN)
  const aadsts = Number.isSafeInteger(listed) && (listed as number) > 0 ? (listed as number) : named
  const code = aadsts === loop.aadsts ? 'try_again' : codeOf(status, text('error'))
  if (aadsts === loop.aadsts) waiting = { retryAfter: Math.max(loop.seconds, retryAfter ?? 0) }
  const known = findAadsts(aadsts)
  const said = safeText((description || text('error')).split(/\r?\n| Trace ID:/)[0] ?? '', { max: 400 })
  const hint = code === 'try_again' ? throttleHint(waiting).hint : known?.fix
  const claims = readClaims(body.claims)
  const details = {
    ...(hint !== undefined && { hint }),
    ...(Number.isInteger(aadsts) && { aadsts }),
    ...(text('correlation_id') && { correlationId: safeText(text('correlation_id'), { max: 64 }) }),
    ...(text('trace_id') && { traceId: safeText(text('trace_id'), { max: 64 }) }),
    ...(claims !== undefined && { claims }),
    ...waiting,
  }
  const [error, suberror] = [text('error'), text('suberror')]
  return new Refusal(code, `Entra refused: ${said || `HTTP ${status}`}`, details, error, suberror)
}

/** The claims that a policy asks for, as they can be given to `--claims`; anything but a JSON object is ignored. */
function readClaims(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 8192) return undefined
  const claims = findJsonObject(value)
  return claims && safeJson(claims)
}

interface Waiting {
  readonly retryAfter?: number
}

const throttleHint = (waiting: Waiting) => ({
  hint: `wait ${waiting.retryAfter ?? 60} seconds; until then this program does not ask again`,
  ...waiting,
})

/**
 * Seconds to wait by a Retry-After header (RFC 9110, section 10.2.3), between half a second and an hour.
 * @param now milliseconds since 1970
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  const value = /^-?\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now) / 1000
  return Number.isNaN(value) ? undefined : Math.min(3600, Math.max(0.5, value))
}
