/** The browser's part of a sign-in: pages, sessions, and what is sent back to the app. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { entra, type Fields, fetch, tenant } from './fixture.ts'
import {
  authorizeUrl,
  nativeApp,
  pkce,
  redirectUri,
  user,
  userRead,
  visitor,
  webApp,
  webRedirectUri,
} from './fixture-user.ts'
import { Visitor } from './visitor.ts'

describe('a sign-in', () => {
  test('password, consent, and the code comes back with the state', async () => {
    const page = await visitor.open(authorizeUrl({ login_hint: user.username }))
    expect(page).toMatchObject({ status: 200, name: 'sign-in', fields: { username: user.username } })
    const consent = await visitor.submit(page, 'sign-in', { password: user.password })
    expect(consent.name).toBe('consent')
    expect(consent.text).toContain(userRead)
    const { location } = await visitor.submit(consent, 'accept')
    expect(location).toMatch(
      /^http:\/\/localhost:54321\/\?code=1\.[\w-]+&session_state=[\w-]+&state=the\+state$/,
    )
    expect([entra.count('authorize'), entra.count('login')]).toEqual([1, 2])
    expect(JSON.stringify(entra.requests)).not.toContain(user.password)
  })

  test('the second one is silent', async () => {
    await visitor.signIn(authorizeUrl(), user)
    expect((await visitor.open(authorizeUrl())).location).toContain('code=')
    expect((await visitor.open(authorizeUrl({ prompt: 'none' }))).location).toContain('code=')
    expect((await visitor.open(authorizeUrl({ prompt: 'login' }))).name).toBe('sign-in')
    expect((await visitor.open(authorizeUrl({ prompt: 'consent' }))).name).toBe('consent')
    expect((await visitor.open(authorizeUrl({ login_hint: 'eve@contoso' }))).name).toBe('sign-in')
  })

  test('accounts to pick from', async () => {
    const other = tenant.addUser({ username: `${randomUUID()}@contoso.onmicrosoft.com` })
    await visitor.signIn(authorizeUrl(), user)
    await visitor.signIn(authorizeUrl({ prompt: 'login' }), other)
    const page = await visitor.open(authorizeUrl())
    expect(page.name).toBe('accounts')
    expect((await visitor.submit(page, 'account-0')).location).toContain('code=')
    const again = await visitor.open(authorizeUrl({ prompt: 'select_account' }))
    expect((await visitor.submit(again, 'other-account')).name).toBe('sign-in')
    expect(await silently()).toMatchObject({ error: 'interaction_required', code: 'AADSTS16000' })
    expect(
      (await visitor.open(authorizeUrl({ prompt: 'none', login_hint: other.username }))).location,
    ).toContain('code=')
  })

  test('a second factor, once a session', async () => {
    user.mfa = true
    const page = await visitor.open(authorizeUrl())
    expect((await visitor.submit(page, 'sign-in', credentials())).name).toBe('approval')
    expect(await silently()).toMatchObject({ error: 'interaction_required', code: 'AADSTS50076' })
    await visitor.signIn(authorizeUrl(), user)
    expect((await visitor.open(authorizeUrl())).location).toContain('code=')
  })

  test('a policy and an authentication context ask for the second factor', async () => {
    await visitor.signIn(authorizeUrl(), user)
    const policy = tenant.policies.add({ user, resource: 'https://graph.microsoft.com' })
    expect((await visitor.open(authorizeUrl())).name).toBe('approval')
    tenant.policies.remove(policy)
    const claims = JSON.stringify({ access_token: { acrs: { essential: true, value: 'c1' } } })
    expect((await visitor.open(authorizeUrl({ claims }))).name).toBe('approval')
    await visitor.signIn(authorizeUrl({ claims }), user)
    expect((await visitor.open(authorizeUrl({ claims }))).location).toContain('code=')
  })

  test('form_post and fragment', async () => {
    const page = await visitor.passThrough(authorizeUrl({ response_mode: 'form_post' }), user)
    expect(page).toMatchObject({
      name: 'form-post',
      action: 'http://localhost:54321/',
      fields: { state: 'the state' },
    })
    expect(page.fields.code).toMatch(/^1\./)
    expect((await visitor.open(authorizeUrl({ response_mode: 'fragment' }))).location).toContain('/#code=')
  })

  test('127.0.0.1 with any port, once it is registered, and not with another path', async () => {
    const { clientId } = tenant.addApp({ redirectUris: { public: ['http://127.0.0.1/back'] } })
    const open = (uri: string) => visitor.open(authorizeUrl({ client_id: clientId, redirect_uri: uri }))
    expect((await open('http://127.0.0.1:1234/back')).name).toBe('sign-in')
    for (const uri of [
      'http://127.0.0.1:1234/',
      'http://localhost:1234/back',
      'http://127.0.0.1:123456/back',
    ]) {
      expect((await open(uri)).error).toMatch('AADSTS50011')
    }
  })

  test.each(['query', 'form_post'])('the visitor brings the answer to the app by %s', async (mode) => {
    const received: string[] = []
    const app = createServer(async (request, response) => {
      received.push(`${request.method} ${request.url} ${await text(request)}`)
      response.end('done')
    }).listen(0, '127.0.0.1')
    await once(app, 'listening')
    const uri = `http://localhost:${(app.address() as AddressInfo).port}/`
    const outcome = await visitor.signIn(authorizeUrl({ redirect_uri: uri, response_mode: mode }), user)
    expect(await (await visitor.deliver(outcome)).text()).toBe('done')
    expect(received).toEqual([
      expect.stringMatching(mode === 'query' ? /^GET \/\?code=1\..+ $/ : /^POST \/ code=1\..+/),
    ])
    app.close()
    app.closeAllConnections()
  })

  test('client_info and a redirect URI with a query', async () => {
    const web = { client_id: webApp.clientId, redirect_uri: webRedirectUri, client_info: '1' }
    const { location } = await visitor.passThrough(authorizeUrl(web), user)
    expect(location).toMatch(/^https:\/\/app\.contoso\.example\/callback\?kept=1&code=/)
    const info = new URL(location ?? '').searchParams.get('client_info') ?? ''
    expect(JSON.parse(Buffer.from(info, 'base64url').toString())).toEqual({
      uid: user.objectId,
      utid: tenant.id,
    })
  })

  test.each([
    ['sign-in', 'access_denied'],
    ['consent', 'access_denied'],
  ])('Cancel on the page %s', async (cancelOn, error) => {
    const { parameters } = await visitor.signIn(authorizeUrl(), user, { cancelOn })
    expect(parameters).toMatchObject({ error, error_subcode: 'cancel', state: 'the state' })
    expect(parameters.error_description).toMatch(/^AADSTS65004: .+ Timestamp: .+Z$/)
  })

  test('revoking and disabling a user end the session', async () => {
    await visitor.signIn(authorizeUrl(), user)
    tenant.revoke(user)
    expect((await visitor.open(authorizeUrl())).name).toBe('sign-in')
    await visitor.signIn(authorizeUrl(), user)
    user.disabled = true
    expect((await visitor.open(authorizeUrl())).name).toBe('sign-in')
  })

  test("another browser's form is refused", async () => {
    const page = await visitor.open(authorizeUrl())
    const other = await new Visitor(fetch).submit(page, 'sign-in', credentials())
    expect(other).toMatchObject({
      name: 'error',
      status: 400,
      error: expect.stringContaining('AADSTS165000'),
    })
  })
})

describe('wrong credentials', () => {
  test.each([
    ['an unknown user', 50034, () => ({ username: '<i>@contoso', password: 'x' })],
    ['a wrong password', 50126, () => ({ username: user.username, password: 'x' })],
    ['a disabled user', 50057, () => Object.assign(user, { disabled: true })],
    [
      'a user of another tenant',
      50020,
      () => entra.addTenant().addUser({ username: `${randomUUID()}@other` }),
    ],
  ])('%s: AADSTS%i', async (_name, code, person) => {
    const page = await visitor.passThrough(authorizeUrl(), person())
    expect(page).toMatchObject({ name: 'sign-in', error: expect.stringMatching(`^AADSTS${code}: `) })
  })
})

describe('requests that are refused', () => {
  test.each([
    ['no client_id', 900144, { client_id: undefined }],
    ['an unknown app', 700016, { client_id: randomUUID() }],
    ['no redirect_uri', 900971, { redirect_uri: undefined }],
    ['another path', 50011, { redirect_uri: `${redirectUri}/other` }],
    ['another case', 50011, { redirect_uri: 'http://LOCALHOST' }],
    ['HTTPS', 50011, { redirect_uri: 'https://localhost:54321' }],
    ['127.0.0.1 that is not registered', 50011, { redirect_uri: 'http://127.0.0.1:54321' }],
    ['a host that begins like it', 50011, { redirect_uri: 'http://localhost.evil.example' }],
    ['a user part', 50011, { redirect_uri: 'http://localhost:1@evil.example' }],
  ] as [string, number, Fields][])('%s: a page with AADSTS%i', async (_name, code, changes) => {
    const page = await visitor.open(authorizeUrl(changes))
    expect(page).toMatchObject({ status: 400, name: 'error', location: undefined })
    expect(page.error).toMatch(new RegExp(`^AADSTS${code}: `))
  })

  test.each([
    ['nowhere.onmicrosoft.com', 90002],
    ['common', 50194],
  ])('tenant %s: a page with AADSTS%i', async (name, code) => {
    expect((await visitor.open(authorizeUrl({}, name))).error).toMatch(`AADSTS${code}: `)
  })

  test.each([
    ['no response_type', 900144, 'invalid_request', { response_type: undefined }],
    ['an implicit grant', 700054, 'unsupported_response_type', { response_type: 'token' }],
    ['an unknown prompt', 90023, 'invalid_request', { prompt: 'maybe' }],
    ['an unknown response_mode', 70007, 'invalid_request', { response_mode: 'smoke' }],
    ['no scope', 900144, 'invalid_request', { scope: undefined }],
    ['an unknown resource', 500011, 'invalid_resource', { scope: 'https://nowhere.example/x' }],
    ['.default and others', 70011, 'invalid_scope', { scope: `${userRead} .default` }],
    [
      'PKCE plain',
      9002313,
      'invalid_request',
      { code_challenge: 'x'.repeat(43), code_challenge_method: 'plain' },
    ],
    ['PKCE without a method', 9002313, 'invalid_request', { code_challenge: pkce().challenge }],
    ['a short challenge', 501491, 'invalid_request', { code_challenge: 'x', code_challenge_method: 'S256' }],
    ['claims that are no JSON', 9002313, 'invalid_request', { claims: '{' }],
    ['no session', 50058, 'login_required', { prompt: 'none' }],
  ] as [string, number, string, Fields][])(
    '%s: AADSTS%i for the app',
    async (_name, code, error, changes) => {
      const { location } = await visitor.open(authorizeUrl(changes))
      const { searchParams } = new URL(location ?? '')
      expect(Object.fromEntries(searchParams)).toMatchObject({ error, state: 'the state' })
      expect(searchParams.get('error_description')).toMatch(new RegExp(`^AADSTS${code}: `))
    },
  )

  test('consent that is missing, without pages', async () => {
    await visitor.signIn(authorizeUrl(), user)
    const result = await silently({ scope: 'Mail.Read' })
    expect(result).toMatchObject({ error: 'interaction_required', code: 'AADSTS65001' })
    nativeApp.consents.grant(user, ['Mail.Read'])
    expect(await silently({ scope: 'Mail.Read' })).toEqual({ error: null, code: undefined })
  })

  test('a parameter twice', async () => {
    const url = authorizeUrl()
    url.searchParams.append('state', 'other')
    expect((await visitor.open(url)).error).toMatch('AADSTS9000411: ')
  })
})

const credentials = () => ({ username: user.username, password: user.password })

async function silently(changes: Fields = {}) {
  const { location } = await visitor.open(authorizeUrl({ prompt: 'none', ...changes }))
  const { searchParams } = new URL(location ?? '')
  return {
    error: searchParams.get('error'),
    code: searchParams.get('error_description')?.split(':')[0],
  }
}
