/** The on-behalf-of flow: an API that calls another with its caller's rights. */
import { decodeJwt } from 'jose'
import { entra, expectRefusal, type Fields, graph, post, tenant } from './fixture.ts'
import { accessToken, tokens, user } from './fixture-user.ts'
import type { App } from './server.ts'
import { sign, signingKey } from './signing-key.ts'

let api: App
let apiSecret: string

beforeAll(() => {
  api = tenant.addApp({ name: 'api', scopes: ['access'], permissions: ['User.Read'] })
  apiSecret = api.addSecret()
  api.consents.grantForAll(['User.Read'])
})

const form = (assertion: string, changes: Fields = {}): Fields => ({
  grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
  client_id: api.clientId,
  client_secret: apiSecret,
  assertion,
  requested_token_use: 'on_behalf_of',
  scope: graph,
  ...changes,
})

const incoming = () => accessToken(`api://${api.clientId}/access`)

test('gives a token for the user, to the API', async () => {
  const body = await tokens(form(await incoming(), { scope: `${graph} openid profile offline_access` }))
  expect(decodeJwt(body.access_token)).toMatchObject({
    aud: 'https://graph.microsoft.com',
    azp: api.clientId,
    azpacr: '1',
    oid: user.objectId,
    scp: 'User.Read',
  })
  const { refresh_token } = body
  await tokens({
    grant_type: 'refresh_token',
    client_id: api.clientId,
    client_secret: apiSecret,
    refresh_token,
  })
})

test('asks for interaction with claims, which a new sign-in satisfies', async () => {
  const policy = tenant.policies.add({ user, app: api, resource: 'https://graph.microsoft.com' })
  const response = await post(form(await incoming()))
  tenant.policies.remove(policy)
  expect(await response.json()).toMatchObject({
    error: 'interaction_required',
    error_codes: [50076],
    claims: expect.stringContaining(policy.id),
  })
})

describe('what is refused', () => {
  const grant = 'invalid_grant'

  test.each([
    ['no secret', 7000218, 'invalid_client', { client_secret: undefined }],
    ['no requested_token_use', 900144, 'invalid_request', { requested_token_use: undefined }],
    ['another requested_token_use', 9002313, 'invalid_request', { requested_token_use: 'x' }],
    ['no scope', 900144, 'invalid_request', { scope: undefined }],
    ['no consent', 65001, grant, { scope: 'Mail.Read' }],
    ['no assertion', 900144, 'invalid_request', { assertion: undefined }],
    ['no token', 50013, grant, { assertion: 'x' }],
  ] as [string, number, string, Fields][])('%s: AADSTS%i', async (_name, code, error, changes) => {
    const response = await post(form(await incoming(), changes))
    expect(await response.json()).toMatchObject({ error, error_codes: [code] })
  })

  test("another API's token", async () => {
    await expectRefusal(await post(form(await accessToken('User.Read'))), 500131, grant, 400)
  })

  test("an app's own token", async () => {
    const scope = `api://${api.clientId}/.default`
    const fields = {
      grant_type: 'client_credentials',
      client_id: api.clientId,
      client_secret: apiSecret,
      scope,
    }
    const body = (await (await post(fields)).json()) as { access_token: string }
    await expectRefusal(await post(form(body.access_token)), 7000114, grant, 400)
  })

  test('an ID token', async () => {
    const claims = { aud: api.clientId, exp: Date.now() / 1000 + 60 }
    await expectRefusal(await post(form(await sign(await signingKey(), claims))), 50013, grant, 400)
  })

  test('an expired token', async () => {
    entra.tokens.lifetime = -1
    const token = await incoming()
    await expectRefusal(await post(form(token)), 500133, grant, 400)
  })

  test('a token of a user who was revoked since', async () => {
    const token = await incoming()
    tenant.revoke(user)
    await expectRefusal(await post(form(token)), 50173, grant, 400)
  })
})
