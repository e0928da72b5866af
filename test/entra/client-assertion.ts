/** Client assertions signed with a registered certificate (RFC 7523 section 3, RFC 7521 section 4.2). */
import type { X509Certificate } from 'node:crypto'
import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose'
import type { App } from './app.ts'
import { verifyAssertionClaims } from './assertion-claims.ts'
import { invalidClient, refused } from './errors.ts'
import type { Form } from './exchange.ts'
import type { ThumbprintName } from './thumbprint.ts'
import { required, type TokenRequest } from './token-request.ts'

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const algorithms = ['PS256', 'RS256']
const smallestModulus = 2048

/** Whether the request says that its assertion is a JWT. */
export function verifyAssertionType(form: Form): void {
  if (required(form, 'client_assertion_type') === assertionType) return
  throw refused('invalid_request', 9002313, "Invalid request. 'client_assertion_type' is not valid.")
}

/** Verifies header, certificate, signature and claims, in this order. Throws what Entra answers. */
export async function verifyClientAssertion(
  assertion: string,
  app: App,
  request: TokenRequest,
): Promise<void> {
  const { header, claims } = decode(assertion)
  verifyAlgorithm(header.alg)
  const certificate = selectCertificate(header, app)
  verifyKey(certificate)
  await compactVerify(assertion, certificate.publicKey, { algorithms }).catch(() => {
    throw notVerified('The key was found, but use of the key to verify the signature failed.', certificate)
  })
  verifyAssertionClaims(claims, app, request)
}

function decode(assertion: string) {
  try {
    return {
      header: decodeProtectedHeader(assertion) as Record<string, unknown>,
      claims: decodeJwt(assertion) as Record<string, unknown>,
    }
  } catch {
    throw invalidJwt(50027, 'JWT token is invalid or malformed.')
  }
}

function verifyAlgorithm(algorithm: unknown): void {
  if (algorithms.includes(String(algorithm))) return
  if (/^(ES|Ed)/.test(String(algorithm))) throw unsupportedKey()
  const supported = algorithms.join(', ')
  throw invalidJwt(
    5002738,
    `Invalid JWT token. '${algorithm}' is not a supported signature algorithm. Supported signing algorithms are: '${supported}'`,
  )
}

/** The registered certificate the header names. With both thumbprints present, both must name the same one. */
function selectCertificate(header: Record<string, unknown>, app: App): X509Certificate {
  const named = (['x5t#S256', 'x5t'] as const).filter((name) => header[name] !== undefined)
  const found = named.map((name) => certificateBy(name, String(header[name]), app))
  const [certificate, other] = found
  if (!certificate) {
    throw invalidJwt(
      5002723,
      'Invalid JWT token. No certificate SHA-1 thumbprint, certificate SHA-256 thumbprint, nor keyId specified in token header.',
    )
  }
  if (other && other.fingerprint256 !== certificate.fingerprint256) {
    throw invalidJwt(50027, 'JWT token is invalid or malformed. Its thumbprints name different certificates.')
  }
  return certificate
}

function certificateBy(name: ThumbprintName, value: string, app: App): X509Certificate {
  const certificate = app.findCertificate(name, value)
  if (certificate) return certificate
  const hex = Buffer.from(value, 'base64url').toString('hex').toUpperCase()
  throw invalidClient(
    700027,
    `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '${hex}', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '${app.clientId}'.]`,
  )
}

function verifyKey(certificate: X509Certificate): void {
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey
  if (asymmetricKeyType !== 'rsa') throw unsupportedKey()
  if ((asymmetricKeyDetails?.modulusLength ?? 0) < smallestModulus) throw unsupportedKey()
  const now = Date.now()
  if (Date.parse(certificate.validTo) <= now) throw notVerified('The key used is expired.', certificate)
  if (Date.parse(certificate.validFrom) > now)
    throw notVerified('The key used is not yet valid.', certificate)
}

function notVerified(reason: string, certificate: X509Certificate) {
  const sha1 = certificate.fingerprint.replaceAll(':', '')
  const start = new Date(certificate.validFrom).toISOString()
  const end = new Date(certificate.validTo).toISOString()
  return invalidClient(
    700027,
    `Client assertion contains an invalid signature. [Reason - ${reason}, Thumbprint of key used by client: '${sha1}', Found key 'Start=${start}, End=${end}']`,
  )
}

const unsupportedKey = () =>
  invalidJwt(5002730, 'Invalid JWT token. Unsupported key for the signing algorithm.')

/** Entra takes a token it cannot read for a bad request, not for a failed authentication. */
const invalidJwt = (code: number, text: string) => refused('invalid_request', code, text)
