import { type AccessToken, freshness, isAccessToken } from '../../src/tokens/access-token.ts'

const now = 1_790_000_000
const token: AccessToken = {
  accessToken: 'eyJhbGciOiJub25lIn0.e30.-_~+/A==',
  tokenType: 'Bearer',
  expiresOn: now + 3600,
  obtainedOn: now,
  scope: 'https://graph.microsoft.com/.default',
  tenant: 'contoso.onmicrosoft.com',
  clientId: '11111111-2222-3333-4444-555555555555',
  authorityHost: 'https://login.microsoftonline.com',
  flow: 'client-credentials',
}

test.each<[number, number | undefined, number, string]>([
  [3600, undefined, 300, 'fresh'],
  [301, undefined, 300, 'fresh'],
  [300, undefined, 300, 'expired'],
  [1, undefined, 0, 'fresh'],
  [0, undefined, 0, 'expired'],
  [-1, undefined, 0, 'expired'],
  [3600, 1, 300, 'fresh'],
  [3600, 0, 300, 'due for refresh'],
  [3600, -1, 300, 'due for refresh'],
  [300, -1, 300, 'expired'],
])(
  'a token with %i seconds left, to be refreshed in %p, of which %i must be left, is %s',
  (left, refresh, minTtl, wanted) => {
    const kept = {
      ...token,
      expiresOn: now + left,
      ...(refresh !== undefined && { refreshOn: now + refresh }),
    }
    expect(freshness(kept, now, minTtl)).toBe(wanted)
  },
)

test('a token as we keep it is one', () => {
  expect(isAccessToken(token, now)).toBe(true)
  expect(isAccessToken({ ...token, refreshOn: now + 1800, profile: 'ci' }, now)).toBe(true)
  expect(isAccessToken(JSON.parse(JSON.stringify(token)), now)).toBe(true)
  expect(isAccessToken({ ...token, expiresOn: now - 1e6 }, now)).toBe(true)
})

const required = [
  'accessToken',
  'tokenType',
  'expiresOn',
  'obtainedOn',
  'scope',
  'tenant',
  'clientId',
  'authorityHost',
  'flow',
]

test.each(required)('without %s, or with another type, it is none', (name) => {
  const { [name as 'scope']: _, ...rest } = token
  expect(isAccessToken(rest, now)).toBe(false)
  for (const value of [null, true, {}, [], name.endsWith('On') ? '1790000000' : 1])
    expect(isAccessToken({ ...token, [name]: value }, now)).toBe(false)
})

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a text', 'eyJ'],
  ['a list', [token]],
  ['an empty token', { ...token, accessToken: '' }],
  ['a newline in the token', { ...token, accessToken: 'a\nb' }],
  ['a newline after it', { ...token, accessToken: 'a\n' }],
  ['a quote in the token', { ...token, accessToken: "a'b" }],
  ['an expiry in milliseconds', { ...token, expiresOn: (now + 3600) * 1000 }],
  ['an expiry farther than a token lives', { ...token, expiresOn: now + 31 * 24 * 3600 }],
  ['an infinite expiry', { ...token, expiresOn: Number.POSITIVE_INFINITY }],
  ['an expiry that is no number', { ...token, expiresOn: Number.NaN }],
  ['a time to refresh as a text', { ...token, refreshOn: '1' }],
])('%s is none', (_, value) => {
  expect(isAccessToken(value, now)).toBe(false)
})
