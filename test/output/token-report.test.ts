import { stripVTControlCharacters } from 'node:util'
import { Chalk } from 'chalk'
import fc from 'fast-check'
import type { ReportStyle } from '../../src/output/style.ts'
import { tokenReport } from '../../src/output/token-report.ts'
import { validity } from '../../src/tokens/decode.ts'

const chalk = new Chalk({ level: 1 })
const now = 1_790_000_000
const as = (text: string): string => text
const plain: ReportStyle = { bold: as, dim: as, green: as, red: as, yellow: as }

const report = (
  payload: Record<string, unknown>,
  header: Record<string, unknown> = {},
  columns = 80,
): string => tokenReport({ header, payload, signature: '' }, validity(payload, now), now, plain, columns)

test('an application token at 80 columns', () => {
  const text = report(
    {
      aud: '00000003-0000-0000-c000-000000000000',
      iss: 'https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0',
      nbf: now - 300,
      exp: now + 3_300,
      azp: '6e74172b-be56-4843-9ff4-e66a39bb12e3',
      azpacr: '2',
      idtyp: 'app',
      roles: ['User.Read.All', 'Directory.Read.All', 'Application.ReadWrite.OwnedBy'],
      ver: '2.0',
      xms_cc: ['cp1'],
      tenant_region_scope: 'WW',
    },
    { typ: 'JWT', alg: 'RS256', kid: 'H9nj5AOSswMphg1SFx7jaV-lB9w' },
  )
  expect(text).toBe(
    `
Token
  valid for 55 minutes (until 2026-09-21 15:08:20 UTC)

Header
  typ  JWT
  alg  RS256                    RSA with SHA-256
  kid  H9nj5AOSswMphg1SFx7jaV-lB9w  key that signed it

Claims
  aud         00000003-0000-0000-c000-000000000000  audience: Microsoft Graph
  iss         https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0
              issuer: who made the token
  nbf         2026-09-21 14:08:20 UTC  valid from 5 minutes ago
  exp         2026-09-21 15:08:20 UTC  expires in 55 minutes
  azp         6e74172b-be56-4843-9ff4-e66a39bb12e3  client ID of the application
  azpacr      2                        certificate or assertion
  idtyp       app                      application, no user
  roles       User.Read.All            application permissions, app roles
              Directory.Read.All
              Application.ReadWrite.OwnedBy
  ver         2.0                      v2 token
  xms_cc      cp1                      capabilities; cp1: claims challenges
  tenant_region_scope  WW

signature not verified`.slice(1),
  )
})

test.each([
  [{ exp: now + 2_520 }, 'valid for 42 minutes (until 2026-09-21 14:55:20 UTC)'],
  [{ exp: now - 180 }, 'expired 3 minutes ago (2026-09-21 14:10:20 UTC)'],
  [{ exp: now + 600, nbf: now + 300 }, 'not yet valid: starts in 5 minutes (2026-09-21 14:18:20 UTC)'],
  [{ exp: 'soon' }, 'no expiry: there is no usable exp claim'],
  [{ exp: 1e308 }, 'valid for more than 9999 years (until out of range)'],
])('%j says: %s', (payload, status) => {
  expect(report(payload).split('\n')[1]).toBe(`  ${status}`)
})

test('a time that is none is shown as it stands', () => {
  expect(report({ exp: 1e308, iat: 'now' })).toMatch(
    / {2}exp {2}1e\+308 +not a time\n {2}iat {2}now +not a time/,
  )
})

test('chalk fits as the style', () => {
  const text = tokenReport(
    { header: { nonce: 'n' }, payload: {}, signature: '' },
    { status: 'no-expiry' },
    now,
    chalk,
    40,
  )
  expect(stripVTControlCharacters(text)).toBe(report({}, { nonce: 'n' }, 40))
})

test('colours mark the state', () => {
  const style = { ...plain, red: (text: string) => `<red>${text}</red>` }
  const payload = { exp: now - 180 }
  const text = tokenReport({ header: {}, payload, signature: '' }, validity(payload, now), now, style, 80)
  expect(text).toContain('<red>expired 3 minutes ago</red> (2026')
})

test('a header nonce means that clients cannot verify the signature', () => {
  const lines = report({}, { nonce: 'abc' }).split('\n')
  expect(lines.slice(-3).join('\n')).toMatch(/nonce, so clients cannot verify this signature/)
  expect(lines.at(-1)).toBe('signature not verified')
})

test('hostile claims cannot reach the terminal', () => {
  const text = report({
    'na\u001bme': 'x\u001b]52;c;AAAA\u0007',
    roles: ['a\nb', '\u202e'],
    o: { 'k\r': '\u009b' },
  })
  expect(text).toContain('na\\u{1b}me')
  expect(text).toContain('a\\u{a}b, \\u{202e}')
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
})

test('names inherited from objects have no explanation and do no harm', () => {
  const payload = JSON.parse('{"__proto__":{"x":1},"constructor":"c","toString":1,"aud":"constructor"}')
  expect(report(payload)).toContain('{"x":1}')
  expect(report(payload)).toContain('constructor              audience: the API it is for')
})

test('long values stay whole, our own words wrap', () => {
  const aud = `api://${'x'.repeat(200)}`
  const lines = report(
    { aud, uti: 'u'.repeat(36), scp: 'A.Read B.Read C.Read D.Read E.Read F.Read G.Read' },
    {},
    40,
  ).split('\n')
  expect(lines.some((line) => line.includes(aud))).toBe(true)
  expect(lines).toContain('       B.Read')
  expect(lines.filter((line) => line.length > 44)).toHaveLength(1)
})

test('any payload has a report that ends with the warning', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.integer(), (payload, columns) => {
      const text = report(payload as Record<string, unknown>, payload as Record<string, unknown>, columns)
      expect(text.endsWith('\nsignature not verified')).toBe(true)
    }),
    { numRuns: 200 },
  )
})
