import fc from 'fast-check'
import { safeText } from '../../src/output/safe-text.ts'

const bad = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u
/** Text with many of the characters that matter. */
const hostile = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom(
      ...'\u001b\r\n\t\u0000\u007f\u0085\u009b\u061c\u200b\u200e\u202e\u2028\u2066\ufeff\ud800\udc00a\\',
    ),
  ),
})

test.each([
  ['\u001b]0;title\u0007', '\\u{1b}]0;title\\u{7}'],
  ['a\r\n\tb', 'a\\u{d}\\u{a}\\u{9}b'],
  ['\u007f\u0080\u009b', '\\u{7f}\\u{80}\\u{9b}'],
  [
    '\u061c\u200e\u200f\u202a\u202e\u2066\u2069',
    '\\u{61c}\\u{200e}\\u{200f}\\u{202a}\\u{202e}\\u{2066}\\u{2069}',
  ],
  ['\u200b\u200c\u200d\u2060\ufeff', '\\u{200b}\\u{200c}\\u{200d}\\u{2060}\\u{feff}'],
  ['\u2028\u2029', '\\u{2028}\\u{2029}'],
  ['\ud83d', '\\u{d83d}'],
  ['\u{e0041}', '\\u{e0041}'],
])('%j becomes %s', (text, safe) => {
  expect(safeText(text)).toBe(safe)
})

test.each(['', 'plain', 'C:\\dir \\u{1b}', 'Zürich 東京 עברית 😀 é'])('%s stays as it is', (text) => {
  expect(safeText(text)).toBe(text)
})

test('whatever comes in, nothing unsafe comes out, and a second time changes nothing', () => {
  fc.assert(
    fc.property(hostile, fc.option(fc.nat(20), { nil: undefined }), (text, max) => {
      const safe = safeText(text, max === undefined ? {} : { max })
      expect(safe).not.toMatch(bad)
      expect(safeText(safe)).toBe(safe)
    }),
  )
})

test('safe characters are all still there, in order', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const kept = Array.from(text, (char) =>
        bad.test(char) ? `\\u{${char.codePointAt(0)?.toString(16)}}` : char,
      )
      expect(safeText(text)).toBe(kept.join(''))
    }),
  )
})

test.each([
  ['abcdef', 6, 'abcdef'],
  ['abcdefg', 6, 'abcde…'],
  ['ab\u001bcd', 6, 'ab…'],
  ['a\u001b', 7, 'a\\u{1b}'],
  ['😀😀😀', 2, '😀…'],
  ['abc', 0, '…'],
])('%j within %i characters is %s', (text, max, safe) => {
  expect(safeText(text, { max })).toBe(safe)
})

test('with max the length holds, and only what is too long is shortened', () => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 1, max: 30 }), (text, max) => {
      const whole = safeText(text)
      const short = safeText(text, { max })
      expect([...short].length).toBeLessThanOrEqual(max)
      expect(short === whole).toBe([...whole].length <= max)
    }),
  )
})

test('a megabyte of escapes takes no time', () => {
  const started = performance.now()
  safeText('\u001b'.repeat(1 << 20))
  safeText('\u001b'.repeat(1 << 20), { max: 80 })
  expect(performance.now() - started).toBeLessThan(2_000)
})
