/** The ways to an RSA signature by a device: what it cannot do itself is done here, but for the private operation. */
import { createHash, type KeyObject, randomBytes, verify } from 'node:crypto'
import { signaturePadding } from '../local-signer.ts'
import type { Signer } from '../signer.ts'
import type { Mechanism } from './protocol.ts'

/** A JWS algorithm, and the mechanism by which a device gives its signatures. */
export interface SignatureWay {
  readonly algorithm: Signer['algorithm']
  readonly mechanism: Mechanism
}

/**
 * The best first: the device hashes and pads; it pads; it does the bare RSA operation alone. Lists of mechanisms lie, so
 * a way is known to work when a signature that it gave verifies.
 */
export const signatureWays: readonly SignatureWay[] = [
  { algorithm: 'PS256', mechanism: 'SHA256_RSA_PKCS_PSS' },
  { algorithm: 'PS256', mechanism: 'RSA_PKCS_PSS' },
  { algorithm: 'PS256', mechanism: 'RSA_X_509' },
  { algorithm: 'RS256', mechanism: 'SHA256_RSA_PKCS' },
  { algorithm: 'RS256', mechanism: 'RSA_PKCS' },
  { algorithm: 'RS256', mechanism: 'RSA_X_509' },
]

const sha256 = (...parts: Uint8Array[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()

/** What the device is given, so that its mechanism makes the signature of the data. */
export function deviceInput(
  { algorithm, mechanism }: SignatureWay,
  data: Uint8Array,
  bits: number,
): Uint8Array {
  switch (mechanism) {
    case 'SHA256_RSA_PKCS_PSS':
    case 'SHA256_RSA_PKCS':
      return data
    case 'RSA_PKCS_PSS':
      return sha256(data)
    case 'RSA_PKCS':
      return digestInfo(data)
    case 'RSA_X_509':
      return algorithm === 'PS256' ? encodePss(data, bits) : encodePkcs1(data, bits)
  }
}

/** DigestInfo of SHA-256 (RFC 8017, section 9.2, note 1). */
const digestInfo = (data: Uint8Array) =>
  Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), sha256(data)])

/** EMSA-PKCS1-v1_5 (RFC 8017, section 9.2). */
function encodePkcs1(data: Uint8Array, bits: number): Uint8Array {
  const info = digestInfo(data)
  const padding = Buffer.alloc(Math.ceil(bits / 8) - info.length - 3, 0xff)
  return Buffer.concat([Buffer.from([0, 1]), padding, Buffer.from([0]), info])
}

/** EMSA-PSS with SHA-256, MGF1 of it, and a salt of 32 bytes (RFC 8017, section 9.1.1), as long as the modulus. */
function encodePss(data: Uint8Array, bits: number, salt: Uint8Array = randomBytes(32)): Uint8Array {
  const length = Math.ceil((bits - 1) / 8)
  const hash = sha256(new Uint8Array(8), sha256(data), salt)
  const block = Buffer.concat([Buffer.alloc(length - 66), Buffer.from([1]), salt])
  const mask = mgf1(hash, block.length)
  const masked = block.map((byte, index) => byte ^ (mask[index] as number))
  masked[0] = (masked[0] as number) & (0xff >> (8 * length - (bits - 1)))
  const encoded = Buffer.concat([masked, hash, Buffer.from([0xbc])])
  // The RSA operation wants as many bytes as the modulus has.
  return Buffer.concat([Buffer.alloc(Math.ceil(bits / 8) - length), encoded])
}

/** RFC 8017, appendix B.2.1. */
function mgf1(seed: Uint8Array, length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) => {
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(index)
    return sha256(seed, counter)
  })
  return Buffer.concat(blocks).subarray(0, length)
}

export function isSignature(
  algorithm: Signer['algorithm'],
  publicKey: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return verify('sha256', data, { key: publicKey, ...signaturePadding[algorithm] }, signature)
  } catch {
    return false
  }
}
