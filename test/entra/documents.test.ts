/** The public documents. */
import { entra, fetch, guid, tenant, tokenEndpoint } from './fixture.ts'

describe('documents', () => {
  const get = (path: string) => fetch(`${entra.authorityHost}${path}`)

  test('a domain is answered with the GUID', async () => {
    const response = await get('/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration')
    expect(await response.json()).toMatchObject({
      issuer: `${entra.authorityHost}/${tenant.id}/v2.0`,
      token_endpoint: tokenEndpoint(),
    })
  })

  test.each(['common', 'organizations'])('%s has a template for issuer', async (name) => {
    const issuer = `${entra.authorityHost}/{tenantid}/v2.0`
    const configuration = await get(`/${name}/v2.0/.well-known/openid-configuration`)
    expect(await configuration.json()).toMatchObject({ issuer })
    const keys = await get(`/${name}/discovery/v2.0/keys`)
    expect(await keys.json()).toMatchObject({ keys: [{ issuer, kty: 'RSA', use: 'sig' }] })
  })

  test.each(['/v2.0/.well-known/openid-configuration', '/discovery/v2.0/keys'])(
    'an unknown tenant: %s',
    async (path) => {
      await expectDocumentRefusal(await get(`/nowhere.example${path}`), 90002)
    },
  )

  test('instance discovery knows this host only', async () => {
    const ask = (endpoint: string) =>
      get(`/common/discovery/instance?api-version=1.1&authorization_endpoint=${encodeURIComponent(endpoint)}`)
    const { host } = new URL(entra.authorityHost)
    const known = await ask(`${entra.authorityHost}/${tenant.id}/oauth2/v2.0/authorize`)
    expect(await known.json()).toEqual({
      tenant_discovery_endpoint: `${entra.authorityHost}/${tenant.id}/v2.0/.well-known/openid-configuration`,
      'api-version': '1.1',
      metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
    })
    await expectDocumentRefusal(await ask('https://evil.example/common'), 50049)
  })

  test('other paths and methods', async () => {
    expect((await get('/')).status).toBe(404)
    expect((await get('//')).status).toBe(404)
    const keys = `${entra.authorityHost}/${tenant.id}/discovery/v2.0/keys`
    expect((await fetch(keys, { method: 'POST' })).status).toBe(405)
  })

  async function expectDocumentRefusal(response: Response, code: number) {
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      error_codes: [code],
      trace_id: expect.stringMatching(guid),
    })
  }
})
