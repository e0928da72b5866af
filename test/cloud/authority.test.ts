import fc from 'fast-check'
import { endpoints, parseAuthorityHost } from '../../src/cloud/authority.ts'
import { AppError } from '../../src/errors.ts'

test.each([
  ['https://login.microsoftonline.com', 'https://login.microsoftonline.com'],
  ['https://login.microsoftonline.us/', 'https://login.microsoftonline.us'],
  ['HTTPS://LOGIN.microsoftonline.US', 'https://login.microsoftonline.us'],
  [' https://login.microsoftonline.us\r\n', 'https://login.microsoftonline.us'],
  ['https://login.microsoftonline.com:443/', 'https://login.microsoftonline.com'],
  ['https://login.example:8443', 'https://login.example:8443'],
  ['https://localhost:8443/', 'https://localhost:8443'],
  ['https://127.0.0.1:1', 'https://127.0.0.1:1'],
  ['https://[::1]:8443', 'https://[::1]:8443'],
  ['https://xn--bcher-kva.example', 'https://xn--bcher-kva.example'],
])('%j is the authority host %s', (text, host) => {
  expect(parseAuthorityHost(text, '--authority-host')).toBe(host)
})

test.each([
  ['', 'is not a URL'],
  ['login.microsoftonline.us', 'is not a URL'],
  ['//login.microsoftonline.us', 'is not a URL'],
  ['https://', 'is not a URL'],
  ['https:///', 'is not a URL'],
  ['https://login.example:99999', 'is not a URL'],
  ['mailto:a@b.example', 'is not a URL'],
  ['file:///etc/passwd', 'is not a URL'],
  ['http://login.microsoftonline.com', 'must start with https://'],
  ['http://localhost:8080', 'must start with https://'],
  ['ftp://login.example', 'must start with https://'],
  ['file://login.example/x', 'must start with https://'],
  ['https://login.microsoftonline.com/contoso.com', 'must be https://HOST[:PORT] and nothing more'],
  ['https://login.microsoftonline.com/v2.0/', 'must be https://HOST[:PORT] and nothing more'],
  ['https://user@login.example', 'must be https://HOST[:PORT] and nothing more'],
  ['https://user:hunter2@login.example', 'must be https://HOST[:PORT] and nothing more'],
  ['https://login.microsoftonline.com@evil.example/', 'must be https://HOST[:PORT] and nothing more'],
  ['https://login.microsoftonline.com\\@evil.example', 'must be https://HOST[:PORT] and nothing more'],
  ['https://login.example?hunter2', 'must be https://HOST[:PORT] and nothing more'],
  ['https://login.example#hunter2', 'must be https://HOST[:PORT] and nothing more'],
  ['https://lоgin.microsoftonline.com', 'holds a character that no host has'],
  ['https://ｌogin.microsoftonline.com', 'holds a character that no host has'],
  ['https://login.micro\nsoftonline.com', 'holds a character that no host has'],
  ['https://login.micro\u200bsoftonline.com', 'holds a character that no host has'],
  ['https://login microsoftonline.com', 'holds a character that no host has'],
  ['https://login.microsoftonline.de', 'is Microsoft Cloud Germany, which closed in 2021'],
])('%j is none: it %s', (text, reason) => {
  expect(() => parseAuthorityHost(text, 'AZURE_AUTHORITY_HOST')).toThrow(
    expect.objectContaining({
      code: 'config',
      message: `the authority host of AZURE_AUTHORITY_HOST ${reason}`,
      hint: expect.any(String),
    }),
  )
})

test('whatever is given, it is an HTTPS origin or an error that does not repeat it', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc.string().map((text) => `https://${text}`),
  )
  fc.assert(
    fc.property(texts, (text) => {
      try {
        const host = parseAuthorityHost(text, 'x')
        const { origin, protocol } = new URL(host)
        expect([host, protocol]).toEqual([origin, 'https:'])
        expect(parseAuthorityHost(host, 'x')).toBe(host)
      } catch (error) {
        expect(error).toBeInstanceOf(AppError)
      }
    }),
  )
})

test('the endpoints are where every host of Entra has them', () => {
  expect(endpoints('https://login.microsoftonline.us', 'contoso.com')).toEqual({
    authority: 'https://login.microsoftonline.us/contoso.com',
    issuer: 'https://login.microsoftonline.us/contoso.com/v2.0',
    token: 'https://login.microsoftonline.us/contoso.com/oauth2/v2.0/token',
    authorize: 'https://login.microsoftonline.us/contoso.com/oauth2/v2.0/authorize',
    deviceCode: 'https://login.microsoftonline.us/contoso.com/oauth2/v2.0/devicecode',
    logout: 'https://login.microsoftonline.us/contoso.com/oauth2/v2.0/logout',
    keys: 'https://login.microsoftonline.us/contoso.com/discovery/v2.0/keys',
  })
})

test('a tenant cannot lead to another path', () => {
  expect(endpoints('https://h.example', '../x?y#z').token).toBe(
    'https://h.example/..%2Fx%3Fy%23z/oauth2/v2.0/token',
  )
})
