/** Who signed in, from what Entra answers; and which account a name means. */
import fc from 'fast-check'
import { Secret } from '../../src/secret.ts'
import { type Account, accountName, accountOf, findAccount } from '../../src/sign-in/account.ts'

const clientId = '11111111-2222-3333-4444-555555555555'
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const claims = { aud: clientId, oid: 'oid', tid: 'tid', sub: 's', preferred_username: 'Ada@contoso.com' }

const response = (changes: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => ({
  accessToken: 'a',
  tokenType: 'Bearer',
  expiresIn: 3599,
  idToken: new Secret(`h.${encode({ ...claims, ...changes })}.s`),
  ...more,
})

test('the account is the person of the home tenant', () => {
  const clientInfo = encode({ uid: 'home-oid', utid: 'home-tid' })
  const refreshToken = new Secret('1.refresh')
  expect(accountOf(response({}, { clientInfo, refreshToken }), clientId, 1000.5)).toEqual({
    homeAccountId: 'home-oid.home-tid',
    username: 'Ada@contoso.com',
    tenant: 'tid',
    signedInOn: 1000,
    refreshToken: '1.refresh',
  })
  expect(accountOf(response(), clientId.toUpperCase(), 0).homeAccountId).toBe('oid.tid')
})

test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  ['for another application', { aud: 'another' }, {}],
  ['for several', { aud: [clientId] }, {}],
  ['without a tenant', { tid: undefined }, {}],
  ['without a person', { oid: undefined }, {}],
  ['without an ID token', {}, { idToken: undefined }],
  ['with one that is none', {}, { idToken: new Secret('garbage') }],
])('an answer %s is refused', (_, changes, more) => {
  expect(() => accountOf(response(changes, more) as never, clientId, 0)).toThrow(
    expect.objectContaining({ code: 'protocol' }),
  )
})

test('nothing in an ID token is too strange to be judged', () => {
  fc.assert(
    fc.property(fc.string(), fc.json(), (text, json) => {
      for (const token of [text, `h.${Buffer.from(json).toString('base64url')}.s`, `.${text}.`])
        try {
          accountOf(response({}, { idToken: new Secret(token), clientInfo: text }) as never, clientId, 0)
        } catch (error) {
          expect(error).toMatchObject({ code: 'protocol' })
        }
    }),
  )
})

const account = (username: string, homeAccountId: string, refreshToken?: string): Account => ({
  ...{ username, homeAccountId, tenant: 'tid', signedInOn: 0 },
  ...(refreshToken !== undefined && { refreshToken }),
})

test('an account is found by user name or home account, in any case', () => {
  const all = [account('ada@x.com', '1.t', 'r'), account('bob@x.com', '2.t', 'r')]
  expect(findAccount(all, 'ADA@x.com')).toBe(all[0])
  expect(findAccount(all, '2.T')).toBe(all[1])
  expect(findAccount(all, 'carol@x.com')).toBeUndefined()
  expect(findAccount(all, undefined)).toBeUndefined()
  expect(findAccount(all.slice(1), undefined)).toBe(all[1])
})

test('who must sign in again does not stand in the way of the only one who need not', () => {
  const all = [account('ada@x.com', '1.t'), account('bob@x.com', '2.t', 'r')]
  expect(findAccount(all, undefined)).toBe(all[1])
})

test('two people of one name are told apart', () => {
  const all = [account('ada@x.com', '1.t', 'r'), account('Ada@x.com', '2.t', 'r')]
  expect(all.map((one) => accountName(one, all))).toEqual(['1.t', '2.t'])
  expect(accountName(account('Ada@x.com', '2.t'), [account('Ada@x.com', '2.t')])).toBe('ada@x.com')
})
