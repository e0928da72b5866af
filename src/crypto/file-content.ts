/** Tells by its bytes what a file is; names and extensions of certificate files mean little. */
import { findAnnouncedLength, MalformedAsn1 } from './asn1.ts'
import { damaged, tooLarge, truncated } from './certificate-errors.ts'
import { decodeBase64, type PemBlock, readPemBlocks } from './pem.ts'

export type FileContent =
  | { readonly format: 'pem'; readonly blocks: readonly PemBlock[] }
  | { readonly format: 'pfx'; readonly bytes: Uint8Array }
  | { readonly format: 'private-key'; readonly bytes: Uint8Array }
  /** DER that may be a certificate. */
  | { readonly format: 'der'; readonly bytes: Uint8Array }
  | { readonly format: 'unknown' }

const maximumSize = 1024 * 1024

/**
 * Sorts the content of a file. Base64 text of a PFX, as key vaults and pipeline variables hand it out, counts as PFX.
 * Throws AppError 'data' for what is too large, cut short or broken PEM.
 */
export function detectContent(bytes: Uint8Array, file: string): FileContent {
  if (bytes.length > maximumSize) throw tooLarge(file, maximumSize)
  if (startsAsDer(bytes)) return detectDer(bytes, file)
  const text = decodeText(bytes)
  if (isPem(text)) return { format: 'pem', blocks: readPemBlocks(brokenAgain(text), file) }
  const decoded = decodeBase64(text)
  if (!decoded) return { format: 'unknown' }
  if (startsAsDer(decoded)) return detectDer(decoded, file)
  // Pipelines whose variables hold one line are given PEM in base64 too.
  const inner = decodeText(decoded)
  return isPem(inner) ? { format: 'pem', blocks: readPemBlocks(inner, file) } : { format: 'unknown' }
}

const isPem = (text: string) => text.includes('-----BEGIN ')

/** PEM in a variable of one line has lost its line breaks, to blanks or to a backslash and an "n". */
function brokenAgain(text: string): string {
  if (/-----BEGIN [^\r\n-]{1,40}-----[ \t]*[\r\n]/.test(text)) return text
  return text
    .replaceAll('\\r', '')
    .replaceAll('\\n', '\n')
    .replaceAll(/-----(BEGIN|END) [A-Z0-9 ]{1,40}-----/g, '\n$&\n')
}

/** A SEQUENCE with a length of more than one octet; no text starts so. */
function startsAsDer(bytes: Uint8Array): boolean {
  return bytes[0] === 0x30 && (bytes[1] ?? 0) >= 0x80
}

function detectDer(bytes: Uint8Array, file: string): FileContent {
  const whole = trimDer(bytes, file)
  const content = whole.subarray(whole[1] === 0x80 ? 2 : 2 + ((whole[1] as number) & 0x7f))
  // PFX has version 3 first (RFC 7292, section 4); PKCS#8 and PKCS#1 keys 0, or 1 in RFC 5958.
  const version = content[0] === 0x02 && content[1] === 1 ? content[2] : undefined
  if (version === 3) return { format: 'pfx', bytes: whole }
  if (version === 0 || version === 1) return { format: 'private-key', bytes: whole }
  return { format: 'der', bytes: whole }
}

/** The DER value without what follows it. Throws AppError 'data' when the value goes on after the end of the bytes. */
export function trimDer(bytes: Uint8Array, file: string): Uint8Array {
  const length = announcedLength(bytes, file)
  if (length !== undefined && length > bytes.length) {
    throw truncated(file, `${length} bytes are announced, ${bytes.length} are there`)
  }
  return bytes.subarray(0, length)
}

function announcedLength(bytes: Uint8Array, file: string): number | undefined {
  try {
    return findAnnouncedLength(bytes)
  } catch (error) {
    if (error instanceof MalformedAsn1) throw damaged(file, error.message, error)
    throw error
  }
}

/** Text in UTF-8, or in UTF-16 as PowerShell's redirection writes it; without its byte order mark. */
function decodeText(bytes: Uint8Array): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes)
}
