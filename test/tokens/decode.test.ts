import fc from 'fast-check'
import { AppError } from '../../src/errors.ts'
import { decodeToken, validity } from '../../src/tokens/decode.ts'

const encode = (text: string | Uint8Array): string => Buffer.from(text as string).toString('base64url')
const jwt = (
  payload: string | Uint8Array = '{"sub":"s"}',
  header: string = '{"alg":"RS256"}',
  signature = 'c2ln',
) => `${encode(header)}.${encode(payload)}.${signature}`

function failure(text: string): AppError {
  try {
    decodeToken(text)
  } catch (error) {
    if (error instanceof AppError && error.code === 'data') return error
    throw error
  }
  throw new Error('it was decoded')
}

describe('what is decoded', () => {
  test('the example of RFC 7519 section 3.1', () => {
    const token =
      'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
    expect(decodeToken(token)).toEqual({
      header: { typ: 'JWT', alg: 'HS256' },
      payload: { iss: 'joe', exp: 1_300_819_380, 'http://example.com/is_root': true },
      signature: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    })
  })

  test.each([
    ['white space', (token: string) => `\n  ${token}\r\n`],
    ['a byte order mark', (token: string) => `\ufeff${token}`],
    ['Bearer', (token: string) => `bEaReR ${token}`],
    ['the header line', (token: string) => `Authorization: Bearer ${token}\n`],
    ['quotes', (token: string) => `"${token}"`],
    ['get-token -o json', (token: string) => `{"access_token":"${token}","expires_in":3599}\n`],
    ['get-token -o az', (token: string) => `{"accessToken":"${token}"}`],
  ])('%s around the token', (_what, dress) => {
    expect(decodeToken(dress(jwt())).payload).toEqual({ sub: 's' })
  })

  test('an unsecured token has an empty signature', () => {
    expect(decodeToken(jwt('{}', '{"alg":"none"}', '')).signature).toBe('')
  })

  test('__proto__ is a claim like any other', () => {
    const { payload } = decodeToken(jwt('{"__proto__":{"polluted":1}}'))
    expect(Object.keys(payload)).toEqual(['__proto__'])
    expect(payload.polluted).toBeUndefined()
    expect(payload.constructor).toBeUndefined()
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('whatever JSON object is the payload', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (claims) => {
        const json = JSON.stringify(claims)
        expect(JSON.stringify(decodeToken(jwt(json)).payload)).toBe(JSON.stringify(JSON.parse(json)))
      }),
    )
  })

  test('brackets inside strings are no nesting', () => {
    expect(decodeToken(jwt(`{"a":"\\"${'['.repeat(100)}"}`)).payload.a).toHaveLength(101)
  })
})

describe('what is refused', () => {
  const [header, payload] = jwt().split('.')
  test.each([
    ['', 'there is no token'],
    [' \n', 'there is no token'],
    ['S3CR3T', 'not a JWT: it has 1 part, not 3'],
    ['a.b', 'not a JWT: it has 2 parts, not 3'],
    ['a.b.c.d', 'not a JWT: it has 4 parts, not 3'],
    [`${'S3CR3T'.repeat(20)}=`, 'this is an opaque token, not a JWT: only the service it is for can read it'],
    ['a.b.c.d.e', 'this is an encrypted token (JWE, 5 parts): only its audience can read it'],
    ['1.AXkAS3CR3T.AgABAwEAAAAS3CR3T', 'this looks like a refresh token: only Microsoft Entra can read it'],
    ['0.AXkAS3CR3T', 'this looks like a refresh token: only Microsoft Entra can read it'],
    [`${header}+.${payload}.`, 'the header is not base64url'],
    [`${header}.${payload}=.`, 'the payload is not base64url'],
    [`${header}.${payload}.AB`, 'the signature is not base64url'],
    [`${header}.S3C R3T.`, 'the payload is not base64url'],
    [jwt('S3CR3T'), 'the payload is not JSON'],
    [jwt(''), 'the payload is not JSON'],
    [jwt('{}', 'S3CR3T'), 'the header is not JSON'],
    [jwt('\ufeff{}'), 'the payload is not JSON'],
    [jwt('["S3CR3T"]'), 'the payload is not a JSON object'],
    [jwt('null'), 'the payload is not a JSON object'],
    [jwt(Uint8Array.of(0x7b, 0xff, 0x7d)), 'the payload is not JSON: it is not UTF-8 text'],
    [jwt(`{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`), 'the payload is nested more than 64 levels deep'],
    ['{"token":"S3CR3T"}', 'the JSON has no access_token'],
    ['{"access_token":42}', 'the JSON has no access_token'],
    ['{S3CR3T', 'not a JWT, and not JSON that holds one'],
    [`${'{"a":'.repeat(1e5)}1`, 'not a JWT, and not JSON that holds one'],
    ['x'.repeat(1024 * 1024 + 1), 'the token is larger than 1 MiB'],
  ])('%.40s: %s', (text, message) => {
    const error = failure(text)
    expect(error.message).toBe(message)
    expect(error.hint).toBeTruthy()
    expect(error.cause).toBeUndefined()
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('S3CR3T')
  })

  const tokenLike = fc
    .array(
      fc.oneof(
        fc.base64String().map((text) => text.replaceAll('=', '')),
        fc.string().map(encode),
        fc.json().map(encode),
      ),
      { minLength: 1, maxLength: 6 },
    )
    .map((parts) => parts.join('.'))

  test('nothing else than AppError data is thrown, whatever comes in', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), tokenLike), (text) => {
        try {
          expect(typeof decodeToken(text).payload).toBe('object')
        } catch (error) {
          expect(error).toMatchObject({ name: 'AppError', code: 'data' })
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('a megabyte of anything takes no time', () => {
    const started = performance.now()
    for (const unit of ['.', '"', '\\"', ' ', 'bearer ', '{', '[', 'A']) {
      const flood = unit.repeat((1024 * 1024) / unit.length)
      expect(failure(flood).code).toBe('data')
      expect(failure(jwt(flood.slice(0, 700_000))).code).toBe('data')
    }
    expect(performance.now() - started).toBeLessThan(3_000)
  })
})

describe('validity', () => {
  const now = 1_790_000_000

  test.each([
    [{ exp: now + 60 }, { status: 'valid', expires_in: 60, expires_at: '2026-09-21T14:14:20Z' }],
    [{ exp: now }, { status: 'expired', expires_in: 0, expires_at: '2026-09-21T14:13:20Z' }],
    [{ exp: now - 1.5 }, { status: 'expired', expires_in: -2, expires_at: '2026-09-21T14:13:18Z' }],
    [
      { exp: now + 60, nbf: now + 1, iat: now },
      {
        status: 'not-yet-valid',
        expires_in: 60,
        expires_at: '2026-09-21T14:14:20Z',
        issued_at: '2026-09-21T14:13:20Z',
        not_before: '2026-09-21T14:13:21Z',
      },
    ],
    [{}, { status: 'no-expiry' }],
    [{ exp: `${now + 60}`, nbf: null, iat: {} }, { status: 'no-expiry' }],
    [
      { exp: 1e308, nbf: -1e308 },
      { status: 'valid', expires_in: 1e308 },
    ],
    [{ exp: -5 }, { status: 'expired', expires_in: -now - 5, expires_at: '1969-12-31T23:59:55Z' }],
  ])('%j is %j', (payload, answer) => {
    expect(validity(payload, now)).toEqual(answer)
  })

  test('no claim makes it throw', () => {
    fc.assert(
      fc.property(fc.record({ exp: fc.anything(), nbf: fc.anything(), iat: fc.anything() }), (payload) => {
        expect(['valid', 'expired', 'not-yet-valid', 'no-expiry']).toContain(validity(payload, now).status)
      }),
    )
  })
})
