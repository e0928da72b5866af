/** The key that signs access tokens: RSA takes a moment to make, so one serves the whole process. */
import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto'
import { CompactSign } from 'jose'
import { createSelfSigned } from './certificates.ts'
import { thumbprint } from './thumbprint.ts'

export interface SigningKey {
  readonly kid: string
  readonly certificate: X509Certificate
  readonly privateKey: KeyObject
}

let key: Promise<SigningKey> | undefined

export function signingKey(): Promise<SigningKey> {
  key ??= create()
  return key
}

async function create(): Promise<SigningKey> {
  const { x509, privateKeyPem } = await createSelfSigned({
    subject: 'CN=accounts.accesscontrol.windows.net',
  })
  // Entra's `kid` is the SHA-1 thumbprint of the key's certificate.
  return { kid: thumbprint(x509, 'x5t'), certificate: x509, privateKey: createPrivateKey(privateKeyPem) }
}

/** Signs claims as Entra does (RFC 7515). Claims are taken as they are, wrong types included. */
export function sign(key: SigningKey, claims: object): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: key.kid })
    .sign(key.privateKey)
}

/** The public key as the JWKS document shows it (RFC 7517), bound to an issuer with Entra's own member. */
export function publicJwk(key: SigningKey, issuer: string) {
  const { n, e } = key.certificate.publicKey.export({ format: 'jwk' })
  return {
    kty: 'RSA',
    use: 'sig',
    kid: key.kid,
    x5t: key.kid,
    n,
    e,
    x5c: [key.certificate.raw.toString('base64')],
    cloud_instance_name: 'microsoftonline.com',
    issuer,
  }
}
