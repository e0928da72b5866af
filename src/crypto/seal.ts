/** Authenticated encryption of what rests on disk: AES-256-GCM (NIST SP 800-38D). On the fast path: `node:*` only. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const algorithm = 'aes-256-gcm'
const version = 1
const headerLength = 1 + 12
const tagLength = 16

/** The version is authenticated with the identity, so that neither can be exchanged. */
const associated = (identity: string) => Buffer.from(`${String.fromCharCode(version)}${identity}`)

/**
 * Seals a text under a 32-byte key and the identity of its record:
 * version (1 byte), random nonce (12), ciphertext, tag (16).
 * @throws RangeError for a key of another length.
 */
export function seal(key: Uint8Array, identity: string, plaintext: string): Uint8Array {
  const nonce = randomBytes(12)
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagLength })
  cipher.setAAD(associated(identity))
  const sealed = [cipher.update(plaintext, 'utf8'), cipher.final()]
  return Buffer.concat([Buffer.of(version), nonce, ...sealed, cipher.getAuthTag()])
}

/**
 * The text, or undefined for anything that is not exactly what `seal` made under that key and identity.
 * @throws RangeError for a key that has not 32 bytes.
 */
export function unseal(key: Uint8Array, identity: string, sealed: Uint8Array): string | undefined {
  if (sealed.length < headerLength + tagLength || sealed[0] !== version) return undefined
  const nonce = sealed.subarray(1, headerLength)
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagLength })
  decipher.setAAD(associated(identity))
  decipher.setAuthTag(sealed.subarray(-tagLength))
  try {
    const text = decipher.update(sealed.subarray(headerLength, -tagLength), undefined, 'utf8')
    return text + decipher.final('utf8')
  } catch {
    return undefined
  }
}

/** A 32-byte key for one purpose, by HKDF with SHA-256 and no salt (RFC 5869): the master must be uniformly random. */
export const deriveKey = (master: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', master, new Uint8Array(), purpose, 32))
