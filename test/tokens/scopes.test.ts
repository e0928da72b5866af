import fc from 'fast-check'
import { AppError } from '../../src/errors.ts'
import { applicationScopes, delegatedScopes, splitScopes } from '../../src/tokens/scopes.ts'

const graph = 'https://graph.microsoft.com'
const guid = '11111111-2222-3333-4444-555555555555'

test.each<[readonly string[], readonly string[]]>([
  [['User.Read'], ['User.Read']],
  [
    ['a', 'b'],
    ['a', 'b'],
  ],
  [['a b'], ['a', 'b']],
  [['a,b'], ['a', 'b']],
  [[' a ,, b\tc\nd\r\n'], ['a', 'b', 'c', 'd']],
  [
    ['a', 'a b', 'b,a'],
    ['a', 'b'],
  ],
  [['a;b'], ['a;b']],
  [['A a'], ['A', 'a']],
  [['', ' , '], []],
  [[], []],
])('%j are the scopes %j', (texts, scopes) => {
  expect(splitScopes(texts)).toEqual(scopes)
})

/** What is asked for, and whether that differs from what was written. */
test.each<[readonly string[], string, 'as written' | 'corrected']>([
  [[], `${graph}/.default`, 'as written'],
  [['.default'], `${graph}/.default`, 'as written'],
  [[`${graph}/.default`], `${graph}/.default`, 'as written'],
  [['openid', 'offline_access'], `${graph}/.default`, 'as written'],
  [['openid', '.default', 'profile', 'email'], `${graph}/.default`, 'as written'],
  [['User.Read'], `${graph}/.default`, 'corrected'],
  [['User.Read', 'Mail.Send'], `${graph}/.default`, 'corrected'],
  [[`${graph}/User.Read`, '.default'], `${graph}/.default`, 'corrected'],
  [[graph], `${graph}/.default`, 'corrected'],
  [[`${graph}/`], `${graph}/.default`, 'corrected'],
  [['https://vault.azure.net/.default'], 'https://vault.azure.net/.default', 'as written'],
  [['https://vault.azure.net'], 'https://vault.azure.net/.default', 'corrected'],
  [['https://vault.azure.net/'], 'https://vault.azure.net/.default', 'corrected'],
  [['https://vault.azure.net/user_impersonation'], 'https://vault.azure.net/.default', 'corrected'],
  [['https://database.windows.net//.default'], 'https://database.windows.net//.default', 'as written'],
  [['https://database.windows.net/.default'], 'https://database.windows.net/.default', 'as written'],
  [['https://host.example:8443/api/.default'], 'https://host.example:8443/api/.default', 'as written'],
  [[`api://${guid}/.default`], `api://${guid}/.default`, 'as written'],
  [[`api://${guid}/access_as_user`], `api://${guid}/.default`, 'corrected'],
  [[`api://${guid}`], `api://${guid}/.default`, 'corrected'],
  [['api://contoso.com/app/Read'], 'api://contoso.com/app/.default', 'corrected'],
  [[`${guid}/.default`], `${guid}/.default`, 'as written'],
  [[`${guid}/Read`], `${guid}/.default`, 'corrected'],
  [[guid], `${guid}/.default`, 'corrected'],
  [
    ['urn:ms-drs:enterpriseregistration.windows.net'],
    'urn:ms-drs:enterpriseregistration.windows.net/.default',
    'corrected',
  ],
])('%j asks for %s, %s', (given, scope, how) => {
  expect(applicationScopes(given, graph)).toEqual({
    scopes: [scope],
    ...(how === 'corrected' && {
      warning: `client credentials get the permissions granted to the application: asking for ${scope}`,
    }),
  })
})

test('a short name means the Microsoft Graph of the cloud', () => {
  expect(applicationScopes(['User.Read'], 'https://graph.microsoft.us').scopes).toEqual([
    'https://graph.microsoft.us/.default',
  ])
})

test.each<[readonly string[], number]>([
  [['User.Read', 'https://vault.azure.net/.default'], 2],
  [['https://database.windows.net//.default', 'https://database.windows.net/.default'], 2],
  [['api://a/.default', 'api://b/.default', 'openid', '.default'], 3],
])('%j belong to several resources: that is refused', (given, count) => {
  expect(() => applicationScopes(given, graph)).toThrow(
    expect.objectContaining({
      code: 'usage',
      message: `the scopes belong to ${count} resources, and a token is for one`,
      hint: 'call get-token once for each resource',
    }),
  )
})

test('a warning shows a scope safely, and not at any length', () => {
  const { warning = '' } = applicationScopes([`api://\u001b]52;c;x\u0007${'y'.repeat(1e6)}/Read`], graph)
  expect(warning).toContain('\\u{1b}')
  expect(warning).not.toContain('\u001b')
  expect(warning.length).toBeLessThan(400)
})

test('whatever is written, one .default is asked for or it is a usage error', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.webUrl(), fc.constantFrom('/', '//', 'a/', '://'))),
      (texts) => {
        try {
          const { scopes } = applicationScopes(splitScopes(texts), graph)
          expect(scopes).toHaveLength(1)
          expect(scopes[0]).toMatch(/^[^\s,]+\/\.default$/)
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
          expect((error as AppError).code).toBe('usage')
        }
      },
    ),
  )
})

test('ten thousand scopes, and one of a megabyte, are read at once', () => {
  const started = performance.now()
  const many = splitScopes([Array.from({ length: 10_000 }, (_, index) => `Scope.${index}`).join(' ')])
  expect(many).toHaveLength(10_000)
  expect(applicationScopes(many, graph).scopes).toEqual([`${graph}/.default`])
  applicationScopes([`https://x/${'/'.repeat(1 << 20)}`], graph)
  expect(performance.now() - started).toBeLessThan(1000)
})

describe("a person's scopes", () => {
  test.each<[readonly string[], readonly string[]]>([
    [[], [`${graph}/.default`]],
    [['openid', 'offline_access'], [`${graph}/.default`]],
    [
      ['User.Read', 'Mail.Read', 'offline_access'],
      [`${graph}/User.Read`, `${graph}/Mail.Read`],
    ],
    [['.default'], [`${graph}/.default`]],
    [['https://management.azure.com'], ['https://management.azure.com/.default']],
    [['https://management.azure.com/'], ['https://management.azure.com/.default']],
    [
      ['https://management.azure.com/user_impersonation'],
      ['https://management.azure.com/user_impersonation'],
    ],
    [['https://database.windows.net//.default'], ['https://database.windows.net//.default']],
    [
      ['api://app/Read', 'api://app/Write'],
      ['api://app/Read', 'api://app/Write'],
    ],
  ])('%j ask for %j', (given, scopes) => {
    expect(delegatedScopes(given, graph)).toEqual({ scopes })
  })

  test('of two resources are refused, and both are named', () => {
    expect(() => delegatedScopes(['User.Read', 'https://vault.azure.net/.default'], graph)).toThrow(
      'the scopes belong to 2 resources, and a token is for one: https://graph.microsoft.com, https://vault.azure.net',
    )
  })

  test('go without .default', () => {
    expect(() => delegatedScopes(['User.Read', '.default'], graph)).toThrow(
      expect.objectContaining({ code: 'usage' }),
    )
  })
})
