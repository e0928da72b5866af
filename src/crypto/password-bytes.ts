/** A password in the two encodings that encrypted keys use. */
import type { Secret } from '../secret.ts'

export interface PasswordBytes {
  /** For PBES2 (RFC 8018 leaves the encoding open; every writer uses UTF-8). */
  readonly utf8: Uint8Array
  /** UTF-16, big-endian, with a terminating zero, for PKCS#12's own key derivation (RFC 7292, appendix B.1). */
  readonly bmp: Uint8Array
}

export function passwordBytes(password: Secret): PasswordBytes {
  const text = password.reveal()
  return { utf8: Buffer.from(text, 'utf8'), bmp: Buffer.from(`${text}\0`, 'utf16le').swap16() }
}

/** No password, as some writers put it: without even the terminating zero. */
export const absentPassword: PasswordBytes = { utf8: new Uint8Array(0), bmp: new Uint8Array(0) }
