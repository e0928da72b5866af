/** The assertion of another issuer: read without judging its signature, and checked for what Entra wants of it. */
import { AppError, type PresentedAssertion } from '../errors.ts'
import { duration } from '../output/relative-time.ts'
import { safeText } from '../output/safe-text.ts'
import type { Secret } from '../secret.ts'
import { decodeToken } from '../tokens/decode.ts'

export interface Assertion extends PresentedAssertion {
  readonly algorithm: string
  /** All of them; Entra takes exactly one. */
  readonly audiences: readonly string[]
  /** Seconds since 1970. */
  readonly expiresOn: number
  readonly issuedOn: number | undefined
}

const largest = 64 * 1024

const bad = (message: string, hint: string) => new AppError('data', message, { hint })

/**
 * @param source names where it comes from, for the error.
 * @throws AppError `data` when it is no JWT, or lacks what every assertion has; it is never quoted.
 */
export function readAssertion(token: Secret, source: string): Assertion {
  const text = token.reveal()
  if (text.length > largest)
    throw bad(`the assertion of ${source} is larger than 64 KiB`, 'it should be a JWT and nothing else')
  const { header, payload } = decode(text, source)
  const { iss, sub, aud, exp, iat, nbf } = payload
  const audiences = (Array.isArray(aud) ? aud : [aud]).filter((one) => typeof one === 'string')
  const lacking =
    typeof iss !== 'string' || iss === ''
      ? 'issuer (iss)'
      : typeof sub !== 'string' || sub === ''
        ? 'subject (sub)'
        : audiences.length === 0
          ? 'audience (aud)'
          : typeof exp !== 'number' || !Number.isFinite(exp)
            ? 'time of expiry (exp)'
            : undefined
  if (lacking)
    throw bad(
      `the assertion of ${source} has no ${lacking}`,
      'Entra wants an OpenID Connect ID token, or one like it',
    )
  const time = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined)
  return {
    issuer: iss as string,
    subject: sub as string,
    audience: audiences.join(' '),
    audiences,
    algorithm: String(header.alg),
    expiresOn: exp as number,
    issuedOn: time(iat) ?? time(nbf),
  }
}

function decode(text: string, source: string): ReturnType<typeof decodeToken> {
  // What `decodeToken` takes besides, such as the word Bearer before it, Entra does not.
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text))
    try {
      return decodeToken(text)
    } catch {
      // The same error as for text of another shape.
    }
  throw bad(
    `the assertion of ${source} is not a JWT`,
    'it should be one line: three base64url parts joined by dots',
  )
}

/** Seconds that a clock may be wrong; Entra's answer decides within them. */
const leeway = 300
/** Seconds: `1.01:00:00` in Entra's words (AADSTS70023). */
const longestLife = 25 * 3600

export interface Wanted {
  readonly audience: string
  /** What to do for assertions of that audience, in the source's own words. */
  readonly audienceHint: string
  readonly source: string
  /** Seconds since 1970. */
  readonly now: number
}

/** What Entra would refuse in that assertion; undefined where it may go. */
export function findFault(
  assertion: Assertion,
  { audience, audienceHint, source, now }: Wanted,
): AppError | undefined {
  const { algorithm, audiences, expiresOn, issuedOn } = assertion
  const which = `the assertion of ${source}`
  const shown = (text: string) => safeText(text, { max: 200 })
  if (algorithm !== 'RS256')
    return bad(
      `${which} is signed with ${shown(algorithm)}`,
      'Entra takes RS256 only: let the issuer sign with an RSA key',
    )
  if (audiences.length > 1)
    return bad(`${which} has ${audiences.length} audiences, and Entra takes exactly one`, audienceHint)
  if (audiences[0] !== audience && !isEntraResource(assertion))
    return bad(
      `${which} is for the audience ${shown(audiences[0] ?? '')}, and this cloud wants ${shown(audience)}`,
      audienceHint,
    )
  if (issuedOn !== undefined && expiresOn - issuedOn > longestLife)
    return bad(
      `${which} is valid for ${duration(expiresOn - issuedOn)}, and Entra takes 25 hours at the most`,
      'let the issuer make it valid for 24 hours or less',
    )
  if (expiresOn + leeway <= now)
    return bad(
      `${which} expired ${duration(now - expiresOn)} ago`,
      'let the source give a new one; if it did, check the clock of this machine',
    )
  if (issuedOn !== undefined && issuedOn - leeway > now)
    return bad(
      `${which} is issued ${duration(issuedOn - now)} ahead of this machine's clock`,
      'set the clock of this machine',
    )
  return undefined
}

/** A managed identity's token for the exchange has its resource as a GUID: that is how Entra issues tokens. */
const isEntraResource = ({ issuer, audiences }: Assertion): boolean =>
  /^https:\/\/(login\.[\w.-]+|sts\.windows\.net|sts\.chinacloudapi\.cn)\//.test(issuer) &&
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(audiences[0] ?? '')
