/** Every failure we can explain, and the exit status that belongs to it (docs/decisions/0003-exit-codes.md). */

export const exitStatus = {
  usage: 64,
  data: 65,
  not_found: 66,
  unavailable: 69,
  bug: 70,
  store: 73,
  io: 74,
  try_again: 75,
  protocol: 76,
  denied: 77,
  config: 78,
  interaction: 79,
  expired: 80,
  timeout: 124,
} as const

export type ErrorCode = keyof typeof exitStatus

/** What Entra compares of another issuer's assertion; none of it is secret. */
export interface PresentedAssertion {
  readonly issuer: string
  readonly subject: string
  readonly audience: string
}

export interface ErrorDetails {
  readonly hint?: string
  /** AADSTS number, when Entra gave one. */
  readonly aadsts?: number
  readonly correlationId?: string
  readonly traceId?: string
  /** Seconds to wait before another try makes sense. */
  readonly retryAfter?: number
  /** The assertion that Entra refused. */
  readonly presented?: PresentedAssertion
  /** What a policy asks for in the next request: JSON for its `claims` parameter. */
  readonly claims?: string
  readonly cause?: unknown
}

const retryable: ReadonlySet<ErrorCode> = new Set(['unavailable', 'try_again', 'timeout'])

/** A failure with a code, what failed, and what to try. Its message and hint are printed as they are: never put a secret in them. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly aadsts: number | undefined
  readonly correlationId: string | undefined
  readonly traceId: string | undefined
  readonly retryAfter: number | undefined
  readonly presented: PresentedAssertion | undefined
  readonly claims: string | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.code = code
    this.hint = details.hint
    this.aadsts = details.aadsts
    this.correlationId = details.correlationId
    this.traceId = details.traceId
    this.retryAfter = details.retryAfter
    this.presented = details.presented
    this.claims = details.claims
  }

  get exitStatus(): number {
    return exitStatus[this.code]
  }

  /** An allow-list: a field added to the class does not leak by being added. */
  toJSON(): Record<string, unknown> {
    return {
      error: this.code,
      message: this.message,
      ...(this.hint !== undefined && { hint: this.hint }),
      ...(this.aadsts !== undefined && { aadsts: this.aadsts }),
      ...(this.correlationId !== undefined && { correlation_id: this.correlationId }),
      ...(this.traceId !== undefined && { trace_id: this.traceId }),
      ...(this.retryAfter !== undefined && { retry_after: this.retryAfter }),
      ...(this.presented !== undefined && { presented: this.presented }),
      ...(this.claims !== undefined && { claims: this.claims }),
      retryable: retryable.has(this.code),
    }
  }
}
