/** Assertions are read and judged before anyone sends them. */
import fc from 'fast-check'
import { AppError } from '../../src/errors.ts'
import { findFault, readAssertion } from '../../src/federation/assertion.ts'
import { Secret } from '../../src/secret.ts'

const audience = 'api://AzureADTokenExchange'
const now = 1_800_000_000
const usual = { iss: 'https://issuer.example', sub: 'workload', aud: audience, iat: now, exp: now + 300 }

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = (claims: object, header: object = { alg: 'RS256' }) =>
  `${encode(header)}.${encode({ ...usual, ...claims })}.c2lnbmF0dXJl`
const read = (text: string) => readAssertion(new Secret(text), 'env:T')
const faultOf = (claims: object, header?: object) =>
  findFault(read(jwt(claims, header)), { audience, audienceHint: 'mend it', source: 'env:T', now })

test('what it presents, whether the audience is a text or a list of one', () => {
  for (const aud of [audience, [audience]])
    expect(read(jwt({ aud }))).toEqual({
      issuer: usual.iss,
      subject: usual.sub,
      audience,
      audiences: [audience],
      algorithm: 'RS256',
      issuedOn: now,
      expiresOn: now + 300,
    })
  expect(faultOf({})).toBeUndefined()
})

test.each<[string, object, object | undefined]>([
  ['a day and an hour', { exp: now + 25 * 3600 }, undefined],
  ['a clock four minutes off', { iat: now + 240, exp: now + 600 }, undefined],
  ['an end four minutes ago', { iat: now - 600, exp: now - 240 }, undefined],
  ['no time of issue', { iat: undefined }, undefined],
  [
    "Entra's own, which names the resource by a GUID",
    {
      iss: 'https://login.microsoftonline.com/t/v2.0',
      aud: 'fb60f99c-7a34-4190-8149-302f77469936',
    },
    undefined,
  ],
])('good enough: %s', (_, claims, header) => {
  expect(faultOf(claims, header)).toBeUndefined()
})

test.each<[string, object, object | undefined, string]>([
  ['a second more than 25 hours', { exp: now + 25 * 3600 + 1 }, undefined, 'is valid for 1 day 1 hour'],
  [
    'without iat, from nbf on',
    { iat: undefined, nbf: now - 3600, exp: now + 25 * 3600 },
    undefined,
    'is valid for',
  ],
  ['an end six minutes ago', { iat: now - 600, exp: now - 360 }, undefined, 'expired 6 minutes ago'],
  ['another case', { aud: audience.toLowerCase() }, undefined, 'this cloud wants api://AzureADTokenExchange'],
  ['a slash more', { aud: `${audience}/` }, undefined, 'this cloud wants'],
  [
    "a GUID that is not Entra's",
    { aud: 'fb60f99c-7a34-4190-8149-302f77469936' },
    undefined,
    'this cloud wants',
  ],
  [
    'an issuer that looks like Entra',
    { iss: 'https://login.example@evil.example/', aud: 'fb60f99c-7a34-4190-8149-302f77469936' },
    undefined,
    'this cloud wants',
  ],
  ['no signature', {}, { alg: 'none' }, 'is signed with none'],
  ['no algorithm', {}, {}, 'is signed with undefined'],
])('refused: %s', (_, claims, header, said) => {
  const fault = faultOf(claims, header)
  expect(fault).toMatchObject({ code: 'data', message: expect.stringContaining(said) })
  expect(fault?.hint).toBeTruthy()
})

test.each([
  ['', 'is not a JWT'],
  ['a.b', 'is not a JWT'],
  [`Bearer ${jwt({})}`, 'is not a JWT'],
  [`${jwt({})}\n`, 'is not a JWT'],
  [JSON.stringify({ access_token: jwt({}) }), 'is not a JWT'],
  [`a.${encode(usual)}.x`, 'is not a JWT'],
  ['x'.repeat(64 * 1024 + 1), 'larger than 64 KiB'],
  [jwt({ iss: 7 }), 'has no issuer'],
  [jwt({ sub: '' }), 'has no subject'],
  [jwt({ aud: [7] }), 'has no audience'],
  [jwt({ exp: 'soon' }), 'has no time of expiry'],
])('what is no assertion: %#', (text, said) => {
  expect(() => read(text)).toThrow(said)
})

test('whatever comes, the error is ours and quotes nothing', () => {
  const claims = fc.dictionary(fc.constantFrom('iss', 'sub', 'aud', 'exp', 'iat', 'nbf'), fc.jsonValue())
  const text = fc.oneof(
    fc.string(),
    claims.map((some) => jwt(some)),
    claims.map((some) => jwt({}, some)),
  )
  fc.assert(
    fc.property(text, (token) => {
      try {
        findFault(read(token), { audience, audienceHint: '', source: 'env:T', now })
      } catch (error) {
        expect(error).toBeInstanceOf(AppError)
        if (token.length > 20) expect(String((error as AppError).message)).not.toContain(token)
      }
    }),
    { numRuns: 1000 },
  )
})
