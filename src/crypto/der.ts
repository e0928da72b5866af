/** Writes the little of DER (X.690) that encrypted keys and PFX files are made of. Each function returns one encoded value. */

const noBytes = new Uint8Array(0)

function encode(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.of(tag, ...lengthOctets(content.length)), content])
}

/** Section 8.1.3: one octet below 128, else the number of octets and then they. */
function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length]
  const octets: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  return [0x80 | octets.length, ...octets]
}

export const derSequence = (...values: readonly Uint8Array[]): Uint8Array => encode(0x30, ...values)

/** A SET OF, whose values DER wants sorted (section 11.6). */
export const derSet = (...values: readonly Uint8Array[]): Uint8Array =>
  encode(0x31, ...[...values].sort(Buffer.compare))

export const derOctetString = (bytes: Uint8Array): Uint8Array => encode(0x04, bytes)

export const derNull: Uint8Array = encode(0x05, noBytes)

/** [number] EXPLICIT. */
export const derExplicit = (number: number, value: Uint8Array): Uint8Array => encode(0xa0 | number, value)

/** [number] IMPLICIT OCTET STRING. */
export const derImplicitOctets = (number: number, bytes: Uint8Array): Uint8Array =>
  encode(0x80 | number, bytes)

/** A count: an INTEGER that is not negative. */
export function derCount(value: number): Uint8Array {
  const octets = value === 0 ? [0] : []
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  // A first octet over 127 would say that the number is negative (section 8.3).
  if ((octets[0] as number) & 0x80) octets.unshift(0)
  return encode(0x02, Uint8Array.from(octets))
}

/** An OBJECT IDENTIFIER from its dotted form (section 8.19). */
export function derObjectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return encode(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)))
}

function base128(arc: number): number[] {
  const octets = [arc & 0x7f]
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
    octets.unshift((rest & 0x7f) | 0x80)
  return octets
}

/** UTF-16, big-endian; characters outside the Basic Multilingual Plane as their surrogates. */
export const derBmpString = (text: string): Uint8Array => encode(0x1e, Buffer.from(text, 'utf16le').swap16())
