/** The MAC that protects a PFX and tells a wrong password from a damaged file (RFC 7292, section 4 and appendix B.4). */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { Secret } from '../secret.ts'
import { digests } from './algorithm-names.ts'
import { type Asn1Node, readChild, readObjectIdentifier, readOctetString } from './asn1.ts'
import { wrongPassword } from './certificate-errors.ts'
import { absentPassword, type PasswordBytes, passwordBytes } from './password-bytes.ts'
import { readIterations, UnsupportedAlgorithm } from './password-cipher.ts'
import type { PasswordSource } from './password-source.ts'
import { derivePkcs12Key, pkcs12Purpose } from './pkcs12-key.ts'

export interface PfxMac {
  readonly digest: string
  readonly salt: Uint8Array
  readonly iterations: number
  readonly value: Uint8Array
}

/** Up to here a try costs less than a tenth of a second. */
const cheapIterations = 100_000

/** Reads MacData. Throws MalformedAsn1, UnsupportedAlgorithm, or AppError 'data' when it asks for too much work. */
export function readMac(macData: Asn1Node, file: string): PfxMac {
  const digestInfo = readChild(macData, 0)
  const oid = readObjectIdentifier(readChild(readChild(digestInfo, 0), 0))
  const digest = digests.get(oid)
  if (!digest) throw new UnsupportedAlgorithm(oid)
  const count = macData.children[2]
  return {
    digest,
    salt: readOctetString(readChild(macData, 1)),
    iterations: count ? readIterations(count, file) : 1,
    value: readOctetString(readChild(digestInfo, 1)),
  }
}

/**
 * Finds the password under which the MAC is right. An empty one is tried without asking, where that is cheap:
 * key vaults hand out PFX files so, and nobody should be asked for a password that is not there.
 * Throws AppError 'data' when the password is wrong, 'usage' when there is none.
 */
export async function findPfxPassword(
  mac: PfxMac,
  content: Uint8Array,
  file: string,
  ask: PasswordSource,
): Promise<PasswordBytes> {
  const empty = [passwordBytes(new Secret('')), absentPassword]
  const triedEmpty = mac.iterations <= cheapIterations
  if (triedEmpty) {
    const found = await firstMatch(mac, content, empty)
    if (found) return found
  }
  const given = await ask(file)
  const candidates = given.reveal() !== '' ? [passwordBytes(given)] : triedEmpty ? [] : empty
  const found = await firstMatch(mac, content, candidates)
  if (!found) throw wrongPassword(file)
  return found
}

async function firstMatch(mac: PfxMac, content: Uint8Array, candidates: readonly PasswordBytes[]) {
  for (const candidate of candidates) if (await isMacOf(mac, content, candidate)) return candidate
  return undefined
}

async function isMacOf(
  { digest, salt, iterations, value }: PfxMac,
  content: Uint8Array,
  password: PasswordBytes,
) {
  const length = createHmac(digest, '').digest().length
  const purpose = pkcs12Purpose.mac
  const key = await derivePkcs12Key({ digest, purpose, password: password.bmp, salt, iterations, length })
  const expected = createHmac(digest, key).update(content).digest()
  key.fill(0)
  return expected.length === value.length && timingSafeEqual(expected, value)
}
