/** The refusals of Entra's token endpoint: an OAuth error code, an AADSTS number, a text and a status. */

export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'invalid_resource'
  | 'invalid_instance'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'access_denied'
  | 'login_required'
  | 'interaction_required'
  | 'authorization_pending'
  | 'slow_down'
  | 'authorization_declined'
  | 'expired_token'
  | 'bad_verification_code'

/** Members that only some refusals have. */
export interface MoreMembers {
  readonly suberror?: string
  /** A claims request (OpenID Connect Core 1.0 section 5.5) that the client is to repeat, as JSON text. */
  readonly claims?: string
}

/** A refusal. The text is Entra's own wording, without the `AADSTSn:` prefix and the trailing ids. */
export class EntraError extends Error {
  readonly error: OAuthErrorCode
  readonly code: number
  readonly status: number
  readonly more: MoreMembers

  constructor(error: OAuthErrorCode, code: number, text: string, status: number, more: MoreMembers = {}) {
    super(text)
    this.error = error
    this.code = code
    this.status = status
    this.more = more
  }
}

/** Client authentication failed: 401 (RFC 6749 section 5.2). */
export const invalidClient = (code: number, text: string) => new EntraError('invalid_client', code, text, 401)

/** Any other refusal of the token endpoint: 400 (RFC 6749 section 5.2). */
export const refused = (error: OAuthErrorCode, code: number, text: string, more?: MoreMembers) =>
  new EntraError(error, code, text, 400, more)

/** A parameter that Entra needs is not in the body. */
export const missingParameter = (name: string) =>
  refused('invalid_request', 900144, `The request body must contain the following parameter: '${name}'.`)

export interface ErrorIds {
  readonly traceId: string
  readonly correlationId: string
}

/** Entra's error document: RFC 6749 section 5.2 plus its own members. */
export function errorDocument(error: EntraError, ids: ErrorIds, authorityHost: string) {
  const timestamp = entraTime(new Date())
  return {
    error: error.error,
    error_description: errorDescription(error, ids, timestamp),
    error_codes: [error.code],
    timestamp,
    trace_id: ids.traceId,
    correlation_id: ids.correlationId,
    error_uri: `${authorityHost}/error?code=${error.code}`,
    ...error.more,
  }
}

/** The text with its number before it and the ids after it. */
export function errorDescription(
  error: EntraError,
  ids: ErrorIds,
  timestamp = entraTime(new Date()),
): string {
  const trail = `Trace ID: ${ids.traceId} Correlation ID: ${ids.correlationId} Timestamp: ${timestamp}`
  return `AADSTS${error.code}: ${error.message} ${trail}`
}

/** `2026-01-01 00:00:00Z`, the form of Entra's timestamps. */
function entraTime(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')}Z`
}
