/** What rests on disk opens only whole, unchanged, under its key and as the record it was sealed as. */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { deriveKey, seal, unseal } from '../../src/crypto/seal.ts'

const key = Buffer.alloc(32, 7)

/** AES-256-GCM by hand: version, nonce, ciphertext, tag, with version and identity authenticated. */
function openByHand(sealed: Uint8Array, identity: string): string {
  const bytes = Buffer.from(sealed)
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 13))
  decipher.setAAD(Buffer.concat([Buffer.of(1), Buffer.from(identity)]))
  decipher.setAuthTag(bytes.subarray(-16))
  return Buffer.concat([decipher.update(bytes.subarray(13, -16)), decipher.final()]).toString('utf8')
}

describe('what is sealed', () => {
  test.each(['', 'x', 'hunter2', 'ü€😀', '\0\n', 'x'.repeat(100_000)])('opens again', (text) => {
    expect(unseal(key, 'record', seal(key, 'record', text))).toBe(text)
  })

  test('opens for anyone who knows the format and the key', () => {
    expect(openByHand(seal(key, 'Ärger', 'a secret'), 'Ärger')).toBe('a secret')
  })

  test('may have been sealed by anyone who knows the format and the key', () => {
    const nonce = Buffer.from('000102030405060708090a0b', 'hex')
    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    cipher.setAAD(Buffer.from('\x01record'))
    const body = [cipher.update('a secret', 'utf8'), cipher.final()]
    const sealed = Buffer.concat([Buffer.of(1), nonce, ...body, cipher.getAuthTag()])
    expect(unseal(key, 'record', sealed)).toBe('a secret')
  })

  test('never looks the same twice', () => {
    const sealed = Array.from({ length: 1000 }, () =>
      Buffer.from(seal(key, 'record', 'same')).toString('hex'),
    )
    expect(new Set(sealed.map((hex) => hex.slice(2, 26))).size).toBe(1000)
    expect(new Set(sealed).size).toBe(1000)
  })

  const sealed = seal(key, 'record', 'a secret of some length')

  test('does not open with any of its bits changed', () => {
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Uint8Array.from(sealed)
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(unseal(key, 'record', changed)).toBeUndefined()
    }
  })

  test('does not open when it is cut short anywhere, or goes on', () => {
    for (let length = 0; length < sealed.length; length++)
      expect(unseal(key, 'record', sealed.subarray(0, length))).toBeUndefined()
    expect(unseal(key, 'record', Buffer.concat([sealed, Buffer.of(0)]))).toBeUndefined()
  })

  test('does not open as another record, nor with another key', () => {
    expect(unseal(key, 'other', sealed)).toBeUndefined()
    expect(unseal(key, 'record ', sealed)).toBeUndefined()
    expect(unseal(Buffer.alloc(32, 8), 'record', sealed)).toBeUndefined()
  })

  test('does not come from noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => unseal(key, 'record', noise) === undefined),
    )
  })

  test.each([0, 16, 31, 33])('takes no key of %i bytes', (length) => {
    expect(() => seal(Buffer.alloc(length), 'record', 'text')).toThrow('Invalid key length')
    expect(() => unseal(Buffer.alloc(length), 'record', sealed)).toThrow('Invalid key length')
  })
})

describe('a derived key', () => {
  test("is HKDF's (RFC 5869) with SHA-256 and no salt", () => {
    const pseudorandom = createHmac('sha256', Buffer.alloc(32)).update(key).digest()
    const expected = createHmac('sha256', pseudorandom).update('purpose\x01').digest()
    expect(Buffer.from(deriveKey(key, 'purpose')).equals(expected)).toBe(true)
  })

  test('is another one for another purpose', () => {
    expect(deriveKey(key, 'a')).not.toEqual(deriveKey(key, 'b'))
  })
})
