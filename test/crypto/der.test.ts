/** What we write as DER, our reader and openssl read as the same. */
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { readDer, readInteger, readObjectIdentifier, readOctetString } from '../../src/crypto/asn1.ts'
import {
  derBmpString,
  derCount,
  derExplicit,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derSet,
} from '../../src/crypto/der.ts'

test.each([
  [0, '020100'],
  [1, '020101'],
  [127, '02017f'],
  [128, '02020080'],
  [600_000, '02030927c0'],
])('the count %i is %s', (value, hex) => {
  expect(Buffer.from(derCount(value)).toString('hex')).toBe(hex)
})

test.each([
  ['1.2.840.113549.1.7.1', '06092a864886f70d010701'],
  ['2.16.840.1.101.3.4.2.1', '0609608648016503040201'],
])('the object identifier %s is %s', (dotted, hex) => {
  expect(Buffer.from(derObjectIdentifier(dotted)).toString('hex')).toBe(hex)
})

test('a text of Windows is UTF-16, big-endian', () => {
  expect(Buffer.from(derBmpString('aé𝄞')).toString('hex')).toBe('1e08006100e9d834dd1e')
})

test('a set is sorted', () => {
  const values = [derCount(300), derCount(2), derCount(1)]
  expect(Buffer.from(derSet(...values))).toEqual(Buffer.from(derSet(...values.reverse())))
})

test('counts, identifiers and octets of any size come back', () => {
  const arcs = fc.tuple(
    fc.integer({ min: 0, max: 2 }),
    fc.integer({ min: 0, max: 39 }),
    fc.array(fc.nat(), { maxLength: 8 }),
  )
  fc.assert(
    fc.property(
      fc.nat(),
      arcs,
      fc.uint8Array({ maxLength: 70_000 }),
      (count, [first, second, rest], octets) => {
        const dotted = [first, second, ...rest].join('.')
        const value = derSequence(
          derCount(count),
          derExplicit(0, derObjectIdentifier(dotted)),
          derOctetString(octets),
        )
        const [integer, explicit, string] = readDer(value).children
        expect(readInteger(integer as never)).toBe(count)
        expect(readObjectIdentifier(explicit?.children[0] as never)).toBe(dotted)
        expect(Buffer.from(readOctetString(string as never))).toEqual(Buffer.from(octets))
      },
    ),
    { numRuns: 200 },
  )
})

test('openssl reads it too', () => {
  const input = derSequence(derCount(2 ** 31), derOctetString(new Uint8Array(300)), derBmpString('x'))
  const text = execFileSync('openssl', ['asn1parse', '-inform', 'DER'], { input }).toString()
  expect(text).toMatch(/INTEGER +:80000000\n.*OCTET STRING[\s\S]*BMPSTRING/)
})
