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

/** A refusal. The text is Entra's own wording, without the `AADSTSn:` prefix and the trailing ids. */
export class EntraError extends Error {
  readonly error: OAuthErrorCode
  readonly code: number
  readonly status: number

  constructor(error: OAuthErrorCode, code: number, text: string, status: number) {
    super(text)
    this.error = error
    this.code = code
    this.status = status
  }
}

/** Client authentication failed: 401 (RFC 6749 section 5.2). */
export const invalidClient = (code: number, text: string) => new EntraError('invalid_client', code, text, 401)

/** Any other refusal of the token endpoint: 400 (RFC 6749 section 5.2). */
export const refused = (error: OAuthErrorCode, code: number, text: string) =>
  new EntraError(error, code, text, 400)

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
  const trail = `Trace ID: ${ids.traceId} Correlation ID: ${ids.correlationId} Timestamp: ${timestamp}`
  return {
    error: error.error,
    error_description: `AADSTS${error.code}: ${error.message} ${trail}`,
    error_codes: [error.code],
    timestamp,
    trace_id: ids.traceId,
    correlation_id: ids.correlationId,
    error_uri: `${authorityHost}/error?code=${error.code}`,
  }
}

/** `2026-01-01 00:00:00Z`, the form of Entra's timestamps. */
const entraTime = (date: Date) => `${date.toISOString().slice(0, 19).replace('T', ' ')}Z`
