/** Which certificate of a file is the client's, and what is to be said of its key. */
import type { KeyObject, X509Certificate } from 'node:crypto'
import { buildChain } from '../crypto/certificate-chain.ts'
import { AppError } from '../errors.ts'
import { validityAt, validityOf } from './facts.ts'
import type { CertificateSource } from './source.ts'

export type KeyState = 'matches' | 'does-not-match' | 'not-checked' | 'absent'

export interface Leaf {
  readonly certificate: X509Certificate
  /** Leaf first, then its issuers as far as the file has them. */
  readonly chain: readonly X509Certificate[]
  readonly privateKey: {
    readonly state: KeyState
    readonly place?: string
    /** Why it was not checked. */
    readonly reason?: string
  }
}

/**
 * The certificate that the key belongs to; without a key that can be opened, the one that issued none of the others.
 * @param now in seconds since 1970
 * @throws AppError 'data' when there is no certificate.
 */
export async function findLeaf(source: CertificateSource, now: number): Promise<Leaf> {
  const { certificates, privateKeys } = source
  if (certificates.length === 0)
    throw new AppError('data', `${source.name} has no certificate`, {
      hint: 'give the file that holds the certificate',
    })
  const keys = await Promise.all(privateKeys.map(({ open }) => open().catch(asReason)))
  const opened = keys.filter((key): key is KeyObject => typeof key !== 'string')
  const matching = certificates.filter((one) => opened.some((key) => one.checkPrivateKey(key)))
  const candidates =
    matching.length > 0 ? matching : certificates.filter((one) => !hasIssued(one, certificates))
  const certificate = latest(candidates.length > 0 ? candidates : certificates, now)
  if (source.tokenKey) {
    // The token's own, and then its issuers.
    const [first] = certificates as [X509Certificate]
    return { certificate: first, chain: certificates, privateKey: tokenKeyState(source.tokenKey) }
  }
  const [place] = privateKeys.map((key) => key.place)
  const [reason] = keys.filter((key): key is string => typeof key === 'string')
  return {
    certificate,
    chain: buildChain(certificate, certificates),
    privateKey: {
      state:
        matching.length > 0
          ? 'matches'
          : opened.length > 0
            ? 'does-not-match'
            : privateKeys.length > 0
              ? 'not-checked'
              : 'absent',
      ...(place !== undefined && { place }),
      ...(matching.length === 0 && opened.length === 0 && reason !== undefined && { reason }),
    },
  }
}

const tokenKeyState = ({ place, state }: NonNullable<CertificateSource['tokenKey']>): Leaf['privateKey'] => {
  if (state === 'matches') return { state, place }
  if (state === 'mismatch') return { state: 'does-not-match', place }
  return { state: 'not-checked', place, reason: 'the token shows it only with its PIN' }
}

/** A key that cannot be opened is a fact about the file here, and no failure. */
function asReason(error: unknown): string {
  if (error instanceof AppError) return error.message
  throw error
}

const hasIssued = (issuer: X509Certificate, others: readonly X509Certificate[]) =>
  others.some((one) => one !== issuer && !one.raw.equals(issuer.raw) && one.checkIssued(issuer))

/** One that is valid now before one that is not, and then the one that ends last. */
function latest(certificates: readonly X509Certificate[], now: number): X509Certificate {
  const rank = (one: X509Certificate) => (validityAt(one, now) === 'valid' ? 1 : 0)
  const [first] = [...certificates].sort((a, b) => rank(b) - rank(a) || validityOf(b).end - validityOf(a).end)
  return first as X509Certificate
}
