/** Encryption under a password as every reader of today understands it: PBES2 (RFC 8018, section 6.2). */
import { createCipheriv, type KeyObject, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import type { Secret } from '../secret.ts'
import { derCount, derNull, derObjectIdentifier, derOctetString, derSequence } from './der.ts'
import { passwordBytes } from './password-bytes.ts'
import { writePemBlock } from './pem.ts'

/** PBKDF2 with HMAC-SHA-256: OWASP's count of 2023, and what NSS writes. Node's own export uses 2048. */
export const passwordIterations = 600_000

const oids = {
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
} as const

export interface PasswordEncrypted {
  /** AlgorithmIdentifier, in DER. */
  readonly algorithm: Uint8Array
  readonly ciphertext: Uint8Array
}

/** Encrypts with AES-256-CBC under a key that PBKDF2 makes of the password in UTF-8. */
export async function encryptWithPassword(
  plaintext: Uint8Array,
  password: Secret,
  iterations = passwordIterations,
): Promise<PasswordEncrypted> {
  const salt = randomBytes(16)
  const iv = randomBytes(16)
  const key = await promisify(pbkdf2)(passwordBytes(password).utf8, salt, iterations, 32, 'sha256')
  const cipher = createCipheriv('aes-256-cbc', key, iv)
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  key.fill(0)
  const prf = derSequence(derObjectIdentifier(oids.hmacSha256), derNull)
  const derivation = derSequence(
    derObjectIdentifier(oids.pbkdf2),
    derSequence(derOctetString(salt), derCount(iterations), prf),
  )
  const scheme = derSequence(derObjectIdentifier(oids.aes256Cbc), derOctetString(iv))
  const algorithm = derSequence(derObjectIdentifier(oids.pbes2), derSequence(derivation, scheme))
  return { algorithm, ciphertext }
}

/** EncryptedPrivateKeyInfo (RFC 5958, section 3), in DER. */
export async function encryptPrivateKey(
  key: KeyObject,
  password: Secret,
  iterations?: number,
): Promise<Uint8Array> {
  const der = key.export({ type: 'pkcs8', format: 'der' })
  const { algorithm, ciphertext } = await encryptWithPassword(der, password, iterations)
  der.fill(0)
  return derSequence(algorithm, derOctetString(ciphertext))
}

/** The key as PKCS#8 in PEM: encrypted when there is a password, else in the clear. */
export async function writePrivateKey(key: KeyObject, password: Secret | undefined): Promise<string> {
  if (!password) return key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const bytes = Buffer.from(await encryptPrivateKey(key, password))
  return writePemBlock({ label: 'ENCRYPTED PRIVATE KEY', headers: new Map(), bytes })
}
