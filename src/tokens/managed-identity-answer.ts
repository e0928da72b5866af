/** Reads what a machine's identity endpoint answers: six hosts have six ways to say when a token expires. */
import { AppError } from '../errors.ts'
import { safeText } from '../output/safe-text.ts'
import type { HttpResponse } from '../platform/http.ts'
import { findJsonObject } from '../platform/json-object.ts'
import { decodeToken } from './decode.ts'
import { parseRetryAfter } from './token-response.ts'

export interface IdentityAnswer {
  readonly accessToken: string
  readonly tokenType: string
  /** Seconds. */
  readonly expiresIn: number
  /** As MSAL reads it, with `expires_on` in seconds since 1970. */
  readonly body: object
}

/**
 * The token in a successful answer.
 * @param now seconds since 1970
 * @throws AppError `protocol`; the body is never quoted, for it may hold a token.
 */
export function readIdentityAnswer({ body: text, status }: HttpResponse, now: number): IdentityAnswer {
  const body = findJsonObject(text)
  const accessToken = body?.access_token
  if (!body || typeof accessToken !== 'string' || !/^[\w.~+/-]+=*$/.test(accessToken))
    throw new AppError('protocol', `the identity endpoint sent no usable access_token (HTTP ${status})`, {
      hint: 'check what answers at that address',
    })
  const expiresOn = time(body.expires_on) ?? lifetime(body.expires_in, now) ?? expiryOf(accessToken)
  if (expiresOn === undefined || expiresOn < now + 1)
    throw new AppError('protocol', 'the identity endpoint sent a token that is past its time, or has none', {
      hint: 'check the clock of this machine',
    })
  const type = body.token_type
  const tokenType = typeof type === 'string' && /^(Bearer|pop)$/i.test(type) ? type : 'Bearer'
  return {
    accessToken,
    tokenType,
    expiresIn: Math.floor(expiresOn - now),
    body: { ...body, token_type: tokenType, expires_on: Math.floor(expiresOn) },
  }
}

/** Seconds since 1970, as a number or a text, or a date in words. */
function time(value: unknown): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const number = Number(value)
  if (Number.isFinite(number)) return number > 0 ? number : undefined
  // Azure Machine Learning writes `9/14/2027 11:05:00 PM +00:00`.
  const date = Date.parse(String(value).replace(/\s\+00:00$/, ' GMT'))
  return Number.isNaN(date) ? undefined : date / 1000
}

function lifetime(value: unknown, now: number): number | undefined {
  const seconds = Number(value)
  return value !== '' && value !== null && Number.isFinite(seconds) && seconds > 0 ? now + seconds : undefined
}

function expiryOf(token: string): number | undefined {
  try {
    return time(decodeToken(token).payload.exp)
  } catch {
    return undefined
  }
}

/** The tenant and application that a token names; empty where it is not for us to read. */
export function identityIn(accessToken: string): { tenant: string; clientId: string } {
  try {
    const { tid, appid, azp } = decodeToken(accessToken).payload
    const text = (value: unknown) => (typeof value === 'string' ? value : '')
    return { tenant: text(tid), clientId: text(appid ?? azp) }
  } catch {
    return { tenant: '', clientId: '' }
  }
}

/** The error for any answer but 200: what the endpoint says, and what to do about it. */
export function identityRefusal({ status, headers, body }: HttpResponse, host: string): AppError {
  const said = description(findJsonObject(body))
  const suffix = said ? `: ${safeText(said, { max: 300 })}` : ''
  const retryAfter = parseRetryAfter(headers['retry-after'], Date.now())
  if (status === 429)
    return new AppError('try_again', `the identity endpoint ${host} asks to slow down (HTTP 429)`, {
      hint: `wait ${retryAfter ?? 60} seconds`,
      ...(retryAfter !== undefined && { retryAfter }),
    })
  // Docker Desktop answers for an address that it cannot reach.
  if (status === 403 && /unreachable/i.test(body))
    return new AppError(
      'unavailable',
      `the identity endpoint ${host} cannot be reached from this container`,
      {
        hint: 'managed identities are there on Azure; elsewhere use another credential',
      },
    )
  if (status >= 500 || status === 408 || status === 410)
    return new AppError('unavailable', `the identity endpoint ${host} failed (HTTP ${status})${suffix}`, {
      hint: 'it may be starting or updating: try again in a minute',
    })
  if (status >= 300 && status < 400)
    return new AppError(
      'protocol',
      `the identity endpoint ${host} answered with a redirect, which is not followed`,
    )
  return new AppError('denied', `the identity endpoint ${host} refused (HTTP ${status})${suffix}`, {
    hint: 'check that the identity is assigned to this machine, and its ID: --managed-identity system, or ID',
  })
}

/** Each host has an error of its own shape. */
function description(body: Record<string, unknown> | undefined): string | undefined {
  const error = body?.error
  const inner = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : undefined
  return [body?.error_description, body?.message, inner?.message, inner?.code, error].find(
    (text): text is string => typeof text === 'string' && text !== '',
  )
}
