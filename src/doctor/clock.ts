/** This machine's clock against an authority's. Entra refuses an assertion that is not of its time (AADSTS700024). */
import { duration } from '../output/relative-time.ts'
import type { Finding } from './finding.ts'

/** Seconds. An assertion of ours lives ten minutes. */
const noticed = 60
const harmful = 300

/**
 * @param date the header `Date` of the answer (RFC 9110, section 6.6.1).
 * @param now our time, in seconds since 1970, when the answer was half on its way.
 */
export function clockFinding(date: string, now: number): Finding {
  const check = 'clock'
  const time = Date.parse(date) / 1000
  if (Number.isNaN(time))
    return {
      check,
      status: 'skipped',
      message: 'the clock cannot be compared: the answer has no readable date',
    }
  // The header has whole seconds, rounded down: half a second more is the best guess.
  const skew = Math.round(now - time - 0.5)
  const details = { skew_seconds: skew }
  const size = Math.abs(skew)
  if (size <= 1)
    return { check, status: 'ok', message: "this machine's clock agrees with the authority's", details }
  const message = `this machine's clock is ${duration(size)} ${skew > 0 ? 'ahead of' : 'behind'} the authority's`
  if (size <= noticed) return { check, status: 'ok', message, details }
  const fix = 'set the clock, and let it be kept right (NTP): on Linux, timedatectl set-ntp true'
  if (size <= harmful) return { check, status: 'warning', message, fix, details }
  return {
    check,
    status: 'failed',
    message: `${message}: Entra refuses assertions and tokens`,
    fix,
    details,
    code: 'config',
  }
}
