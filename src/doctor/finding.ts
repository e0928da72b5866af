/** What a check of `doctor` finds out. */
import type { Context } from '../context.ts'
import { AppError, type ErrorCode } from '../errors.ts'
import type { ProfilesDocument } from '../profiles/profile.ts'
import type { KeychainState } from '../secrets/keychain-error.ts'

export interface Finding {
  readonly check: string
  /** What the finding is about, where a group has several: a host. It stands in the heading. */
  readonly subject?: string | undefined
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped'
  /** Lower case, without a full stop, as an error's. It holds no secret. */
  readonly message: string
  /** What to do about it. */
  readonly fix?: string | undefined
  /** For scripts; in snake_case. */
  readonly details?: Readonly<Record<string, unknown>>
  /** The exit status that belongs to a failure. */
  readonly code?: ErrorCode
}

export interface KeychainReport {
  readonly state: 'working' | KeychainState
  readonly milliseconds: number
}

/** What the checks look at. None of them changes anything. */
export interface DoctorWorld {
  readonly context: Context
  /** Of the program. */
  readonly version: string
  readonly offline: boolean
  /** The profile that was named with `-p`, as it is spelled. */
  readonly asked: string | undefined
  /** The profiles; empty where the file cannot be used. */
  readonly document: ProfilesDocument
  /** Why the file cannot be used. */
  readonly fault: unknown
  /** Asked once, whoever wants to know. */
  readonly keychain: () => Promise<KeychainReport>
}

export type Add = (finding: Finding) => void

export interface Check {
  /** Its findings stand together under this name. */
  readonly group: string
  /** Seconds until it is given up; what it has added by then counts. */
  readonly deadline: number
  readonly run: (world: DoctorWorld, add: Add) => void | Promise<void>
}

/** A failure, as a finding; one that is not ours is called a bug. */
export function failure(check: string, thrown: unknown, details?: Finding['details']): Finding {
  const { message, hint, code } = toAppError(thrown)
  return { check, status: 'failed', message, fix: hint, code, ...(details && { details }) }
}

/** An unexpected error's text may quote anything: only its kind is said. */
function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  const { name, code } = thrown as NodeJS.ErrnoException
  return new AppError('bug', `this check failed unexpectedly (${code ?? name ?? 'no error'})`, {
    hint: 'run the command again with --debug, and report what it prints',
    cause: thrown,
  })
}
