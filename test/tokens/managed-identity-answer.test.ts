/** What identity endpoints answer: six hosts say in six ways when a token ends. */
import fc from 'fast-check'
import { AppError } from '../../src/errors.ts'
import { identityIn, identityRefusal, readIdentityAnswer } from '../../src/tokens/managed-identity-answer.ts'

const now = 1_800_000_000
const answer = (body: unknown, status = 200, headers = {}) => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})
const read = (fields: object) =>
  readIdentityAnswer(answer({ access_token: 'abc', token_type: 'Bearer', ...fields }), now)
const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.eA`

test.each<[string, object, number]>([
  ['seconds since 1970', { expires_on: now + 3600 }, 3600],
  ['as a text', { expires_on: String(now + 3600) }, 3600],
  ['a date in words', { expires_on: '1/15/2027 9:00:00 AM +00:00' }, 3600],
  ['a date by ISO 8601', { expires_on: '2027-01-15T09:00:00Z' }, 3600],
  ['a lifetime', { expires_in: '3600' }, 3600],
  ['the lifetime, where the date is none', { expires_on: '', expires_in: 60 }, 60],
  ['what the token says', { access_token: jwt({ exp: now + 120 }) }, 120],
])('%s', (_, fields, left) => {
  expect(read(fields)).toMatchObject({ expiresIn: left, body: { expires_on: now + left } })
})

test.each<[string, unknown]>([
  ['no JSON', 'token'],
  ['a list', []],
  ['no token', { expires_in: 60 }],
  ['a token that is none', { access_token: 'a b', expires_in: 60 }],
  ['no time', { access_token: 'abc' }],
  ['a time that is past', { access_token: 'abc', expires_on: now - 1 }],
  ['a time that is no number', { access_token: 'abc', expires_on: {} }],
])('%s is no answer, and is not quoted', (_, body) => {
  expect(() => readIdentityAnswer(answer(body), now)).toThrow(expect.objectContaining({ code: 'protocol' }))
})

test.each<[number, unknown, string, RegExp]>([
  [
    400,
    { error: 'invalid_request', error_description: 'Identity not found' },
    'denied',
    /: Identity not found$/,
  ],
  [400, { statusCode: 400, message: 'No MSI found' }, 'denied', /: No MSI found$/],
  [400, { error: { code: 'NotFound', message: 'no such' } }, 'denied', /: no such$/],
  [401, 'Unauthorized', 'denied', /\(HTTP 401\)$/],
  [403, 'connecting to 169.254.169.254: network unreachable', 'unavailable', /from this container/],
  [410, '', 'unavailable', /\(HTTP 410\)$/],
  [429, '', 'try_again', /slow down/],
  [503, '<html>', 'unavailable', /\(HTTP 503\)$/],
  [302, '', 'protocol', /redirect/],
])('%i %j', (status, body, code, said) => {
  const error = identityRefusal(answer(body, status), 'host')
  expect(error).toMatchObject({ code, message: expect.stringMatching(said) })
})

test('whose the token is, where it can be read', () => {
  expect(identityIn(jwt({ tid: 't', appid: 'a' }))).toEqual({ tenant: 't', clientId: 'a' })
  expect(identityIn(jwt({ tid: 't', azp: 'b' }))).toEqual({ tenant: 't', clientId: 'b' })
  expect(identityIn(jwt({ tid: 7 }))).toEqual({ tenant: '', clientId: '' })
  expect(identityIn('opaque')).toEqual({ tenant: '', clientId: '' })
})

test('whatever comes, it is a token with time left, or an error of ours', () => {
  const fields = fc.dictionary(
    fc.constantFrom('access_token', 'expires_on', 'expires_in', 'token_type'),
    fc.jsonValue(),
  )
  fc.assert(
    fc.property(fc.oneof(fc.string(), fields), (body) => {
      try {
        expect(readIdentityAnswer(answer(body), now).expiresIn).toBeGreaterThanOrEqual(0)
      } catch (error) {
        expect(error).toBeInstanceOf(AppError)
      }
      expect(identityRefusal(answer(body, 400), 'host')).toBeInstanceOf(AppError)
    }),
    { numRuns: 1000 },
  )
})
