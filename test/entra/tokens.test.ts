/** What a granted request gets. */
import {
  app,
  entra,
  fields,
  granted,
  guid,
  hour,
  post,
  secret,
  type TokenBody,
  tenant,
  verified,
} from './fixture.ts'
import { now } from './fixture-assertion.ts'

describe('tokens', () => {
  test('the answer and the claims', async () => {
    const response = await post()
    const body = (await response.json()) as TokenBody
    expect(body).toEqual({
      token_type: 'Bearer',
      expires_in: 3599,
      ext_expires_in: 3599,
      access_token: expect.any(String),
    })
    expect(response.headers.get('cache-control')).toContain('no-store')
    expect(response.headers.get('date')).toBeTruthy()
    expect(response.headers.get('x-ms-request-id')).toMatch(guid)
    const { payload, protectedHeader } = await verified(body.access_token)
    expect(protectedHeader).toEqual({ typ: 'JWT', alg: 'RS256', kid: expect.any(String) })
    expect(payload).toEqual({
      aud: 'https://graph.microsoft.com',
      iss: `${entra.authorityHost}/${tenant.id}/v2.0`,
      iat: expect.any(Number),
      nbf: payload.iat,
      exp: expect.any(Number),
      aio: expect.any(String),
      azp: app.clientId,
      azpacr: '1',
      idtyp: 'app',
      oid: app.objectId,
      rh: expect.any(String),
      roles: ['User.Read.All'],
      sub: app.objectId,
      tid: tenant.id,
      uti: expect.any(String),
      ver: '2.0',
    })
    expect((await granted()).uti).not.toBe(payload.uti)
  })

  test('lifetime, refresh_in and claims are as set', async () => {
    Object.assign(entra.tokens, { lifetime: 60, refreshIn: 30, claims: { name: '\u001b[31m', oid: 7 } })
    const body = (await (await post()).json()) as TokenBody
    expect(body).toMatchObject({ expires_in: 60, ext_expires_in: 60, refresh_in: 30 })
    const { payload } = await verified(body.access_token)
    expect(payload).toMatchObject({ name: '\u001b[31m', oid: 7 })
    expect((payload.exp ?? 0) - now()).toBeLessThanOrEqual(60)
  })

  test.each([
    ['https://database.windows.net/.default', 'https://database.windows.net'],
    ['https://database.windows.net//.default', 'https://database.windows.net/'],
    ['https://management.azure.com/.default', 'https://management.azure.com'],
    ['https://microsoftgraph.chinacloudapi.cn/.default', 'https://microsoftgraph.chinacloudapi.cn'],
    ['00000003-0000-0000-C000-000000000000/.default', '00000003-0000-0000-c000-000000000000'],
    ['api://added/.default', 'api://added'],
  ])('scope %s gives audience %s', async (scope, audience) => {
    tenant.addResource('api://added')
    expect((await granted(fields({ scope }))).aud).toBe(audience)
  })

  test('an app that can handle claims challenges gets a long-lived token', async () => {
    const claims = '{"access_token":{"xms_cc":{"values":["cp1"]}}}'
    const { exp = 0, xms_cc } = await granted(fields({ claims }))
    expect(xms_cc).toEqual(['cp1'])
    expect(exp - now()).toBeGreaterThan(20 * hour)
  })

  test('an app is a resource', async () => {
    expect((await granted(fields({ scope: `api://${app.clientId}/.default` }))).aud).toBe(app.clientId)
  })

  test('names in any case', async () => {
    const shouted = fields({ client_id: app.clientId.toUpperCase() })
    expect((await granted(shouted, { tenant: 'CONTOSO.onmicrosoft.com' })).tid).toBe(tenant.id)
    expect((await granted(shouted, { tenant: tenant.id.toUpperCase() })).tid).toBe(tenant.id)
  })

  test('a second secret, and one that expires later', async () => {
    await granted(fields({ client_secret: app.addSecret() }))
    const later = new Date(Date.now() + 1000 * hour)
    await granted(fields({ client_secret: app.addSecret(undefined, { expires: later }) }))
  })

  test('a made secret looks like one of Entra', () => {
    expect(secret).toMatch(/^[A-Za-z0-9_.~-]{3}8Q~[A-Za-z0-9_.~-]{34}$/)
  })
})
