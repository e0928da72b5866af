/** The certificate that belongs to a key, and the certificates that lead from it towards its root. */
import { type KeyObject, X509Certificate } from 'node:crypto'
import { damaged, expired, keyMismatch, notYetValid } from './certificate-errors.ts'

/** A chain longer than this is none that Entra, or anyone, would check. */
const longestChain = 10

/** Reads a DER certificate. Throws AppError 'data' when it is none. */
export function readCertificate(der: Uint8Array, file: string): X509Certificate {
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(der)
    if (!certificate.publicKey) throw new Error('no public key')
  } catch (cause) {
    throw damaged(file, 'it holds a certificate that cannot be read', cause)
  }
  const { start, end } = validity(certificate)
  if (Number.isNaN(start) || Number.isNaN(end))
    throw damaged(file, 'it holds a certificate without readable dates')
  return certificate
}

/**
 * Finds the certificate made for the key; where a renewal kept the key, the one valid now, else the last to end.
 * Throws AppError 'data' when no certificate is made for the key.
 */
export function readLeaf(
  certificates: readonly X509Certificate[],
  key: KeyObject,
  now: number,
  files: { readonly certificate: string; readonly key: string },
): X509Certificate {
  const [leaf] = certificates
    .filter((certificate) => certificate.checkPrivateKey(key))
    .sort((a, b) => rank(b, now) - rank(a, now) || validity(b).end - validity(a).end)
  if (!leaf) throw keyMismatch(files.key, files.certificate)
  return leaf
}

/** The certificate that no other of these was issued by: the client's own. */
export const findLeaf = (certificates: readonly [X509Certificate, ...X509Certificate[]]): X509Certificate =>
  certificates.find((one) => !certificates.some((other) => other !== one && other.checkIssued(one))) ??
  certificates[0]

/** Leaf first, then issuer after issuer as far as the file has them (RFC 7515, section 4.1.6), whatever their order. */
export function buildChain(
  leaf: X509Certificate,
  certificates: readonly X509Certificate[],
): X509Certificate[] {
  const chain = [leaf]
  const rest = new Set(certificates)
  for (let last: X509Certificate | undefined = leaf; last && chain.length < longestChain; ) {
    for (const certificate of rest) if (certificate.raw.equals(last.raw)) rest.delete(certificate)
    const current: X509Certificate = last
    last = current.checkIssued(current) ? undefined : [...rest].find((issuer) => current.checkIssued(issuer))
    if (last) chain.push(last)
  }
  return chain
}

/** Throws AppError 'data' when the certificate is expired or not yet valid. */
export function requireValid(certificate: X509Certificate, now: number, file: string): void {
  const { start, end } = validity(certificate)
  if (now > end) throw expired(file, new Date(end))
  if (now < start) throw notYetValid(file, new Date(start))
}

function rank(certificate: X509Certificate, now: number): number {
  const { start, end } = validity(certificate)
  return start <= now && now <= end ? 1 : 0
}

/** In milliseconds since 1970. */
function validity({ validFrom, validTo }: X509Certificate): { start: number; end: number } {
  return { start: Date.parse(validFrom), end: Date.parse(validTo) }
}
