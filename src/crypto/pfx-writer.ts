/** Writes a PFX (PKCS#12, RFC 7292) that OpenSSL, NSS, Java and Windows read: AES-256 throughout, MAC with SHA-256. */
import { createHash, createHmac, type KeyObject, randomBytes, type X509Certificate } from 'node:crypto'
import type { Secret } from '../secret.ts'
import {
  derBmpString,
  derCount,
  derExplicit,
  derImplicitOctets,
  derNull,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derSet,
} from './der.ts'
import { passwordBytes } from './password-bytes.ts'
import { encryptPrivateKey, encryptWithPassword, passwordIterations } from './password-encryption.ts'
import { derivePkcs12Key, pkcs12Purpose } from './pkcs12-key.ts'

const oids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const

export interface NewPfx {
  readonly key: KeyObject
  /** Made for the key. */
  readonly certificate: X509Certificate
  /** Empty where the file is to open without a password. */
  readonly password: Secret
  /** What lists of certificates call it. */
  readonly friendlyName: string
}

/** An empty password protects nothing, however often it is hashed; readers try one unasked while that is cheap. */
const openIterations = 2048

/** The key and its certificate under the password, in DER. */
export async function writePfx({ key, certificate, password, friendlyName }: NewPfx): Promise<Uint8Array> {
  // The MAC too: a guess is checked against whatever costs least.
  const iterations = password.reveal() === '' ? openIterations : passwordIterations
  const attributes = derSet(
    attribute(oids.friendlyName, derBmpString(friendlyName)),
    attribute(oids.localKeyId, derOctetString(createHash('sha1').update(certificate.raw).digest())),
  )
  const certBag = derSequence(
    derObjectIdentifier(oids.x509Certificate),
    derExplicit(0, derOctetString(certificate.raw)),
  )
  const shrouded = await encryptPrivateKey(key, password, iterations)
  const certificates = derSequence(bag(oids.certificateBag, certBag, attributes))
  const content = derSequence(
    await encryptedData(certificates, password, iterations),
    data(derSequence(bag(oids.shroudedKeyBag, shrouded, attributes))),
  )
  return derSequence(derCount(3), data(content), await macData(content, password, iterations))
}

const attribute = (oid: string, value: Uint8Array) => derSequence(derObjectIdentifier(oid), derSet(value))

/** SafeBag (section 4.2). */
const bag = (oid: string, value: Uint8Array, attributes: Uint8Array) =>
  derSequence(derObjectIdentifier(oid), derExplicit(0, value), attributes)

/** ContentInfo with content in the clear. */
const data = (content: Uint8Array) =>
  derSequence(derObjectIdentifier(oids.data), derExplicit(0, derOctetString(content)))

/** ContentInfo with EncryptedData (RFC 5652, section 8). */
async function encryptedData(content: Uint8Array, password: Secret, iterations: number): Promise<Uint8Array> {
  const { algorithm, ciphertext } = await encryptWithPassword(content, password, iterations)
  const info = derSequence(derObjectIdentifier(oids.data), algorithm, derImplicitOctets(0, ciphertext))
  return derSequence(derObjectIdentifier(oids.encryptedData), derExplicit(0, derSequence(derCount(0), info)))
}

/** MacData (section 4), HMAC with SHA-256 under a key of PKCS#12's own derivation (appendix B.2). */
async function macData(content: Uint8Array, password: Secret, iterations: number): Promise<Uint8Array> {
  const salt = randomBytes(16)
  const { bmp } = passwordBytes(password)
  const purpose = pkcs12Purpose.mac
  const key = await derivePkcs12Key({
    digest: 'sha256',
    purpose,
    password: bmp,
    salt,
    iterations,
    length: 32,
  })
  const mac = createHmac('sha256', key).update(content).digest()
  key.fill(0)
  const algorithm = derSequence(derObjectIdentifier(oids.sha256), derNull)
  return derSequence(derSequence(algorithm, derOctetString(mac)), derOctetString(salt), derCount(iterations))
}
