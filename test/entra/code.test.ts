/** Codes for tokens: who gets which, and who is refused. */
import { randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import { personalAccounts } from './authority.ts'
import { certificate, entra, expectRefusal, type Fields, guid, post, tenant, verified } from './fixture.ts'
import { withAssertion } from './fixture-assertion.ts'
import {
  authorizeUrl,
  codeFields,
  nativeApp,
  tokens,
  user,
  userRead,
  visitor,
  webApp,
  webRedirectUri,
  webSecret,
} from './fixture-user.ts'

const graphResource = 'https://graph.microsoft.com'

describe('a code', () => {
  test('gives tokens with the claims of the user', async () => {
    const body = await tokens({ ...(await codeFields({ nonce: 'n' })), client_info: '1' })
    expect(body).toEqual({
      token_type: 'Bearer',
      expires_in: 3599,
      ext_expires_in: 3599,
      scope: `openid profile ${userRead}`,
      access_token: expect.any(String),
      refresh_token: expect.stringMatching(/^1\.[\w-]{100,}$/),
      id_token: expect.any(String),
      client_info: expect.any(String),
    })
    const common = {
      iss: `${entra.authorityHost}/${tenant.id}/v2.0`,
      iat: expect.any(Number),
      nbf: expect.any(Number),
      exp: expect.any(Number),
      aio: expect.any(String),
      rh: expect.any(String),
      tid: tenant.id,
      uti: expect.any(String),
      ver: '2.0',
      name: 'Ada <b>',
      oid: user.objectId,
      preferred_username: user.username,
      sid: expect.stringMatching(guid),
      sub: expect.any(String),
    }
    const { payload } = await verified(body.access_token)
    expect(payload).toEqual({
      ...common,
      aud: graphResource,
      azp: nativeApp.clientId,
      azpacr: '0',
      scp: 'User.Read',
    })
    const id = (await verified(body.id_token)).payload
    expect(id).toEqual({ ...common, aud: nativeApp.clientId, nonce: 'n', login_hint: expect.any(String) })
    expect(id.sub).not.toBe(payload.sub)
    const info = JSON.parse(Buffer.from(String(body.client_info), 'base64url').toString())
    expect(info).toEqual({ uid: user.objectId, utid: tenant.id })
  })

  test('without OpenID Connect scopes gives an access token alone', async () => {
    const body = await tokens(await codeFields({ scope: 'User.Read' }))
    expect(Object.keys(body).sort()).toEqual([
      'access_token',
      'expires_in',
      'ext_expires_in',
      'scope',
      'token_type',
    ])
  })

  test('of a web redirect URI needs the secret, in the body or as HTTP Basic', async () => {
    const web = { client_id: webApp.clientId, redirect_uri: webRedirectUri }
    const form = async () => ({ ...(await codeFields(web)), ...web })
    const { access_token } = await tokens({ ...(await form()), client_secret: webSecret })
    expect(decodeJwt(access_token).azpacr).toBe('1')
    const basic = Buffer.from(`${webApp.clientId}:${encodeURIComponent(webSecret)}`).toString('base64')
    const response = await post(await form(), { headers: { authorization: `Basic ${basic}` } })
    expect(response.status).toBe(200)
    await expectRefusal(await post(await form()), 7000218, 'invalid_client', 401)
    const wrong = await post({ ...(await form()), client_secret: 'wrong' })
    await expectRefusal(wrong, 7000215, 'invalid_client', 401)
  })

  test('of a web redirect URI takes an assertion', async () => {
    webApp.addCertificate(certificate.certificatePem)
    const web = { client_id: webApp.clientId, redirect_uri: webRedirectUri }
    const form = await codeFields(web)
    const claims = { iss: webApp.clientId, sub: webApp.clientId }
    const { access_token } = await tokens(
      await withAssertion({ claims }, { ...form, ...web, scope: undefined }),
    )
    expect(decodeJwt(access_token).azpacr).toBe('2')
  })

  test('`.default` stands for the registered permissions', async () => {
    const body = await tokens(await codeFields({ scope: `${graphResource}/.default` }))
    expect(body.scope).toBe(`${userRead} ${graphResource}/Mail.Read ${graphResource}/.default`)
    expect(decodeJwt(body.access_token).scp).toBe('User.Read Mail.Read')
  })

  test('for an app of the tenant has its client ID as audience', async () => {
    const api = tenant.addApp({ scopes: ['access'] })
    const body = await tokens(await codeFields({ scope: `api://${api.clientId}/access` }))
    expect(decodeJwt(body.access_token)).toMatchObject({ aud: api.clientId, scp: 'access' })
    const unknown = await visitor.open(authorizeUrl({ scope: `api://${api.clientId}/other` }))
    expect(unknown.location).toContain('AADSTS650053')
  })

  test('asked for by several resources is for one at a time', async () => {
    const form = await codeFields({ scope: 'User.Read https://vault.azure.net/user_impersonation' })
    await expectRefusal(await post(form), 28000, 'invalid_request', 400)
    const again = await codeFields({ scope: 'User.Read https://vault.azure.net/user_impersonation' })
    const body = await tokens({ ...again, scope: 'https://vault.azure.net/user_impersonation' })
    expect(decodeJwt(body.access_token).aud).toBe('https://vault.azure.net')
  })

  test('at common has the tenant of its user', async () => {
    const other = entra.addTenant()
    const person = other.addUser({ username: `${randomUUID()}@other.example` })
    const personal = entra
      .addTenant({ id: personalAccounts })
      .addUser({ username: `${randomUUID()}@live.example` })
    const multi = tenant.addApp({ multiTenant: true, redirectUris: { public: ['http://localhost'] } })
    const outcome = (who: typeof person, at: string) =>
      visitor.passThrough(authorizeUrl({ client_id: multi.clientId, prompt: 'login' }, at), who)
    expect((await outcome(personal, 'organizations')).error).toMatch('AADSTS50020')
    expect((await outcome(person, 'consumers')).error).toMatch('AADSTS50020')
    expect((await outcome(personal, 'consumers')).location).toContain('code=')
    const { location } = await outcome(person, 'common')
    const form = {
      grant_type: 'authorization_code',
      client_id: multi.clientId,
      redirect_uri: 'http://localhost:54321',
      code: new URL(location ?? '').searchParams.get('code') ?? undefined,
    }
    const { id_token } = await tokens(form, 'common')
    expect(decodeJwt(id_token)).toMatchObject({
      iss: `${entra.authorityHost}/${other.id}/v2.0`,
      tid: other.id,
    })
  })
})

describe('claims that are asked for', () => {
  const request = (claims: object) => ({ claims: JSON.stringify({ access_token: claims }) })

  test('cp1 gives a long-lived token, from either request', async () => {
    const claims = request({ xms_cc: { values: ['cp1'] } })
    const first = await tokens({ ...(await codeFields()), ...claims })
    expect(first.expires_in).toBe(24 * 60 * 60 - 1)
    expect(decodeJwt(first.access_token).xms_cc).toEqual(['cp1'])
    expect((await tokens(await codeFields(claims))).expires_in).toBe(24 * 60 * 60 - 1)
  })

  test('an authentication context gives acrs', async () => {
    const form = await codeFields(request({ acrs: { essential: true, value: 'c1' } }))
    expect(decodeJwt((await tokens(form)).access_token).acrs).toEqual(['c1'])
  })

  test('a policy refuses with the claims that satisfy it', async () => {
    const form = await codeFields()
    const policy = tenant.policies.add({ user, context: 'c2' })
    try {
      const body = (await (await post(form)).json()) as Record<string, string>
      expect(body).toMatchObject({
        error: 'interaction_required',
        error_codes: [50076],
        suberror: 'basic_action',
      })
      expect(JSON.parse(body.claims ?? '')).toEqual({
        access_token: { acrs: { essential: true, value: 'c2' } },
      })
      const { access_token } = await tokens(await codeFields({ claims: body.claims }))
      expect(decodeJwt(access_token).acrs).toEqual(['c2'])
    } finally {
      tenant.policies.remove(policy)
    }
  })
})

describe('codes that are refused', () => {
  const grant = 'invalid_grant'

  test.each([
    ['a wrong verifier', 501481, grant, { code_verifier: 'x'.repeat(43) }],
    ['no verifier', 501471, grant, { code_verifier: undefined }],
    ['another redirect URI', 500112, 'invalid_client', { redirect_uri: 'http://localhost:1' }],
    ['no redirect URI', 900144, 'invalid_request', { redirect_uri: undefined }],
    ['an unknown code', 9002313, grant, { code: 'x' }],
    ['a scope without consent', 65001, grant, { scope: 'Mail.Read' }],
    [
      'a scope of an unregistered resource',
      650057,
      'invalid_resource',
      { scope: 'https://vault.azure.net/.default' },
    ],
    ['.default and others', 70011, 'invalid_scope', { scope: '.default User.Read' }],
  ] as [string, number, string, Fields][])('%s: AADSTS%i', async (_name, code, error, changes) => {
    const response = await post({ ...(await codeFields()), ...changes })
    const body = await response.json()
    expect(body).toMatchObject({ error, error_codes: [code] })
    expect(response.status).toBe(400)
  })

  test('a secret of a public client', async () => {
    const form = { ...(await codeFields()), client_secret: 'x' }
    await expectRefusal(await post(form), 700025, 'invalid_client', 401)
  })

  test("another app's code", async () => {
    const form = { ...(await codeFields()), client_id: webApp.clientId, client_secret: webSecret }
    await expectRefusal(await post(form), 700005, grant, 400)
  })

  test('a code twice', async () => {
    const form = await codeFields()
    await tokens(form)
    await expectRefusal(await post(form), 54005, grant, 400)
  })

  test('an expired code', async () => {
    entra.tokens.codeLifetime = 0
    await expectRefusal(await post(await codeFields()), 70008, grant, 400)
  })

  test('of a user who was revoked or disabled since', async () => {
    const form = await codeFields()
    tenant.revoke(user)
    await expectRefusal(await post(form), 50173, grant, 400)
    const other = await codeFields()
    user.disabled = true
    await expectRefusal(await post(other), 50057, grant, 400)
  })
})
