/** The client assertion: a JWT that proves possession of a certificate's key. */
import { randomUUID, verify, type X509Certificate } from 'node:crypto'
import type { ClientCertificate } from '../crypto/client-certificate.ts'
import { signaturePadding } from '../crypto/local-signer.ts'
import type { Signer } from '../crypto/signer.ts'
import { thumbprintSha1, thumbprintSha256 } from '../crypto/thumbprint.ts'
import { AppError } from '../errors.ts'
import { Secret } from '../secret.ts'

export interface ClientAssertionOptions {
  readonly clientId: string
  /** The token endpoint. */
  readonly audience: string
  readonly credential: ClientCertificate
  /** Sends the chain too, for applications that trust a subject name and issuer instead of one certificate. */
  readonly sendX5c: boolean
  /** Current time in milliseconds since 1970. */
  readonly now: number
}

/** Seconds; what Microsoft's own libraries use. */
const lifetime = 600

/**
 * Makes the client assertion that proves possession of the certificate's key (RFC 7523, section 3; Entra's certificate
 * credentials). The signature is checked with the certificate's public key before anyone sees it: a faulty key file or
 * PKCS#11 token gives bad signatures, and Entra's answer to one would not say so.
 * Throws AppError 'data' when the key cannot sign or its signature is wrong; what a signer itself explains passes through.
 */
export async function createClientAssertion(options: ClientAssertionOptions): Promise<Secret> {
  const { clientId, audience, credential, now } = options
  const { certificate, signer } = credential
  const seconds = Math.floor(now / 1000)
  const header = {
    alg: signer.algorithm,
    typ: 'JWT',
    ...thumbprintHeader(certificate, signer.algorithm),
    ...(options.sendX5c && { x5c: credential.chain.map(({ raw }) => raw.toString('base64')) }),
  }
  const payload = {
    aud: audience,
    iss: clientId,
    sub: clientId,
    jti: randomUUID(),
    nbf: seconds,
    iat: seconds,
    exp: seconds + lifetime,
  }
  const signingInput = `${encode(header)}.${encode(payload)}`
  const signature = await signChecked(credential, Buffer.from(signingInput))
  return new Secret(`${signingInput}.${Buffer.from(signature).toString('base64url')}`)
}

/** Entra pairs PS256 with the SHA-256 thumbprint and RS256 with the SHA-1 one; other pairs are refused in places. */
function thumbprintHeader(
  certificate: X509Certificate,
  algorithm: Signer['algorithm'],
): Record<string, string> {
  switch (algorithm) {
    case 'PS256':
      return { 'x5t#S256': thumbprintSha256(certificate) }
    case 'RS256':
      return { x5t: thumbprintSha1(certificate) }
  }
}

async function signChecked(
  { certificate, signer }: ClientCertificate,
  data: Uint8Array,
): Promise<Uint8Array> {
  const signature = await sign(signer, data)
  const key = { key: certificate.publicKey, ...signaturePadding[signer.algorithm] }
  if (!verify('sha256', data, key, signature)) {
    throw new AppError('data', "the signature does not verify with the certificate's public key", {
      hint: 'the private key is damaged or belongs to another certificate; export key and certificate again',
    })
  }
  return signature
}

async function sign(signer: Signer, data: Uint8Array): Promise<Uint8Array> {
  try {
    return await signer.sign(data)
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new AppError('data', 'the private key cannot sign', {
      hint: 'the private key is damaged; export key and certificate again',
      cause: error,
    })
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
