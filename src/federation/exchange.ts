/** The exchange of an assertion for a token: what is tried again, and what a refusal says. */
import { setTimeout as pause } from 'node:timers/promises'
import { AppError, type PresentedAssertion } from '../errors.ts'
import { duration, utc } from '../output/relative-time.ts'
import { safeText } from '../output/safe-text.ts'

export interface ExchangeWorld {
  readonly debug: (line: string) => void
  readonly notice: (message: string) => void
  /** Seconds since 1970, with fractions. */
  readonly now: () => number
  /** Seconds that a new federated credential may need until all of Entra knows it; undefined where it is not waited for. */
  readonly federationWait: number | undefined
}

/** Outside its time of validity: another one may be within. */
const staleAssertion = 700024
/** No match (yet): the application's federated credentials are cached in many places for some minutes. */
const noMatch: ReadonlySet<number> = new Set([70021, 700211, 700212, 700213, 70025])
/** Refusals that are about issuer, subject, audience or lifetime. */
const aboutAssertion: ReadonlySet<number> = new Set([
  ...noMatch,
  staleAssertion,
  70023,
  70052,
  90061,
  700222,
  700223,
  700229,
  700238,
  7002138,
])

/** Seconds between tries, growing. */
const firstPause = 1
const longestPause = 30

/**
 * Asks, once more with a fresh assertion where Entra found the first outside its time, and for as long as was allowed
 * where a new federated credential is not known yet.
 * @param ask fetches a fresh assertion at each call
 * @param presented what the last call presented
 * @throws AppError with what was presented, where the refusal is about that.
 */
export async function exchangeAssertion<T>(
  ask: () => Promise<T>,
  presented: () => Presented | undefined,
  { debug, notice, now, federationWait }: ExchangeWorld,
): Promise<T> {
  const deadline = now() + (federationWait ?? 0)
  let renewed = false
  let wait = firstPause
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof AppError) || error.aadsts === undefined) throw error
      if (error.aadsts === staleAssertion && !renewed) {
        renewed = true
        debug('AADSTS700024: once more with a fresh assertion')
        continue
      }
      const left = deadline - now()
      if (!noMatch.has(error.aadsts) || left <= 0) {
        const hint = `a new one takes minutes${federationWait === undefined ? '' : ': --wait-for-federation 5m'}`
        throw explained(error, presented(), now(), hint)
      }
      if (wait === firstPause)
        notice(`Entra knows no matching federated credential yet; asking again for ${duration(left)}`)
      debug(`AADSTS${error.aadsts}: waiting ${wait} s`)
      await pause(Math.min(wait, left) * 1000)
      wait = Math.min(wait * 2, longestPause)
    }
  }
}

/** Another's words; 600 characters are the most that a federated credential holds. */
const shown = (text: string) => safeText(text, { max: 600 })

type Presented = PresentedAssertion & { readonly expiresOn?: number }

function explained(
  error: AppError,
  presented: Presented | undefined,
  now: number,
  patience: string,
): AppError {
  if (!presented || !aboutAssertion.has(error.aadsts as number)) return error
  const { issuer, subject, audience, expiresOn } = presented
  const hint = noMatch.has(error.aadsts as number)
    ? 'compare with the federated credential: entra-auth-cli federation check --federated SOURCE; ' +
      `make one that matches: entra-auth-cli federation plan --federated SOURCE; ${patience}`
    : error.aadsts === staleAssertion && expiresOn !== undefined
      ? `the assertion is good until ${utc(expiresOn)}, and this machine's clock says ${utc(Math.floor(now))}: check it`
      : error.hint
  const { aadsts, correlationId, traceId, retryAfter } = error
  const ids = Object.entries({ hint, aadsts, correlationId, traceId, retryAfter })
  return new AppError(error.code, error.message, {
    ...Object.fromEntries(ids.filter(([, value]) => value !== undefined)),
    presented: { issuer: shown(issuer), subject: shown(subject), audience: shown(audience) },
    cause: error,
  })
}
