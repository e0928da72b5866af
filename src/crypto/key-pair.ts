/** New RSA keys. */
import { generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'

/** In bits. Entra takes no less than 2048; more than 4096 makes signatures slow and adds nothing. */
export const keySizes = [2048, 3072, 4096] as const
export type KeySize = (typeof keySizes)[number]
export const usualKeySize: KeySize = 3072

/** A private key of that many bits, with the exponent 65537; made off the main thread in a second or so. */
export async function generateRsaKey(modulusLength: KeySize): Promise<KeyObject> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength })
  return privateKey
}
