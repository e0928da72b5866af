/** Refresh tokens: rotation, revocation, and what they are bound to. */
import { decodeJwt } from 'jose'
import { entra, expectRefusal, post, tenant } from './fixture.ts'
import {
  authorizeUrl,
  codeFields,
  nativeApp,
  refreshFields,
  tokens,
  user,
  visitor,
  webApp,
  webRedirectUri,
  webSecret,
} from './fixture-user.ts'

const grant = 'invalid_grant'
const refreshToken = async () => (await tokens(await codeFields())).refresh_token

describe('a refresh token', () => {
  test('gives new tokens and its successor, and stays valid', async () => {
    const first = await refreshToken()
    const second = await tokens(refreshFields(first))
    expect(second.refresh_token).not.toBe(first)
    expect(decodeJwt(second.access_token)).toMatchObject({ oid: user.objectId, scp: 'User.Read' })
    expect(decodeJwt(second.id_token)).not.toHaveProperty('nonce')
    await tokens(refreshFields(second.refresh_token))
    await tokens(refreshFields(first))
    expect(entra.requestsOf('refresh_token').map(({ status }) => status)).toEqual([200, 200, 200])
  })

  test('is used up when the test asks for it', async () => {
    entra.tokens.revokeOldRefreshTokens = true
    const first = await refreshToken()
    const { refresh_token } = await tokens(refreshFields(first))
    await expectRefusal(await post(refreshFields(first)), 70000, grant, 400)
    await tokens(refreshFields(refresh_token))
  })

  test('is used up by one of several requests at once, but not by one that is refused', async () => {
    entra.tokens.revokeOldRefreshTokens = true
    const form = refreshFields(await refreshToken())
    expect((await post({ ...form, scope: 'Mail.Send' })).status).toBe(400)
    const responses = await Promise.all([post(form), post(form), post(form)])
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 400, 400])
  })

  test('serves every resource the user consented to, and no other', async () => {
    const token = await refreshToken()
    const scope = 'https://vault.azure.net/user_impersonation'
    const refused = await (await post(refreshFields(token, { scope }))).json()
    expect(refused).toMatchObject({ error: grant, suberror: 'consent_required', error_codes: [65001] })
    await visitor.signIn(authorizeUrl({ scope }), user)
    const body = await tokens(refreshFields(token, { scope }))
    expect(decodeJwt(body.access_token).aud).toBe('https://vault.azure.net')
    expect(body.refresh_token).toEqual(expect.any(String))
  })

  test('of a confidential client needs its credential', async () => {
    const web = { client_id: webApp.clientId, redirect_uri: webRedirectUri }
    const { refresh_token } = await tokens({ ...(await codeFields(web)), ...web, client_secret: webSecret })
    const form = refreshFields(refresh_token, { client_id: webApp.clientId })
    await expectRefusal(await post(form), 7000218, 'invalid_client', 401)
    await tokens({ ...form, client_secret: webSecret })
  })

  test('asks for interaction when a policy changed', async () => {
    const token = await refreshToken()
    const policy = tenant.policies.add({ app: nativeApp, user })
    const response = await post(refreshFields(token))
    tenant.policies.remove(policy)
    expect(await response.json()).toMatchObject({
      error: 'interaction_required',
      suberror: 'basic_action',
      claims: `{"access_token":{"capolids":{"essential":true,"values":["${policy.id}"]}}}`,
    })
  })
})

describe('refresh tokens that are refused', () => {
  test('unknown ones, and those of another app', async () => {
    await expectRefusal(await post(refreshFields('x')), 9002313, grant, 400)
    const token = await refreshToken()
    const form = refreshFields(token, { client_id: webApp.clientId, client_secret: webSecret })
    await expectRefusal(await post(form), 700003, grant, 400)
  })

  test('a secret of a public client', async () => {
    const form = refreshFields(await refreshToken(), { client_secret: 'x' })
    await expectRefusal(await post(form), 700025, 'invalid_client', 401)
  })

  test('unused too long', async () => {
    const token = await refreshToken()
    entra.tokens.refreshTokenLifetime = 0
    await expectRefusal(await post(refreshFields(token)), 700082, grant, 400)
  })

  test('the user was revoked, disabled', async () => {
    const token = await refreshToken()
    tenant.revoke(user)
    await expectRefusal(await post(refreshFields(token)), 50173, grant, 400)
    const other = await refreshToken()
    user.disabled = true
    await expectRefusal(await post(refreshFields(other)), 50057, grant, 400)
  })
})
