/** The device code flow: codes, polls, and the page where the code is entered. */
import { randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import { encoded, entra, expectRefusal, type Fields, fetch, post, tenant } from './fixture.ts'
import {
  nativeApp,
  refreshFields,
  tokens,
  user,
  userRead,
  visitor,
  webApp,
  webSecret,
} from './fixture-user.ts'

const grantType = 'urn:ietf:params:oauth:grant-type:device_code'

interface DeviceResponse {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
}

beforeEach(() => {
  entra.tokens.deviceCodeInterval = 0
})

function ask(changes: Fields = {}, tenantName = tenant.id): Promise<Response> {
  return fetch(`${entra.authorityHost}/${tenantName}/oauth2/v2.0/devicecode`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: encoded({ client_id: nativeApp.clientId, scope: `${userRead} openid offline_access`, ...changes }),
  })
}

async function start(changes: Fields = {}): Promise<DeviceResponse> {
  return (await (await ask(changes)).json()) as DeviceResponse
}

const poll = (code: string, changes: Fields = {}): Fields => ({
  grant_type: grantType,
  client_id: nativeApp.clientId,
  device_code: code,
  ...changes,
})

describe('a device code', () => {
  test('is approved on the page', async () => {
    const device = await start()
    expect(device).toEqual({
      device_code: expect.stringMatching(/^[\w-]{100,}$/),
      user_code: expect.stringMatching(/^[A-Z2-9]{9}$/),
      verification_uri: `${entra.authorityHost}/common/oauth2/deviceauth`,
      expires_in: 900,
      interval: 0,
      message: `To sign in, use a web browser to open the page ${device.verification_uri} and enter the code ${device.user_code} to authenticate.`,
    })
    await expectRefusal(await post(poll(device.device_code)), 70016, 'authorization_pending', 400)
    const page = await visitor.enterCode(device.verification_uri, ` ${device.user_code.toLowerCase()} `, user)
    expect(page).toMatchObject({
      name: 'message',
      text: expect.stringContaining('You may now close this window'),
    })
    const body = await tokens(poll(device.device_code))
    expect(decodeJwt(body.access_token)).toMatchObject({ oid: user.objectId, azpacr: '0', scp: 'User.Read' })
    await tokens(refreshFields(body.refresh_token))
    await expectRefusal(await post(poll(device.device_code)), 54005, 'invalid_grant', 400)
    expect([entra.count('devicecode'), entra.count('deviceauth')]).toEqual([1, 3])
    expect(entra.deviceCodes.latest?.polls).toHaveLength(3)
  })

  test.each(['device-confirm', 'sign-in', 'consent'])('is declined on the page %s', async (cancelOn) => {
    const { verification_uri, user_code, device_code } = await start()
    const page = await visitor.enterCode(verification_uri, user_code, user, { cancelOn })
    expect(page.name).toBe('message')
    await expectRefusal(await post(poll(device_code)), 65004, 'authorization_declined', 400)
  })

  test("is approved, declined and expired by the test, with MSAL's name of the grant", async () => {
    const approved = await start()
    entra.deviceCodes.approve(approved.user_code, user)
    await tokens(poll(approved.device_code, { grant_type: 'device_code' }))
    const declined = await start()
    entra.deviceCodes.decline(declined.user_code)
    await expectRefusal(await post(poll(declined.device_code)), 65004, 'authorization_declined', 400)
    const expired = await start()
    entra.deviceCodes.expire(expired.user_code)
    await expectRefusal(await post(poll(expired.device_code)), 70020, 'expired_token', 400)
    const page = await visitor.enterCode(expired.verification_uri, expired.user_code, user)
    expect(page).toMatchObject({ name: 'device-code', error: expect.stringContaining('AADSTS70019') })
  })

  test('polled too often makes the server ask for more time', async () => {
    entra.tokens.deviceCodeInterval = 60
    const { device_code, user_code } = await start()
    await expectRefusal(await post(poll(device_code)), 70016, 'authorization_pending', 400)
    await expectRefusal(await post(poll(device_code)), 70016, 'slow_down', 400)
    entra.deviceCodes.approve(user_code, user)
    await expectRefusal(await post(poll(device_code)), 70016, 'slow_down', 400)
    expect(entra.deviceCodes.latest?.interval).toBe(70)
    const [first, second] = entra.requestsOf(grantType)
    expect(first?.endedAt).toBeLessThanOrEqual(second?.at ?? 0)
  })

  test('of a user with a second factor', async () => {
    user.mfa = true
    const { verification_uri, user_code, device_code } = await start()
    await visitor.enterCode(verification_uri, user_code, user)
    await tokens(poll(device_code))
  })

  test('of an app without public client flows needs a credential', async () => {
    const { device_code, user_code } = await start({ client_id: webApp.clientId })
    entra.deviceCodes.approve(user_code, user)
    const form = poll(device_code, { client_id: webApp.clientId })
    await expectRefusal(await post(form), 7000218, 'invalid_client', 401)
    await tokens({ ...form, client_secret: webSecret })
  })
})

describe('what is refused', () => {
  test.each([
    ['an unknown app', 700016, 'unauthorized_client', { client_id: randomUUID() }],
    ['no scope', 900144, 'invalid_request', { scope: undefined }],
    ['an unknown resource', 500011, 'invalid_resource', { scope: 'https://nowhere.example/x' }],
  ] as [string, number, string, Fields][])('%s: AADSTS%i', async (_name, code, error, changes) => {
    await expectRefusal(await ask(changes), code, error, 400)
  })

  test('faults are of one endpoint', async () => {
    entra.fault({ kind: 'status', status: 503 }, 1, 'devicecode')
    expect((await post()).status).toBe(200)
    expect((await ask()).status).toBe(503)
    expect((await ask()).status).toBe(200)
  })

  test('common, for an app of one tenant', async () => {
    await expectRefusal(await ask({}, 'common'), 50194, 'invalid_request', 400)
  })

  test("an unknown device code, another app's, and a secret of a public client", async () => {
    await expectRefusal(await post(poll('x')), 70018, 'bad_verification_code', 400)
    const { device_code } = await start()
    const other = poll(device_code, { client_id: webApp.clientId, client_secret: webSecret })
    await expectRefusal(await post(other), 70018, 'bad_verification_code', 400)
    await expectRefusal(await post(poll(device_code, { client_secret: 'x' })), 700025, 'invalid_client', 401)
  })

  test('a wrong user code, on the page', async () => {
    const { verification_uri } = await start()
    const page = await visitor.enterCode(verification_uri, 'WRONG', user)
    expect(page).toMatchObject({ name: 'device-code', error: expect.stringContaining('AADSTS70018') })
  })
})
