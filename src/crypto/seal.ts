/**
 * Authenticated encryption of what rests on disk: AES-256-GCM (NIST SP 800-38D). On the fast path, so WebCrypto alone:
 * it costs less to load than `node:crypto`.
 */

const version = 1
const headerLength = 1 + 12
const tagLength = 16

/** Text and bytes both ways, strictly: malformed UTF-8 is refused, and a byte order mark is a character like others. */
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** WebCrypto's types want to know that no memory is shared between threads; ours never is. */
const own = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>

function importKey(key: Uint8Array, use: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  // Shorter keys would silently select a weaker AES.
  if (key.length !== 32) throw new RangeError('a sealing key has 32 bytes')
  return crypto.subtle.importKey('raw', own(key), 'AES-GCM', false, [use])
}

/** The version is authenticated with the identity, so that neither can be exchanged. */
const parameters = (nonce: Uint8Array, identity: string) => ({
  name: 'AES-GCM',
  iv: own(nonce),
  additionalData: encoder.encode(`${String.fromCharCode(version)}${identity}`),
})

/**
 * Seals a text under a 32-byte key and the identity of its record:
 * version (1 byte), random nonce (12), ciphertext, tag (16).
 * @throws RangeError for a key of another length.
 */
export async function seal(key: Uint8Array, identity: string, plaintext: string): Promise<Uint8Array> {
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  const ciphertext = await crypto.subtle.encrypt(
    parameters(nonce, identity),
    await importKey(key, 'encrypt'),
    encoder.encode(plaintext),
  )
  const sealed = new Uint8Array(headerLength + ciphertext.byteLength)
  sealed[0] = version
  sealed.set(nonce, 1)
  sealed.set(new Uint8Array(ciphertext), headerLength)
  return sealed
}

/**
 * The text, or undefined for anything that is not exactly what `seal` made under that key and identity.
 * @throws RangeError for a key that has not 32 bytes.
 */
export async function unseal(
  key: Uint8Array,
  identity: string,
  sealed: Uint8Array,
): Promise<string | undefined> {
  const decryptionKey = await importKey(key, 'decrypt')
  if (sealed.length < headerLength + tagLength || sealed[0] !== version) return undefined
  try {
    const plaintext = await crypto.subtle.decrypt(
      parameters(sealed.subarray(1, headerLength), identity),
      decryptionKey,
      own(sealed.subarray(headerLength)),
    )
    return decoder.decode(plaintext)
  } catch {
    return undefined
  }
}

/** A 32-byte key for one purpose, by HKDF with SHA-256 and no salt (RFC 5869): the master must be uniformly random. */
export async function deriveKey(master: Uint8Array, purpose: string): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', own(master), 'HKDF', false, ['deriveBits'])
  const info = encoder.encode(purpose)
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 256))
}
