/** Certificate thumbprints as JWS headers carry them (RFC 7515 sections 4.1.7 and 4.1.8). */
import { createHash, type X509Certificate } from 'node:crypto'

export type ThumbprintName = 'x5t' | 'x5t#S256'

const digests = { x5t: 'sha1', 'x5t#S256': 'sha256' } as const

/** base64url of the digest of the DER, without padding. */
export function thumbprint(certificate: X509Certificate, name: ThumbprintName): string {
  return createHash(digests[name]).update(certificate.raw).digest('base64url')
}
