/** Refusals, with their AADSTS codes, in Entra's shape. */
import { randomUUID } from 'node:crypto'
import {
  app,
  encoded,
  entra,
  expectRefusal,
  fetch,
  fields,
  granted,
  graph,
  guid,
  post,
  tenant,
  tokenEndpoint,
} from './fixture.ts'

describe('requests that are refused', () => {
  test.each([
    ['a wrong secret', 7000215, 'invalid_client', 401, { client_secret: 'wrong' }],
    ['no secret', 7000218, 'invalid_client', 401, { client_secret: undefined }],
    ['an unknown app', 700016, 'unauthorized_client', 400, { client_id: randomUUID() }],
    ['no client_id', 900144, 'invalid_request', 400, { client_id: undefined }],
    ['no grant_type', 900144, 'invalid_request', 400, { grant_type: undefined }],
    ['an unknown grant_type', 70003, 'unsupported_grant_type', 400, { grant_type: 'magic' }],
    ['no scope', 900144, 'invalid_request', 400, { scope: undefined }],
    ['an unknown resource', 500011, 'invalid_resource', 400, { scope: 'https://nowhere.example/.default' }],
    ['no /.default', 1002012, 'invalid_scope', 400, { scope: 'https://graph.microsoft.com/User.Read' }],
    ['two resources', 70011, 'invalid_scope', 400, { scope: `${graph} https://vault.azure.net/.default` }],
    ['no resource', 70011, 'invalid_scope', 400, { scope: '/.default' }],
  ])('%s: AADSTS%i', async (_name, code, error, status, changes) => {
    await expectRefusal(await post(fields(changes)), code, error, status)
  })

  test('the ID of a secret instead of its value', async () => {
    const response = await post(fields({ client_secret: randomUUID() }))
    const body = await expectRefusal(response, 7000215, 'invalid_client', 401)
    expect(body.error_description).toContain('not the client secret ID')
  })

  test('an expired secret', async () => {
    const expired = app.addSecret(undefined, { expires: new Date(Date.now() - 1000) })
    await expectRefusal(await post(fields({ client_secret: expired })), 7000222, 'invalid_client', 401)
  })

  test('a disabled app', async () => {
    const disabled = tenant.addApp()
    const form = fields({ client_id: disabled.clientId, client_secret: disabled.addSecret() })
    await granted(form)
    disabled.disabled = true
    await expectRefusal(await post(form), 7000112, 'unauthorized_client', 400)
  })

  test("another tenant's app", async () => {
    const other = entra.addTenant().id
    await expectRefusal(await post(fields(), { tenant: other }), 700016, 'unauthorized_client', 400)
  })

  test.each([
    ['nowhere.onmicrosoft.com', 90002],
    [randomUUID(), 90002],
    ['common', 50059],
    ['organizations', 50059],
  ])('tenant %s: AADSTS%i', async (name, code) => {
    await expectRefusal(await post(fields(), { tenant: name }), code, 'invalid_request', 400)
  })

  test('a parameter twice', async () => {
    await expectRefusal(await post(`${encoded(fields())}&scope=x`), 9000411, 'invalid_request', 400)
  })

  test('a body of another type', async () => {
    const headers = { 'content-type': 'application/json' }
    await expectRefusal(await post(JSON.stringify(fields()), { headers }), 900144, 'invalid_request', 400)
  })

  test('a GET', async () => {
    await expectRefusal(await fetch(tokenEndpoint()), 900561, 'invalid_request', 400)
  })

  test('a body over 64 KiB', async () => {
    expect((await post(fields({ padding: 'x'.repeat(64 * 1024) }))).status).toBe(413)
  })

  test('an Authorization header that cannot be read', async () => {
    const headers = { authorization: `Basic ${Buffer.from('%zz:x').toString('base64')}` }
    await expectRefusal(
      await post(fields({ client_secret: undefined }), { headers }),
      9002313,
      'invalid_request',
      400,
    )
  })

  test('the correlation ID of the header or the body comes back', async () => {
    const id = randomUUID()
    const headers = { 'client-request-id': id, 'return-client-request-id': 'true' }
    const response = await post(fields({ client_secret: 'wrong' }), { headers })
    expect(response.headers.get('client-request-id')).toBe(id)
    expect(await response.json()).toMatchObject({ correlation_id: id })
    const sent = fields({ client_secret: 'wrong', 'client-request-id': id })
    expect(await (await post(sent)).json()).toMatchObject({ correlation_id: id })
    const invalid = fields({ client_secret: 'wrong', 'client-request-id': '<script>' })
    expect(await (await post(invalid)).json()).toMatchObject({ correlation_id: expect.stringMatching(guid) })
  })
})
