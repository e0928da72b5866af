/** What is to be known of a certificate, for people and for scripts. */
import type { KeyObject, X509Certificate } from 'node:crypto'
import { thumbprintSha1Hex, thumbprintSha256Hex } from '../crypto/thumbprint.ts'
import { relativeTime, utc } from '../output/relative-time.ts'

const day = 86_400

export type Validity = 'valid' | 'expired' | 'not-yet-valid'

/** In seconds since 1970. */
export function validityOf({ validFrom, validTo }: X509Certificate): { start: number; end: number } {
  return { start: Date.parse(validFrom) / 1000, end: Date.parse(validTo) / 1000 }
}

export function validityAt(certificate: X509Certificate, now: number): Validity {
  const { start, end } = validityOf(certificate)
  return now > end ? 'expired' : now < start ? 'not-yet-valid' : 'valid'
}

/** Node has one attribute a line, special characters escaped as RFC 4514 says: `CN=app, O=Acme\\, Inc` in one. */
export const nameText = (name: string | undefined): string => (name ?? '').split('\n').join(', ')

export function keyText({ type, size, curve }: ReturnType<typeof keyRecord>): string {
  return [type, size ?? curve].filter((part) => part !== undefined).join(' ')
}

export function keyRecord({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): {
  type: string
  size?: number
  curve?: string
} {
  const { modulusLength, namedCurve } = asymmetricKeyDetails ?? {}
  return {
    type: (asymmetricKeyType ?? 'unknown').toUpperCase(),
    ...(modulusLength !== undefined && { size: modulusLength }),
    ...(namedCurve !== undefined && { curve: namedCurve }),
  }
}

const iso = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')

/** The facts as JSON has them. @param now in seconds since 1970 */
export function certificateRecord(certificate: X509Certificate, now: number) {
  const { start, end } = validityOf(certificate)
  return {
    subject: nameText(certificate.subject),
    issuer: nameText(certificate.issuer),
    serial_number: certificate.serialNumber,
    not_before: iso(start),
    not_after: iso(end),
    days_left: Math.floor((end - now) / day),
    validity: validityAt(certificate, now),
    key: keyRecord(certificate.publicKey),
    thumbprint_sha1: thumbprintSha1Hex(certificate),
    thumbprint_sha256: thumbprintSha256Hex(certificate),
  }
}

/** In days, as rules about certificates count; near the end, and after it, as other times. */
export const timeLeft = (seconds: number): string =>
  seconds >= 2 * day ? `${Math.floor(seconds / day)} days left` : relativeTime(seconds)

/** The same, line by line. */
export function certificateLines(certificate: X509Certificate, now: number): [string, string][] {
  const { start, end } = validityOf(certificate)
  const { subject, issuer } = certificate
  return [
    ['subject', nameText(subject)],
    ['issuer', subject === issuer ? 'itself' : nameText(issuer)],
    ['serial number', certificate.serialNumber],
    ['key', keyText(keyRecord(certificate.publicKey))],
    ['valid from', `${utc(start)} (${relativeTime(start - now)})`],
    ['valid until', `${utc(end)} (${timeLeft(end - now)})`],
    ['SHA-1 thumbprint', thumbprintSha1Hex(certificate)],
    ['SHA-256 thumbprint', thumbprintSha256Hex(certificate)],
  ]
}
