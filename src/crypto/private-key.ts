/** Private keys in PEM and PKCS#8, clear or encrypted. Only RSA keys come out. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { type Asn1Node, MalformedAsn1, readChild, readDer, readOctetString } from './asn1.ts'
import { cannotDecrypt, damaged, keySize, notRsa, openSshKey, unsupportedKey } from './certificate-errors.ts'
import { type PasswordBytes, passwordBytes } from './password-bytes.ts'
import { readPasswordCipher, UnsupportedAlgorithm, WrongKey } from './password-cipher.ts'
import type { PasswordSource } from './password-source.ts'
import { type PemBlock, writePemBlock } from './pem.ts'

/** Opens a key that was found in a file; asks for a password only when it has to. */
export type OpenPrivateKey = () => Promise<KeyObject>

const smallestKey = 2048
/** OpenSSL's own limit for RSA; a signature with more bits takes seconds. */
const largestKey = 16384

/** Whether the block is a private key of any kind we know by name. */
export function isPrivateKey({ label }: PemBlock): boolean {
  return /^((ENCRYPTED|RSA|EC|DSA|OPENSSH) )?PRIVATE KEY$/.test(label)
}

/**
 * Opens the private key of a PEM block: PKCS#1, PKCS#8 and encrypted PKCS#8 (RFC 5958), traditional encrypted.
 * Throws AppError 'data' for a key that is not a usable RSA key or cannot be decrypted, 'usage' without a password.
 */
export async function openPemKey(
  block: PemBlock,
  file: string,
  password: PasswordSource,
): Promise<KeyObject> {
  switch (block.label) {
    case 'EC PRIVATE KEY':
      throw notRsa(file, 'an EC key')
    case 'DSA PRIVATE KEY':
      throw notRsa(file, 'a DSA key')
    case 'OPENSSH PRIVATE KEY':
      throw openSshKey(file)
    case 'ENCRYPTED PRIVATE KEY':
      return requireRsa(await openEncryptedPem(block, file, password), file)
    case 'RSA PRIVATE KEY':
      return requireRsa(await openPkcs1(block, file, password), file)
    default:
      return requireRsa(readPkcs8(block.bytes, file), file)
  }
}

/** Reads a PrivateKeyInfo. Throws AppError 'data' when it is none. */
export function readPkcs8(der: Uint8Array, file: string): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' })
  } catch (cause) {
    throw damaged(file, 'its private key cannot be read', cause)
  }
}

/**
 * Reads an EncryptedPrivateKeyInfo (RFC 5958, section 3) and returns how to open it, before any costly work.
 * Throws MalformedAsn1, UnsupportedAlgorithm, or AppError 'data' when it asks for too much; opening throws WrongKey.
 */
export function readEncryptedPkcs8(
  info: Asn1Node,
  file: string,
): (password: PasswordBytes) => Promise<KeyObject> {
  const decrypt = readPasswordCipher(readChild(info, 0), file)
  const ciphertext = readOctetString(readChild(info, 1))
  return async (password) => {
    const der = await decrypt(ciphertext, password)
    try {
      return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    } catch (cause) {
      // One wrong password in 256 leaves padding that looks right, and rubbish before it.
      throw new WrongKey('not a key', { cause })
    } finally {
      der.fill(0)
    }
  }
}

async function openEncryptedPem(
  { bytes }: PemBlock,
  file: string,
  password: PasswordSource,
): Promise<KeyObject> {
  try {
    const open = readEncryptedPkcs8(readDer(bytes), file)
    return await open(passwordBytes(await password(file)))
  } catch (error) {
    if (error instanceof MalformedAsn1) throw damaged(file, 'its encrypted private key cannot be read', error)
    if (error instanceof UnsupportedAlgorithm) throw unsupportedKey(file, error.algorithm)
    if (error instanceof WrongKey) throw cannotDecrypt(file)
    throw error
  }
}

/** PKCS#1, in the clear or with the encryption of RFC 1421, whose key derivation is one round of MD5: no bomb fits in. */
async function openPkcs1(block: PemBlock, file: string, password: PasswordSource): Promise<KeyObject> {
  if (!block.headers.get('proc-type')?.includes('ENCRYPTED')) {
    try {
      return createPrivateKey({ key: block.bytes, format: 'der', type: 'pkcs1' })
    } catch (cause) {
      throw damaged(file, 'its private key cannot be read', cause)
    }
  }
  const cipher = /^[A-Z0-9-]{1,30}(?=,)/.exec(block.headers.get('dek-info') ?? '')?.[0]
  if (!cipher) throw damaged(file, 'its encrypted private key has no DEK-Info')
  if (!/^(DES-EDE3|AES-(128|192|256))-CBC$/.test(cipher)) throw unsupportedKey(file, cipher)
  const passphrase = (await password(file)).reveal()
  try {
    return createPrivateKey({ key: writePemBlock(block), format: 'pem', passphrase })
  } catch {
    throw cannotDecrypt(file)
  }
}

/** The key itself, if Entra can use it. Throws AppError 'data' otherwise. */
export function requireRsa(key: KeyObject, file: string): KeyObject {
  if (key.asymmetricKeyType !== 'rsa') throw notRsa(file, kindOf(key))
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < smallestKey) throw keySize(file, bits, `Entra wants at least ${smallestKey}`)
  if (bits > largestKey) throw keySize(file, bits, `more than ${largestKey} are refused`)
  return key
}

function kindOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  switch (asymmetricKeyType) {
    case 'ec':
      return `an EC key (${asymmetricKeyDetails?.namedCurve ?? 'unknown curve'})`
    case 'ed25519':
      return 'an Ed25519 key'
    case 'dsa':
      return 'a DSA key'
    case 'rsa-pss':
      return 'an RSA key restricted to PSS'
    default:
      return `a key of type ${asymmetricKeyType ?? 'unknown'}`
  }
}
