/** A signer over a private key in memory. */
import { constants, type KeyObject, sign } from 'node:crypto'
import type { Signer } from './signer.ts'

/** What node:crypto calls the two algorithms: PSS with a salt as long as the digest, and PKCS#1 v1.5. */
export const signaturePadding = {
  PS256: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
  RS256: { padding: constants.RSA_PKCS1_PADDING },
} as const satisfies Record<Signer['algorithm'], object>

/** Signs with an RSA key: PS256 (RFC 7518, section 3.5) or RS256 (section 3.3), off the main thread. */
export function localSigner(key: KeyObject, algorithm: Signer['algorithm'] = 'PS256'): Signer {
  return {
    algorithm,
    sign: (data) =>
      new Promise((resolve, reject) => {
        sign('sha256', data, { key, ...signaturePadding[algorithm] }, (error, signature) =>
          error ? reject(error) : resolve(signature),
        )
      }),
  }
}
