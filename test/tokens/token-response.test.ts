import type { AppError, ErrorCode } from '../../src/errors.ts'
import type { HttpResponse } from '../../src/platform/http.ts'
import { parseRetryAfter, readTokenResponse, refusal } from '../../src/tokens/token-response.ts'

const token = 'eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln-_A'
const good = { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: token }

const answer = (body: unknown, status = 200, headers: HttpResponse['headers'] = {}): HttpResponse => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

function errorOf(response: HttpResponse): AppError {
  try {
    readTokenResponse(response)
  } catch (error) {
    return error as AppError
  }
  throw new Error('the answer was accepted')
}

describe('a token', () => {
  test('is read from the answer that Entra documents', () => {
    expect(readTokenResponse(answer(good))).toEqual({
      accessToken: token,
      tokenType: 'Bearer',
      expiresIn: 3599,
    })
  })

  test.each<[string, object, object]>([
    ['expires_in as a text', { expires_in: '3599' }, { expiresIn: 3599 }],
    ['a fraction of a second', { expires_in: 3599.9 }, { expiresIn: 3599 }],
    ['the longest life', { expires_in: 7 * 24 * 3600 }, { expiresIn: 604_800 }],
    ['refresh_in', { refresh_in: 1800 }, { refreshIn: 1800 }],
    ['refresh_in as a text', { refresh_in: '1800' }, { refreshIn: 1800 }],
    ['a refresh_in that is none', { refresh_in: 'soon' }, {}],
    ['a proof-of-possession token', { token_type: 'pop' }, { tokenType: 'pop' }],
    ['an opaque token', { access_token: 'EwB4A8l6BAAU+/~_-.x==' }, { accessToken: 'EwB4A8l6BAAU+/~_-.x==' }],
    ['fields we do not know', { scope: 'x', foci: '1', __proto__: { a: 1 } }, {}],
  ])('may come with %s', (_, change, read) => {
    expect(readTokenResponse(answer({ ...good, ...change }))).toEqual({
      accessToken: token,
      tokenType: 'Bearer',
      expiresIn: 3599,
      ...read,
    })
  })
})

const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name))

test.each<[string, unknown]>([
  ['empty', ''],
  ['a page', '<!doctype html><title>Sign in to the guest network</title>'],
  ['cut short', JSON.stringify(good).slice(0, -20)],
  ['a NUL', '\u0000'],
  ['a byte order mark', `\uFEFF${JSON.stringify(good)}`],
  ['two objects', `${JSON.stringify(good)}${JSON.stringify(good)}`],
  ['a form', `access_token=${token}&token_type=Bearer&expires_in=3599`],
  ['null', 'null'],
  ['a list', [good]],
  ['a text', JSON.stringify(token)],
  ['an empty object', {}],
  ['an error with status 200', { error: 'invalid_client' }],
  ['no access_token', without('access_token')],
  ['access_token: a number', { ...good, access_token: 42 }],
  ['access_token: null', { ...good, access_token: null }],
  ['access_token: an object', { ...good, access_token: { token } }],
  ['access_token: empty', { ...good, access_token: '' }],
  ['access_token: with CRLF', { ...good, access_token: `${token}\r\nSet-Cookie: a=b` }],
  ['access_token: with a newline at the end', { ...good, access_token: `${token}\n` }],
  ['access_token: with a space', { ...good, access_token: `${token} x` }],
  ['access_token: with a quote', { ...good, access_token: `${token}'` }],
  ['access_token: not ASCII', { ...good, access_token: `${token}é` }],
  ['access_token: an escape sequence', { ...good, access_token: '\u001b[2J' }],
  ['access_token: = in the middle', { ...good, access_token: 'a=b' }],
  ['no token_type', without('token_type')],
  ['token_type: another', { ...good, token_type: 'mac' }],
  ['token_type: a number', { ...good, token_type: 1 }],
  ['token_type: with CRLF', { ...good, token_type: 'Bearer\r\n' }],
  ['no expires_in', without('expires_in')],
  ['expires_in: null', { ...good, expires_in: null }],
  ['expires_in: 0', { ...good, expires_in: 0 }],
  ['expires_in: less than a second', { ...good, expires_in: 0.5 }],
  ['expires_in: negative', { ...good, expires_in: -1 }],
  ['expires_in: a negative text', { ...good, expires_in: '-3599' }],
  ['expires_in: a word', { ...good, expires_in: 'soon' }],
  ['expires_in: empty', { ...good, expires_in: '' }],
  ['expires_in: hexadecimal', { ...good, expires_in: '0xfff' }],
  ['expires_in: too large', JSON.stringify(good).replace('"expires_in":3599', '"expires_in":1e308')],
  ['expires_in: infinite', JSON.stringify(good).replace('"expires_in":3599', '"expires_in":1e999')],
  ['expires_in: more than a week', { ...good, expires_in: 7 * 24 * 3600 + 1 }],
  ['expires_in: true', { ...good, expires_in: true }],
  ['expires_in: a list', { ...good, expires_in: [3599] }],
])('an answer that is none is a protocol error that does not quote it: %s', (_, body) => {
  const error = errorOf(answer(body))
  expect(error).toMatchObject({ code: 'protocol', exitStatus: 76, hint: expect.stringContaining('no proxy') })
  expect(error.message).toMatch(
    /^the token endpoint (did not answer in JSON|sent no usable \w+) \(HTTP 200\)$/,
  )
  expect(error.cause).toBeUndefined()
})

test.each([301, 302, 303, 307, 308])('a redirect (%i) is not followed', (status) => {
  const error = errorOf(answer(good, status, { location: 'https://evil.example/?x=y' }))
  expect(error).toMatchObject({
    code: 'protocol',
    message: `the token endpoint answered with a redirect, which is never followed (HTTP ${status})`,
  })
  expect(JSON.stringify(error)).not.toContain('evil')
})

test.each([201, 202, 204, 206])('a success that is not 200 (%i) is no token', (status) => {
  expect(errorOf(answer(good, status)).code).toBe('protocol')
})

/** As Entra words it. */
const entraError = (error: string, codes: unknown, description: string) => ({
  error,
  error_description: `${description} Trace ID: 4f2a6f0c-0000-0000-0000-000000000000 Correlation ID: 7a1c4d8e-0000-0000-0000-000000000000 Timestamp: 2026-11-21 05:00:00Z`,
  error_codes: codes,
  timestamp: '2026-11-21 05:00:00Z',
  trace_id: '4f2a6f0c-0000-0000-0000-000000000000',
  correlation_id: '7a1c4d8e-0000-0000-0000-000000000000',
  error_uri: 'https://login.microsoftonline.com/error?code=1',
})

test('a refusal says what Entra said, what it means and how to find it again', () => {
  const description =
    "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app 'x'."
  const error = errorOf(answer(entraError('invalid_client', [7000215], description), 401))
  expect(error.toJSON()).toEqual({
    error: 'denied',
    message: `Entra refused: ${description}`,
    hint: expect.stringMatching(/secret/),
    aadsts: 7000215,
    correlation_id: '7a1c4d8e-0000-0000-0000-000000000000',
    trace_id: '4f2a6f0c-0000-0000-0000-000000000000',
    retryable: false,
  })
})

test.each<[number, string, number, ErrorCode]>([
  [400, 'invalid_client', 7000215, 'denied'],
  [401, 'invalid_client', 7000222, 'denied'],
  [400, 'unauthorized_client', 700016, 'denied'],
  [401, 'invalid_client', 700027, 'denied'],
  [400, 'invalid_resource', 500011, 'denied'],
  [400, 'invalid_scope', 70011, 'denied'],
  [400, 'invalid_request', 90002, 'denied'],
  [403, 'access_denied', 50105, 'denied'],
  [400, 'an_error_of_tomorrow', 123456, 'denied'],
  [400, 'invalid_grant', 50173, 'interaction'],
  [400, 'invalid_grant', 700082, 'interaction'],
  [400, 'interaction_required', 50076, 'interaction'],
  [400, 'interaction_required', 50079, 'interaction'],
  [400, 'consent_required', 65001, 'interaction'],
  [400, 'login_required', 50058, 'interaction'],
  [429, 'temporarily_unavailable', 90055, 'try_again'],
  [429, 'invalid_request', 90055, 'try_again'],
  [400, 'temporarily_unavailable', 90033, 'unavailable'],
  [503, 'temporarily_unavailable', 90033, 'unavailable'],
  [500, 'server_error', 90006, 'unavailable'],
  [504, 'server_error', 90006, 'unavailable'],
  [400, 'invalid_grant', 50196, 'try_again'],
])('HTTP %i with %s (AADSTS%i) is %s', (status, error, aadsts, code) => {
  const refused = refusal(answer(entraError(error, [aadsts], `AADSTS${aadsts}: Said.`), status))
  expect(refused).toMatchObject({ code, aadsts, message: `Entra refused: AADSTS${aadsts}: Said.` })
})

test('a loop that Entra stopped is asked again after five minutes at the earliest', () => {
  const body = entraError('invalid_grant', [50196], 'AADSTS50196: The server terminated an operation.')
  expect(refusal(answer(body, 400)).retryAfter).toBe(300)
  expect(refusal(answer(body, 400, { 'retry-after': '7' })).retryAfter).toBe(300)
  expect(refusal(answer(body, 400, { 'retry-after': '600' })).retryAfter).toBe(600)
})

test.each<[string, number, HttpResponse['headers'], Partial<AppError>]>([
  [
    '429 without a word',
    429,
    {},
    {
      code: 'try_again',
      message: 'Entra asks to slow down (HTTP 429)',
      hint: 'wait 60 seconds; until then this program does not ask again',
    },
  ],
  [
    '429 and when to come back',
    429,
    { 'retry-after': '17' },
    {
      code: 'try_again',
      retryAfter: 17,
      hint: 'wait 17 seconds; until then this program does not ask again',
    },
  ],
  ['503 and when to come back', 503, { 'retry-after': '30' }, { code: 'unavailable', retryAfter: 30 }],
  ['502', 502, {}, { code: 'unavailable', message: 'the token endpoint failed (HTTP 502)' }],
  ['408', 408, {}, { code: 'unavailable' }],
  ['400', 400, {}, { code: 'protocol', message: 'the token endpoint did not answer in JSON (HTTP 400)' }],
  ['404', 404, {}, { code: 'protocol' }],
  ['403', 403, {}, { code: 'protocol' }],
])(
  'a refusal that is not Entra’s is told by its status, and not quoted: %s',
  (_, status, headers, wanted) => {
    const error = refusal(answer(`<h1>Proxy says ${token}</h1>`, status, headers))
    expect(error).toMatchObject(wanted)
    expect(`${JSON.stringify(error)} ${error.stack}`).not.toContain(token)
  },
)

test.each<[string, unknown, unknown, number | undefined]>([
  ['the list', [700016, 50058], 'AADSTS90002: x', 700016],
  ['the description without a list', undefined, 'AADSTS90002: x', 90002],
  ['the description when the list is empty', [], 'AADSTS90002: x', 90002],
  ['nothing else: null', [null], 'x', undefined],
  ['nothing else: a list', [[700016]], 'x', undefined],
  ['nothing else: negative', [-5], 'x', undefined],
  ['nothing else: a fraction', [1.5], 'x', undefined],
  ['nothing else: no list', '700016', 'x', undefined],
  ['nothing else: a number too long', undefined, `AADSTS${'9'.repeat(400)}`, undefined],
])('the AADSTS number is that of %s', (_, codes, description, aadsts) => {
  expect(
    refusal(answer({ error: 'invalid_client', error_codes: codes, error_description: description }, 400))
      .aadsts,
  ).toBe(aadsts)
})

describe('what Entra says is shown', () => {
  const said = (body: object) => refusal(answer(body, 400)).message

  test('up to its first line, without its IDs', () => {
    expect(said({ error: 'invalid_client', error_description: 'AADSTS1: One.\r\nTrace ID: x\r\nTwo' })).toBe(
      'Entra refused: AADSTS1: One.',
    )
  })
  test('as the short error where there is no description', () => {
    expect(said({ error: 'invalid_client' })).toBe('Entra refused: invalid_client')
    expect(said({ error: 'invalid_client', error_description: 7 })).toBe('Entra refused: invalid_client')
  })
  test('as the status where there is nothing', () => {
    expect(said({})).toBe('Entra refused: HTTP 400')
    expect(said({ error: null, message: token })).toBe('Entra refused: HTTP 400')
  })
  test('safely for a terminal, and not at any length', () => {
    const message = said({ error: 'x', error_description: `\u001b]0;pwned\u0007\u202e${'y'.repeat(1e6)}` })
    expect(message).toMatch(/^Entra refused: \\u\{1b\}\]0;pwned\\u\{7\}\\u\{202e\}y+…$/)
    expect(message.length).toBeLessThan(420)
  })
  test('with IDs made safe too', () => {
    const error = refusal(
      answer({ error: 'x', correlation_id: `\u001b[2J${'z'.repeat(99)}`, trace_id: 5 }, 400),
    )
    expect(error.correlationId).toMatch(/^\\u\{1b\}\[2Jz+…$/)
    expect(error.traceId).toBeUndefined()
  })
  test('and no other field of the body, though a token were in it', () => {
    const error = refusal(answer({ ...good, error: 'invalid_client', claims: token }, 400))
    expect(`${JSON.stringify(error)} ${error.stack}`).not.toContain(token)
  })
})

const now = Date.parse('2026-11-21T05:00:00Z')

test.each<[string | undefined, number | undefined]>([
  [undefined, undefined],
  ['', undefined],
  ['soon', undefined],
  ['0', 0.5],
  ['1', 1],
  ['60', 60],
  [' 60 ', 60],
  ['3600', 3600],
  ['3601', 3600],
  ['1000000000', 3600],
  ['9'.repeat(400), 3600],
  ['-5', 0.5],
  ['Sat, 21 Nov 2026 05:00:30 GMT', 30],
  ['Sat, 21 Nov 2026 04:00:00 GMT', 0.5],
  ['Sun, 21 Nov 2066 05:00:00 GMT', 3600],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0.5],
  // The two older forms of RFC 9110, section 5.6.7.
  ['Saturday, 21-Nov-26 05:00:30 GMT', 30],
  ['Sat Nov 21 05:00:30 2026 GMT', 30],
])('Retry-After: %s is %p seconds', (header, seconds) => {
  expect(parseRetryAfter(header, now)).toBe(seconds)
})
