/** Object identifiers of password-based cryptography: what we can do, and how to call what we cannot. */

/** Digests for PKCS#12's MAC and key derivation, by Node's names. */
export const digests: ReadonlyMap<string, string> = new Map([
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.4', 'sha224'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
])

/** PBKDF2's pseudo-random functions, HMAC with these digests (RFC 8018, appendix B.1). */
export const hmacDigests: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.2.7', 'sha1'],
  ['1.2.840.113549.2.8', 'sha224'],
  ['1.2.840.113549.2.9', 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
])

/** Ciphers of PBES2 whose parameter is the IV (RFC 8018, appendix B.2). */
export const ciphers: ReadonlyMap<string, { name: string; keyLength: number; ivLength: number }> = new Map([
  ['2.16.840.1.101.3.4.1.2', { name: 'aes-128-cbc', keyLength: 16, ivLength: 16 }],
  ['2.16.840.1.101.3.4.1.22', { name: 'aes-192-cbc', keyLength: 24, ivLength: 16 }],
  ['2.16.840.1.101.3.4.1.42', { name: 'aes-256-cbc', keyLength: 32, ivLength: 16 }],
  ['1.2.840.113549.3.7', { name: 'des-ede3-cbc', keyLength: 24, ivLength: 8 }],
])

const unsupported: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.12.1.1', 'RC4 (PBE-SHA1-RC4-128)'],
  ['1.2.840.113549.1.12.1.2', 'RC4 (PBE-SHA1-RC4-40)'],
  ['1.2.840.113549.1.12.1.4', 'two-key 3DES (PBE-SHA1-2DES)'],
  ['1.2.840.113549.1.12.1.5', 'RC2 (PBE-SHA1-RC2-128)'],
  ['1.2.840.113549.1.12.1.6', 'RC2 (PBE-SHA1-RC2-40)'],
  ['1.2.840.113549.1.5.1', 'single DES (PBE-MD2-DES)'],
  ['1.2.840.113549.1.5.3', 'single DES (PBE-MD5-DES)'],
  ['1.2.840.113549.1.5.4', 'RC2 (PBE-MD2-RC2-64)'],
  ['1.2.840.113549.1.5.6', 'RC2 (PBE-MD5-RC2-64)'],
  ['1.2.840.113549.1.5.10', 'single DES (PBE-SHA1-DES)'],
  ['1.2.840.113549.1.5.11', 'RC2 (PBE-SHA1-RC2-64)'],
  ['1.2.840.113549.1.5.14', 'a PBMAC1 MAC'],
  ['1.2.840.113549.2.5', 'an MD5 MAC'],
  ['1.2.840.113549.3.2', 'RC2'],
  ['1.3.14.3.2.7', 'single DES'],
])

/** How an error calls an algorithm: its name, or its object identifier. */
export function algorithmName(oid: string): string {
  return unsupported.get(oid) ?? `the algorithm ${oid}`
}
