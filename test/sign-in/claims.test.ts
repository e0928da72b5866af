/** Claims as people paste them. */
import fc from 'fast-check'
import { readClaimsFlags } from '../../src/sign-in/claims.ts'

const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
const encoded = Buffer.from(claims).toString('base64')

test.each([
  `WWW-Authenticate: Bearer realm="", authorization_uri="https://login/", error="insufficient_claims", claims="${encoded}"`,
  `Bearer claims="${encoded}", error="insufficient_claims"`,
  `Bearer error="insufficient_claims", claims=${encoded}`,
  `claims="${Buffer.from(claims).toString('base64url')}"`,
  `Bearer claims="${encoded.replace(/=+$/, '')}"`,
])('a challenge: %s', (header) => {
  expect(readClaimsFlags({ 'claims-challenge': header })).toBe(claims)
})

test('the same claims have one spelling', () => {
  expect(readClaimsFlags({ claims: ` ${claims.replaceAll(':', ' : ')}\n` })).toBe(claims)
  expect(readClaimsFlags({})).toBeUndefined()
})

test.each(['', '[]', '"x"', 'null', '{', 'acrs=c1'])('--claims %j is refused', (text) => {
  expect(() => readClaimsFlags({ claims: text })).toThrow(expect.objectContaining({ code: 'usage' }))
})

test('no header is too strange to be judged, and none is quoted', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        readClaimsFlags({ 'claims-challenge': text })
      } catch (error) {
        expect(error).toMatchObject({ code: 'usage', message: expect.stringMatching(/^--claims-challenge /) })
      }
    }),
  )
})
