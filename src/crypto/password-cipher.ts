/** Decryption with a password: PBES2 (RFC 8018, section 6.2) and PKCS#12's 3DES (RFC 7292, appendix C). */
import { createDecipheriv, pbkdf2, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { algorithmName, ciphers, hmacDigests } from './algorithm-names.ts'
import {
  type Asn1Node,
  asn1Tag,
  MalformedAsn1,
  readChild,
  readInteger,
  readObjectIdentifier,
  readOctetString,
} from './asn1.ts'
import { tooCostly } from './certificate-errors.ts'
import type { PasswordBytes } from './password-bytes.ts'
import { derivePkcs12Key, pkcs12Purpose } from './pkcs12-key.ts'

/** Decrypts with a key derived from the password; throws WrongKey when the result has no valid padding. */
export type PasswordCipher = (ciphertext: Uint8Array, password: PasswordBytes) => Promise<Buffer>

/** The padding is wrong after decryption: the password does not fit, or the ciphertext is damaged. */
export class WrongKey extends Error {}

/** An algorithm we cannot do; whoever knows the kind of file says how to convert it. */
export class UnsupportedAlgorithm extends Error {
  readonly algorithm: string

  constructor(oid: string) {
    super(`unsupported: ${oid}`)
    this.algorithm = algorithmName(oid)
  }
}

/** More than any writer uses (NSS, the highest: 600,000), and still work of seconds. */
const maximumIterations = 1_000_000
/** 128 * N * r * p bytes: what scrypt fills (N and r) and how often (p). */
const maximumScryptBytes = 256 * 1024 * 1024

const oids = {
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  scrypt: '1.3.6.1.4.1.11591.4.11',
  sha1And3Des: '1.2.840.113549.1.12.1.3',
} as const

type KeyDerivation = (password: Uint8Array, length: number) => Promise<Buffer>

/**
 * Reads an AlgorithmIdentifier without doing any of its work.
 * Throws MalformedAsn1, UnsupportedAlgorithm, or AppError 'data' when it asks for too much work.
 */
export function readPasswordCipher(algorithm: Asn1Node, file: string): PasswordCipher {
  const oid = readObjectIdentifier(readChild(algorithm, 0))
  const parameters = readChild(algorithm, 1, asn1Tag.sequence)
  switch (oid) {
    case oids.pbes2:
      return readPbes2(parameters, file)
    case oids.sha1And3Des:
      return readSha1And3Des(parameters, file)
    default:
      throw new UnsupportedAlgorithm(oid)
  }
}

/** Reads an iteration count. Throws AppError 'data' when it is too high, MalformedAsn1 when it is none. */
export function readIterations(node: Asn1Node, file: string): number {
  const iterations = readInteger(node)
  if (iterations > maximumIterations)
    throw tooCostly(file, `${iterations} iterations; more than ${maximumIterations} are refused`)
  return Math.max(1, iterations)
}

function readPbes2(parameters: Asn1Node, file: string): PasswordCipher {
  const derive = readKeyDerivation(readChild(parameters, 0), file)
  const scheme = readChild(parameters, 1)
  const oid = readObjectIdentifier(readChild(scheme, 0))
  const cipher = ciphers.get(oid)
  if (!cipher) throw new UnsupportedAlgorithm(oid)
  const iv = readOctetString(readChild(scheme, 1))
  return async (ciphertext, password) => {
    const key = await derive(password.utf8, cipher.keyLength)
    return decipher(cipher.name, key, iv, ciphertext)
  }
}

function readKeyDerivation(algorithm: Asn1Node, file: string): KeyDerivation {
  const oid = readObjectIdentifier(readChild(algorithm, 0))
  const parameters = readChild(algorithm, 1, asn1Tag.sequence)
  switch (oid) {
    case oids.pbkdf2:
      return readPbkdf2(parameters, file)
    case oids.scrypt:
      return readScrypt(parameters, file)
    default:
      throw new UnsupportedAlgorithm(oid)
  }
}

/** PBKDF2-params (RFC 8018, appendix A.2): salt, iterations, key length (optional), PRF (HMAC with SHA-1 when absent). */
function readPbkdf2(parameters: Asn1Node, file: string): KeyDerivation {
  const salt = readOctetString(readChild(parameters, 0))
  const iterations = readIterations(readChild(parameters, 1), file)
  const prf = parameters.children.slice(2).find((node) => node.tag === asn1Tag.sequence)
  const oid = prf && readObjectIdentifier(readChild(prf, 0))
  const digest = oid ? hmacDigests.get(oid) : 'sha1'
  if (!digest) throw new UnsupportedAlgorithm(oid ?? '')
  return (password, length) => promisify(pbkdf2)(password, salt, iterations, length, digest)
}

/** scrypt-params (RFC 7914, section 7): salt, N, r, p, key length (optional). */
function readScrypt(parameters: Asn1Node, file: string): KeyDerivation {
  const salt = readOctetString(readChild(parameters, 0))
  const [N, r, p] = [1, 2, 3].map((index) => readInteger(readChild(parameters, index))) as [
    number,
    number,
    number,
  ]
  if (128 * N * r * p > maximumScryptBytes) throw tooCostly(file, `scrypt with N=${N}, r=${r}, p=${p}`)
  if (N < 2 || !Number.isInteger(Math.log2(N)) || r < 1 || p < 1) throw new MalformedAsn1('scrypt parameters')
  const limit = { N, r, p, maxmem: maximumScryptBytes + 64 * 1024 * 1024 }
  return (password, length) =>
    new Promise((resolve, reject) => {
      scrypt(password, salt, length, limit, (error, key) => (error ? reject(error) : resolve(key)))
    })
}

/** pkcs-12PbeParams: salt and iterations. NSS writes 600,000 iterations here too. */
function readSha1And3Des(parameters: Asn1Node, file: string): PasswordCipher {
  const salt = readOctetString(readChild(parameters, 0))
  const iterations = readIterations(readChild(parameters, 1), file)
  return async (ciphertext, { bmp: password }) => {
    const shared = { digest: 'sha1', password, salt, iterations }
    const key = await derivePkcs12Key({ ...shared, purpose: pkcs12Purpose.key, length: 24 })
    const iv = await derivePkcs12Key({ ...shared, purpose: pkcs12Purpose.iv, length: 8 })
    return decipher('des-ede3-cbc', key, iv, ciphertext)
  }
}

function decipher(cipher: string, key: Buffer, iv: Uint8Array, ciphertext: Uint8Array): Buffer {
  try {
    const stream = createDecipheriv(cipher, key, iv)
    return Buffer.concat([stream.update(ciphertext), stream.final()])
  } catch (cause) {
    throw new WrongKey('padding', { cause })
  } finally {
    key.fill(0)
  }
}
