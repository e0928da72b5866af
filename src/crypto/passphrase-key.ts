/** A key from a passphrase, by scrypt (RFC 7914): each guess costs memory and time. */
import { scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import type { Secret } from '../secret.ts'

const derive = promisify<string, Uint8Array, number, object, Buffer>(scrypt)

export interface ScryptCost {
  /** Binary logarithm of N. */
  readonly logN: number
  readonly r: number
  readonly p: number
}

/** 128 MiB, and a third of a second. */
export const usualCost: ScryptCost = { logN: 17, r: 8, p: 1 }

/** Whether a cost that was read somewhere may be paid: no more than 256 MiB, and a few seconds. */
export const isBearable = ({ logN, r, p }: ScryptCost): boolean =>
  logN >= 10 && logN <= 18 && r >= 1 && r <= 8 && p >= 1 && p <= 4

/**
 * 32 bytes from the passphrase, however its accents are encoded (NFC).
 * @throws RangeError for a cost that is not bearable.
 */
export async function passphraseKey(
  passphrase: Secret,
  salt: Uint8Array,
  cost: ScryptCost,
): Promise<Uint8Array> {
  if (!isBearable(cost)) throw new RangeError('a cost of scrypt that is too high')
  const { logN, r, p } = cost
  const N = 2 ** logN
  // Twice what the blocks take, so that what comes on top fits.
  const maxmem = 2 * 128 * N * r
  return derive(passphrase.reveal().normalize('NFC'), salt, 32, { N, r, p, maxmem })
}
