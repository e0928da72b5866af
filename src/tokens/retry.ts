/** Another try for what may pass by itself: a server error, or a connection that broke. */
import { setTimeout as pause } from 'node:timers/promises'
import { BrokenConnection, type HttpResponse } from '../platform/http.ts'
import { parseRetryAfter } from './token-response.ts'

const tries = 3
/** Seconds: a longer wait is the caller's decision. */
const longestWait = 10

const isServerFault = (status: number): boolean => status === 408 || (status >= 500 && status !== 501)

/** Full jitter between half a second and a bound that doubles, eight seconds at the most. */
const backoff = (attempt: number) => 0.5 + Math.random() * Math.min(7.5, 0.5 * 2 ** attempt)

/**
 * Sends until an answer is final, three times at the most. A refusal (4xx) is final, and so is anything
 * that asks to wait longer than ten seconds.
 */
export async function sendPatiently(
  send: () => Promise<HttpResponse>,
  debug: (line: string) => void,
  isPassing: (status: number) => boolean = isServerFault,
): Promise<HttpResponse> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await send().catch((error: unknown) => {
      if (error instanceof BrokenConnection && attempt < tries) return undefined
      throw error
    })
    if (outcome && (!isPassing(outcome.status) || attempt === tries)) return outcome
    const wait = parseRetryAfter(outcome?.headers['retry-after'], Date.now()) ?? backoff(attempt)
    if (outcome && wait > longestWait) return outcome
    debug(`try ${attempt} of ${tries} failed, waiting ${wait.toFixed(1)} s`)
    await pause(wait * 1000)
  }
}
