import fc from 'fast-check'
import { aadsts, aadstsCodes, findAadsts } from '../../src/cloud/aadsts.ts'

test('the codes people meet are explained', () => {
  expect(findAadsts(700016)?.fix).toMatch(/--client-id.*--tenant-id/)
  expect(findAadsts(7000215)?.meaning).toMatch(/secret's ID/)
  expect(findAadsts(700213)?.fix).toMatch(/federated credential/)
  expect(findAadsts(90002)?.fix).toMatch(/--cloud/)
  expect(findAadsts(9002326)?.fix).toMatch(/Mobile and desktop/)
  expect(findAadsts(50076)?.fix).toMatch(/--claims/)
  expect(findAadsts(1)).toBeUndefined()
})

test.each([...aadsts])('AADSTS%i reads as a clause', (code, { meaning, fix }) => {
  expect(code).toBeGreaterThan(9_999)
  for (const text of [meaning, fix]) {
    expect(text).toMatch(/^[^A-Z].*[^.\s]$/)
    expect(text).not.toMatch(/ {2}|`/)
    expect(text.length).toBeLessThan(140)
  }
})

test.each([
  ['AADSTS700016', [700016]],
  ['700016', [700016]],
  ['  aadsts700016\n', [700016]],
  ['AADSTS 50076', [50076]],
  ['123456', [123456]],
  ["AADSTS50011: The redirect URI '…' … AADSTS50011, see AADSTS90002. Trace ID: 70021", [50011, 90002]],
  ['{"error_codes":[7000222, 50058]}', [7000222, 50058]],
  ['it says 700016.', [700016]],
  ['https://login.microsoftonline.com/error?code=700213', [700213]],
  ['Trace ID: 70021000-0000-4000-8000-000000050058 at 2026-11-21 04:18:50Z', []],
  ['order 123456', []],
  ['AADSTS7', []],
  ['', []],
])('%j mentions %j', (text, codes) => {
  expect(aadstsCodes(text)).toEqual(codes)
})

test('any text is read, and long ones at once', () => {
  fc.assert(fc.property(fc.string(), (text) => aadstsCodes(text).every(Number.isSafeInteger)))
  const started = performance.now()
  for (const text of [
    'AADSTS'.repeat(200_000),
    '7'.repeat(1 << 20),
    ' '.repeat(1 << 20),
    '70021 '.repeat(100_000),
  ]) {
    aadstsCodes(text)
  }
  expect(performance.now() - started).toBeLessThan(2_000)
})
