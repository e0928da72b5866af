/** Thumbprints: digests of a certificate's DER, by which Entra finds it. */
import { createHash, type X509Certificate } from 'node:crypto'

/** Base64url of the SHA-1 digest: JWS header "x5t" (RFC 7515, section 4.1.7). */
export function thumbprintSha1(certificate: X509Certificate): string {
  return digest(certificate, 'sha1').toString('base64url')
}

/** Base64url of the SHA-256 digest: JWS header "x5t#S256" (RFC 7515, section 4.1.8). */
export function thumbprintSha256(certificate: X509Certificate): string {
  return digest(certificate, 'sha256').toString('base64url')
}

/** The SHA-1 thumbprint as the Entra portal shows it: upper-case hexadecimal without colons. */
export function thumbprintSha1Hex(certificate: X509Certificate): string {
  return digest(certificate, 'sha1').toString('hex').toUpperCase()
}

/** The SHA-256 thumbprint in upper-case hexadecimal without colons. */
export function thumbprintSha256Hex(certificate: X509Certificate): string {
  return digest(certificate, 'sha256').toString('hex').toUpperCase()
}

function digest({ raw }: X509Certificate, algorithm: 'sha1' | 'sha256'): Buffer {
  return createHash(algorithm).update(raw).digest()
}
