/** Remembers across processes that Entra asked to wait: a shell loop starts anew at each call. */
import { AppError } from '../errors.ts'
import { readPrivateFile, writeAtomically } from '../platform/atomic-file.ts'

/** Seconds, when a 429 does not say how long (Entra's own clients wait as long). */
const usualWait = 60

const noteOf = (entry: string) => `${entry}.wait`

/** @throws AppError `try_again` while the time that Entra asked for has not passed. */
export function refuseWhileThrottled(entry: string, now: number): void {
  const wait = remainingWait(entry, now)
  if (wait === 0) return
  throw new AppError('try_again', `Entra asked to wait, for another ${Math.ceil(wait)} seconds`, {
    hint: 'wait, or use the token of another profile; no request was made',
    retryAfter: Math.ceil(wait),
  })
}

export function rememberThrottle(entry: string, error: AppError, now: number): void {
  if (remainingWait(entry, now) > 0) return
  try {
    writeAtomically(noteOf(entry), String(now + (error.retryAfter ?? usualWait)))
  } catch {
    // The note is a courtesy to Entra; the refusal itself is reported.
  }
}

/** Longest wait that is believed, an hour: after a clock was set back a note may say years. */
const longestWait = 3600

function remainingWait(entry: string, now: number): number {
  try {
    const wait = Number(readPrivateFile(noteOf(entry), { maxBytes: 64 })) - now
    return wait > 0 && wait <= longestWait ? wait : 0
  } catch {
    return 0
  }
}
