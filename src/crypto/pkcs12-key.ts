/** PKCS#12's own way from a password to key, IV or MAC key (RFC 7292, appendix B.2). */
import { hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'

export const pkcs12Purpose = { key: 1, iv: 2, mac: 3 } as const

export interface Pkcs12KeyRequest {
  readonly digest: string
  readonly purpose: (typeof pkcs12Purpose)[keyof typeof pkcs12Purpose]
  /** UTF-16, big-endian, terminated: see PasswordBytes. */
  readonly password: Uint8Array
  readonly salt: Uint8Array
  readonly iterations: number
  readonly length: number
}

/** Iterations between two looks at the event loop: some ten milliseconds. */
const breath = 8192

/** Derives key material. The caller has bounded the iterations. */
export async function derivePkcs12Key(request: Pkcs12KeyRequest): Promise<Buffer> {
  const { digest, purpose, password, salt, iterations, length } = request
  const blockSize = /^sha(384|512)/.test(digest) ? 128 : 64
  const diversifier = Buffer.alloc(blockSize, purpose)
  const input = Buffer.concat([fillBlocks(salt, blockSize), fillBlocks(password, blockSize)])
  const output: Buffer[] = []
  for (let size = 0; size < length; ) {
    const block = await hashRepeatedly(digest, Buffer.concat([diversifier, input]), iterations)
    output.push(block)
    size += block.length
    addToBlocks(input, fillBlocks(block, blockSize), blockSize)
  }
  return Buffer.concat(output).subarray(0, length)
}

async function hashRepeatedly(digest: string, data: Buffer, iterations: number): Promise<Buffer> {
  let value = hash(digest, data, 'buffer')
  for (let i = 1; i < iterations; i++) {
    if (i % breath === 0) await setImmediate()
    value = hash(digest, value, 'buffer')
  }
  return value
}

/** Repeats the bytes to fill whole blocks; nothing stays nothing. */
function fillBlocks(bytes: Uint8Array, blockSize: number): Buffer {
  const filled = Buffer.alloc(Math.ceil(bytes.length / blockSize) * blockSize)
  for (let i = 0; i < filled.length; i++) filled[i] = bytes[i % bytes.length] as number
  return filled
}

/** Sets each block of the input to (block + addend + 1) mod 2^(8 * blockSize). */
function addToBlocks(input: Buffer, addend: Buffer, blockSize: number): void {
  for (let start = 0; start < input.length; start += blockSize) {
    let carry = 1
    for (let i = blockSize - 1; i >= 0; i--) {
      carry += (input[start + i] as number) + (addend[i] as number)
      input[start + i] = carry & 0xff
      carry >>= 8
    }
  }
}
