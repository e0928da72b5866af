/** The Entra server for tests, checked by independent clients and by hand. */
import { spawn } from 'node:child_process'
import { createHmac, randomUUID, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ConfidentialClientApplication, type INetworkModule } from '@azure/msal-node'
import { build } from 'esbuild'
import {
  createRemoteJWKSet,
  importPKCS8,
  type JWTPayload,
  customFetch as joseFetch,
  jwtVerify,
  SignJWT,
} from 'jose'
import * as oidc from 'openid-client'
import { createSelfSigned, type SelfSigned } from './entra/certificates.ts'
import { type TrustingFetch, trustingFetch } from './entra/fetch.ts'
import { type App, type EntraServer, startEntra, type Tenant } from './entra/server.ts'
import { thumbprint } from './entra/thumbprint.ts'

const graph = 'https://graph.microsoft.com/.default'
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const hour = 60 * 60

let entra: EntraServer
let fetch: TrustingFetch
let tenant: Tenant
let app: App
let secret: string
let certificate: SelfSigned

beforeAll(async () => {
  entra = await startEntra()
  fetch = trustingFetch(entra.caFile)
  tenant = entra.addTenant({ domains: ['contoso.onmicrosoft.com'] })
  app = tenant.addApp({ roles: ['User.Read.All'] })
  secret = app.addSecret()
  certificate = await createSelfSigned()
  app.addCertificate(certificate.certificatePem)
})

afterEach(() => {
  entra.clearFaults()
  entra.resetCounts()
  Object.assign(entra.tokens, { lifetime: 3599, refreshIn: undefined, claims: undefined })
})

afterAll(async () => {
  fetch.close()
  await entra.close()
})

type Fields = Record<string, string | undefined>

/** The request that works with the secret, and what is to be different. Undefined removes a field. */
const fields = (changes: Fields = {}) => ({
  grant_type: 'client_credentials',
  client_id: app.clientId,
  client_secret: secret,
  scope: graph,
  ...changes,
})

const encoded = (form: Fields) =>
  new URLSearchParams(
    Object.entries(form).filter((field): field is [string, string] => field[1] !== undefined),
  )

interface PostOptions {
  readonly tenant?: string
  readonly headers?: Record<string, string>
  readonly signal?: AbortSignal
}

function post(form: Fields | string = fields(), options: PostOptions = {}): Promise<Response> {
  return fetch(`${entra.authorityHost}/${options.tenant ?? tenant.id}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...options.headers },
    body: typeof form === 'string' ? form : encoded(form),
    ...(options.signal && { signal: options.signal }),
  })
}

interface TokenBody {
  readonly access_token: string
  readonly [name: string]: unknown
}

async function granted(form?: Fields, options?: PostOptions): Promise<JWTPayload> {
  const response = await post(form, options)
  const body = (await response.json()) as TokenBody
  expect(body).toHaveProperty('access_token')
  return (await verified(body.access_token)).payload
}

function verified(token: string) {
  const url = new URL(`${entra.authorityHost}/${tenant.id}/discovery/v2.0/keys`)
  const keys = createRemoteJWKSet(url, { [joseFetch]: (input, init) => fetch(input, init as object) })
  return jwtVerify(token, keys, {
    issuer: `${entra.authorityHost}/${tenant.id}/v2.0`,
    algorithms: ['RS256'],
  })
}

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

async function expectRefusal(response: Response, code: number, error: string, status: number) {
  const body = (await response.json()) as Record<string, string>
  expect(body).toEqual({
    error,
    error_description: expect.stringMatching(
      new RegExp(`^AADSTS${code}: .+ Trace ID: .+ Correlation ID: .+ Timestamp: \\d{4}-.+Z$`, 's'),
    ),
    error_codes: [code],
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/),
    trace_id: expect.stringMatching(guid),
    correlation_id: expect.stringMatching(guid),
    error_uri: `${entra.authorityHost}/error?code=${code}`,
  })
  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(response.headers.get('cache-control')).toContain('no-store')
  expect(response.headers.get('x-ms-request-id')).toBe(body.trace_id)
  return body
}

const now = () => Math.floor(Date.now() / 1000)

const tokenEndpoint = (name = tenant.id) => `${entra.authorityHost}/${name}/oauth2/v2.0/token`

interface AssertionChanges {
  readonly claims?: Record<string, unknown>
  readonly header?: Record<string, unknown>
  readonly key?: SelfSigned
}

/** A good assertion, but for the changes. Undefined removes a claim or a header parameter. */
async function assertion({ claims, header, key = certificate }: AssertionChanges = {}): Promise<string> {
  const all = {
    alg: 'PS256',
    typ: 'JWT',
    'x5t#S256': thumbprint(key.x509, 'x5t#S256'),
    ...header,
  }
  const payload = {
    aud: tokenEndpoint(),
    iss: app.clientId,
    sub: app.clientId,
    jti: randomUUID(),
    nbf: now(),
    exp: now() + 600,
    ...claims,
  }
  if (all.alg === 'none' || all.alg === 'HS256') return forged(all, payload)
  return new SignJWT(payload).setProtectedHeader(all).sign(await importPKCS8(key.privateKeyPem, all.alg))
}

/** What a library refuses to sign: no signature, or the public certificate as an HMAC key. */
function forged(header: { alg: string }, payload: object): string {
  const input = [header, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  if (header.alg === 'none') return `${input}.`
  return `${input}.${createHmac('sha256', certificate.certificatePem).update(input).digest('base64url')}`
}

async function withAssertion(changes: AssertionChanges = {}, other: Fields = {}): Promise<Fields> {
  return fields({
    client_secret: undefined,
    client_assertion_type: assertionType,
    client_assertion: await assertion(changes),
    ...other,
  })
}

describe('openid-client', () => {
  const discover = (clientAuth: oidc.ClientAuth) =>
    oidc.discovery(new URL(`${entra.authorityHost}/${tenant.id}/v2.0`), app.clientId, {}, clientAuth, {
      [oidc.customFetch]: (url, init) => fetch(url, init as object),
    })

  const grantWith = async (clientAuth: oidc.ClientAuth) => {
    const tokens = await oidc.clientCredentialsGrant(await discover(clientAuth), { scope: graph })
    return (await verified(tokens.access_token)).payload
  }

  test('a secret in the body', async () => {
    expect((await grantWith(oidc.ClientSecretPost(secret))).azpacr).toBe('1')
  })

  test('a secret as HTTP Basic', async () => {
    const special = app.addSecret('a+b %:ü~&=')
    expect((await grantWith(oidc.ClientSecretBasic(special))).azpacr).toBe('1')
  })

  test.each(['PS256', 'RS256'])('an assertion, %s', async (algorithm) => {
    const key = await importPKCS8(certificate.privateKeyPem, algorithm)
    const options: oidc.ModifyAssertionOptions = {
      [oidc.modifyAssertion]: (header, payload) => {
        header['x5t#S256'] = thumbprint(certificate.x509, 'x5t#S256')
        payload.aud = tokenEndpoint()
      },
    }
    expect((await grantWith(oidc.PrivateKeyJwt(key, options))).azpacr).toBe('2')
  })

  test('a wrong secret as HTTP Basic is told the scheme', async () => {
    const denied = grantWith(oidc.ClientSecretBasic('wrong'))
    await expect(denied).rejects.toBeInstanceOf(oidc.WWWAuthenticateChallengeError)
  })

  test('a wrong secret in the body', async () => {
    await expect(grantWith(oidc.ClientSecretPost('wrong'))).rejects.toMatchObject({ error: 'invalid_client' })
  })
})

describe('msal-node', () => {
  const networkClient: INetworkModule = {
    sendGetRequestAsync: (url, options) => send(url, { ...options, method: 'GET' }),
    sendPostRequestAsync: (url, options) => send(url, { ...options, method: 'POST' }),
  }

  async function send<T>(url: string, init: object) {
    const response = await fetch(url, init)
    return {
      headers: Object.fromEntries(response.headers),
      body: (await response.json()) as T,
      status: response.status,
    }
  }

  const client = (credential: object, authority = tenant.id) =>
    new ConfidentialClientApplication({
      auth: {
        clientId: app.clientId,
        authority: `${entra.authorityHost}/${authority}`,
        knownAuthorities: [new URL(entra.authorityHost).host],
        ...credential,
      },
      system: { networkClient },
    })

  const acquire = async (credential: object, authority?: string) => {
    const result = await client(credential, authority).acquireTokenByClientCredential({ scopes: [graph] })
    return (await verified(result?.accessToken ?? '')).payload
  }

  test('a secret, the tenant by its domain', async () => {
    expect((await acquire({ clientSecret: secret }, 'contoso.onmicrosoft.com')).tid).toBe(tenant.id)
    expect(entra.count('token')).toBe(1)
  })

  test.each([
    ['SHA-256', 'thumbprintSha256', 'fingerprint256'],
    ['SHA-1', 'thumbprint', 'fingerprint'],
  ] as const)('a certificate by %s thumbprint', async (_name, option, fingerprint) => {
    const clientCertificate = {
      [option]: certificate.x509[fingerprint].replaceAll(':', ''),
      privateKey: certificate.privateKeyPem,
      x5c: certificate.certificatePem,
    }
    expect((await acquire({ clientCertificate })).azpacr).toBe('2')
  })

  test('a refusal', async () => {
    const denied = acquire({ clientSecret: randomUUID() })
    await expect(denied).rejects.toMatchObject({ errorCode: 'invalid_client', errorNo: '7000215' })
  })
})

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

describe('assertions that are taken', () => {
  test.each([
    ['RS256 with x5t', () => ({ header: { alg: 'RS256', 'x5t#S256': undefined, x5t: sha1() } })],
    ['both thumbprints', () => ({ header: { x5t: sha1() } })],
    ['aud is the issuer', () => ({ claims: { aud: `${entra.authorityHost}/${tenant.id}/v2.0` } })],
    ['aud names the domain', () => ({ claims: { aud: tokenEndpoint('contoso.onmicrosoft.com') } })],
    ['nbf a little ahead', () => ({ claims: { nbf: now() + 240 } })],
    ['no nbf', () => ({ claims: { nbf: undefined } })],
  ] as [string, () => AssertionChanges][])('%s', async (_name, changes) => {
    expect((await granted(await withAssertion(changes()))).azpacr).toBe('2')
  })

  test('the same jti again', async () => {
    const form = await withAssertion()
    await granted(form)
    await granted(form)
  })

  test('a certificate registered as DER', async () => {
    const key = await createSelfSigned({ subject: 'CN=second, O=Contoso', bits: 3072 })
    app.addCertificate(key.x509.raw)
    await granted(await withAssertion({ key }))
  })

  const sha1 = () => thumbprint(certificate.x509, 'x5t')
})

describe('assertions that are refused', () => {
  const request = 'invalid_request'
  const client = 'invalid_client'

  test.each([
    ['no thumbprint', 5002723, request, { header: { 'x5t#S256': undefined } }],
    ['an unknown thumbprint', 700027, client, { header: { 'x5t#S256': 'AAAA' } }],
    ['an unknown SHA-1 thumbprint', 700027, client, { header: { x5t: 'AAAA' } }],
    ['alg none', 5002738, request, { header: { alg: 'none' } }],
    ['HS256 with the certificate as the key', 5002738, request, { header: { alg: 'HS256' } }],
    ['RS512', 5002738, request, { header: { alg: 'RS512' } }],
    ['expired', 700024, client, { claims: { exp: -1 } }],
    ['exp more than a day ahead', 700024, client, { claims: { exp: 25 * hour } }],
    ['nbf in the future', 700024, client, { claims: { nbf: hour, exp: 2 * hour } }],
    ['no exp', 50027, request, { claims: { exp: undefined } }],
    ['exp is text', 50027, request, { claims: { exp: 'soon' } }],
    ['no jti', 50027, request, { claims: { jti: undefined } }],
    ['another aud', 700023, client, { claims: { aud: 'https://login.microsoftonline.com' } }],
    ['no aud', 700023, client, { claims: { aud: undefined } }],
    ['iss is not sub', 50048, client, { claims: { sub: randomUUID() } }],
    ['iss and sub of another app', 700021, client, { claims: { iss: 'x', sub: 'x' } }],
  ] as [string, number, string, AssertionChanges][])('%s: AADSTS%i', async (_name, code, error, changes) => {
    // Times in the table are from now on, since the table is made long before its tests run.
    const claims = Object.entries(changes.claims ?? {}).map(([name, value]) => [
      name,
      typeof value === 'number' ? now() + value : value,
    ])
    const form = await withAssertion({ ...changes, claims: Object.fromEntries(claims) })
    await expectRefusal(await post(form), code, error, error === client ? 401 : 400)
  })

  test("another tenant's aud", async () => {
    const aud = tokenEndpoint(entra.addTenant().id)
    await expectRefusal(await post(await withAssertion({ claims: { aud } })), 700023, client, 401)
  })

  test('a thumbprint that is not registered is named', async () => {
    const key = await createSelfSigned()
    const body = await expectRefusal(await post(await withAssertion({ key })), 700027, client, 401)
    expect(body.error_description).toContain(key.x509.fingerprint256.replaceAll(':', ''))
  })

  test('the right thumbprint but another key', async () => {
    const key = await createSelfSigned()
    const header = { 'x5t#S256': thumbprint(certificate.x509, 'x5t#S256') }
    const body = await expectRefusal(await post(await withAssertion({ key, header })), 700027, client, 401)
    expect(body.error_description).toContain('failed')
  })

  test('a changed payload', async () => {
    const [header, , signature] = (await assertion()).split('.')
    const payload = (await assertion({ claims: { jti: 'other' } })).split('.')[1]
    const form = await withAssertion({}, { client_assertion: `${header}.${payload}.${signature}` })
    await expectRefusal(await post(form), 700027, client, 401)
  })

  test('thumbprints of two certificates', async () => {
    const key = await createSelfSigned()
    app.addCertificate(key.certificatePem)
    const header = { x5t: thumbprint(certificate.x509, 'x5t') }
    await expectRefusal(await post(await withAssertion({ key, header })), 50027, request, 400)
  })

  test.each([
    ['expired', { notAfter: new Date(Date.now() - 1000) }],
    ['not yet valid', { notBefore: new Date(Date.now() + 1000 * hour) }],
  ])('a certificate %s', async (reason, validity) => {
    const key = await createSelfSigned(validity)
    app.addCertificate(key.certificatePem)
    const body = await expectRefusal(await post(await withAssertion({ key })), 700027, client, 401)
    expect(body.error_description).toContain(`The key used is ${reason}`)
  })

  test('an EC certificate', async () => {
    const key = await createSelfSigned({ ec: true })
    app.addCertificate(key.certificatePem)
    const form = await withAssertion({ key, header: { alg: 'ES256' } })
    await expectRefusal(await post(form), 5002730, request, 400)
  })

  test('an RSA key below 2048 bits', async () => {
    const key = await createSelfSigned({ bits: 1024 })
    app.addCertificate(key.certificatePem)
    // jose does not sign with so short a key.
    const input = (
      await assertion({ header: { 'x5t#S256': thumbprint(key.x509, 'x5t#S256'), alg: 'RS256' } })
    )
      .split('.')
      .slice(0, 2)
      .join('.')
    const signature = sign('sha256', Buffer.from(input), key.privateKeyPem).toString('base64url')
    const form = await withAssertion({}, { client_assertion: `${input}.${signature}` })
    await expectRefusal(await post(form), 5002730, request, 400)
  })

  test.each([
    ['not a JWT', 50027, { client_assertion: 'abc' }],
    ['no assertion type', 900144, { client_assertion_type: undefined }],
    ['another assertion type', 9002313, { client_assertion_type: 'jwt' }],
    ['a secret besides', 9002313, { client_secret: 'x' }],
  ])('%s: AADSTS%i', async (_name, code, changes) => {
    await expectRefusal(await post(await withAssertion({}, changes)), code, request, 400)
  })
})

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

describe('faults', () => {
  test('a status, for as many requests as said, and then no more', async () => {
    entra.fault({ kind: 'status', status: 429, headers: { 'retry-after': '7' }, body: '{}' }, 2)
    for (const _ of [1, 2]) {
      const response = await post()
      expect(response.status).toBe(429)
      expect(response.headers.get('retry-after')).toBe('7')
      expect(await response.text()).toBe('{}')
    }
    await granted()
  })

  test('faults wait in line, and metadata has none', async () => {
    entra.fault({ kind: 'status', status: 503, body: '<html>', contentType: 'text/html' })
    entra.fault({ kind: 'json', body: { token_type: 'Bearer', access_token: 7 } })
    entra.fault({ kind: 'json', body: [], status: 201 })
    expect((await fetch(`${entra.authorityHost}/common/discovery/v2.0/keys`)).status).toBe(200)
    const html = await post()
    expect([html.status, html.headers.get('content-type'), await html.text()]).toEqual([
      503,
      'text/html',
      '<html>',
    ])
    expect(await (await post()).json()).toEqual({ token_type: 'Bearer', access_token: 7 })
    const created = await post()
    expect([created.status, await created.json()]).toEqual([201, []])
  })

  test('delay', async () => {
    entra.fault({ kind: 'delay', milliseconds: 300 })
    const start = performance.now()
    await granted()
    expect(performance.now() - start).toBeGreaterThanOrEqual(290)
  })

  test('hold, until release', async () => {
    entra.fault({ kind: 'hold' }, 2)
    const held = [granted(), granted()]
    await expect(Promise.race([...held, pause(200)])).resolves.toBe('still waiting')
    entra.release()
    await Promise.all(held)
  })

  test('hold, until the client has enough', async () => {
    entra.fault({ kind: 'hold' })
    await expect(post(fields(), { signal: AbortSignal.timeout(200) })).rejects.toThrow(/abort/i)
    expect(entra.requests[0]?.status).toBe(0)
    await granted()
  })

  test('clearFaults lets held requests go', async () => {
    entra.fault({ kind: 'hold' }, 5)
    const hold = entra.holdNextTokenRequest()
    const held = granted()
    await hold.arrived
    entra.clearFaults()
    await held
    await granted()
  })

  test('holdNextTokenRequest', async () => {
    const hold = entra.holdNextTokenRequest()
    const held = granted()
    await hold.arrived
    expect(entra.count('token')).toBe(1)
    await granted()
    await expect(Promise.race([held, pause(100)])).resolves.toBe('still waiting')
    hold.release()
    await held
  })

  test.each(['cut', 'reset'] as const)('%s', async (kind) => {
    entra.fault({ kind })
    await expect(post()).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(entra.requests[0]?.status).toBe(kind === 'cut' ? 200 : 0)
    await granted()
  })

  test('drip: one byte a second', async () => {
    entra.fault({ kind: 'drip' })
    const chunks = await chunksWithin(1500)
    expect(chunks.map(String)).toEqual(['{', '"'])
  })

  test('huge: so many bytes', async () => {
    entra.fault({ kind: 'huge', bytes: 3_000_000 })
    const body = (await (await post()).json()) as TokenBody
    expect(body.access_token).toHaveLength(3_000_000)
  })

  test('huge: without end', async () => {
    entra.fault({ kind: 'huge', bytes: Number.POSITIVE_INFINITY })
    const length = (await chunksWithin(500)).reduce((sum, chunk) => sum + chunk.length, 0)
    expect(length).toBeGreaterThan(1_000_000)
    await granted()
  })

  const pause = (milliseconds: number) =>
    new Promise<string>((resolve) => setTimeout(resolve, milliseconds, 'still waiting'))

  /** The pieces of the answer's body that come in this time, after which the client hangs up. */
  async function chunksWithin(milliseconds: number): Promise<Buffer[]> {
    const { readFile } = await import('node:fs/promises')
    const chunks: Buffer[] = []
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const request = httpsRequest(tokenEndpoint(), {
      method: 'POST',
      headers,
      ca: await readFile(entra.caFile),
    })
    request.on('error', () => {})
    request.on('response', (response) =>
      response.on('error', () => {}).on('data', (chunk) => chunks.push(chunk)),
    )
    request.end(encoded(fields()).toString())
    await once(request, 'response')
    await pause(milliseconds)
    request.destroy()
    return chunks
  }
})

describe('what is recorded', () => {
  test('requests and counts by kind', async () => {
    const { id } = tenant
    await fetch(`${entra.authorityHost}/${id}/v2.0/.well-known/openid-configuration`)
    await fetch(`${entra.authorityHost}/${id}/discovery/v2.0/keys`)
    await fetch(`${entra.authorityHost}/common/discovery/instance`)
    await fetch(`${entra.authorityHost}/nothing`)
    await post(fields(), { tenant: 'contoso.onmicrosoft.com', headers: { 'x-test': 'yes' } })
    await post(fields({ client_secret: 'wrong' }), { tenant: 'nowhere' })
    const kinds = ['token', 'openid-configuration', 'keys', 'instance', undefined] as const
    expect(kinds.map((kind) => entra.count(kind))).toEqual([2, 1, 1, 1, 6])
    expect(entra.requests.map(({ status }) => status)).toEqual([200, 200, 200, 404, 200, 400])
    expect(entra.requests[4]).toMatchObject({
      method: 'POST',
      path: '/contoso.onmicrosoft.com/oauth2/v2.0/token',
      tenant: id,
      headers: { 'x-test': 'yes' },
      form: fields(),
      status: 200,
    })
    expect(entra.requests[5]?.tenant).toBe('nowhere')
    entra.resetCounts()
    expect([entra.count(), entra.count('token'), entra.requests.length]).toEqual([0, 0, 0])
  })
})

describe('starting and stopping', () => {
  test('a given directory stays, and a held request does not keep the server', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'entra-test-'))
    try {
      const other = await startEntra({ directory })
      expect(other.caFile).toBe(join(directory, 'ca.pem'))
      const hold = other.holdNextTokenRequest()
      const client = trustingFetch(other.caFile)
      const url = `${other.authorityHost}/x/oauth2/v2.0/token`
      const held = expect(client(url, { method: 'POST' })).rejects.toMatchObject({ code: 'ECONNRESET' })
      await hold.arrived
      await other.close()
      await held
      client.close()
      expect((await stat(other.caFile)).isFile()).toBe(true)
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  test('the directory it made is private, and goes', async () => {
    const other = await startEntra()
    const directory = join(other.caFile, '..')
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    await other.close()
    await expect(stat(directory)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('a client that does not trust the CA is not served', async () => {
    await expect(globalThis.fetch(tokenEndpoint())).rejects.toThrow('fetch failed')
    expect(entra.count()).toBe(0)
  })
})

describe('the demo program', () => {
  let directory: string
  let program: string

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'entra-demo-'))
    program = join(directory, 'entra.cjs')
    await build({
      entryPoints: [new URL('./entra/main.ts', import.meta.url).pathname],
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      outfile: program,
    })
  })

  afterAll(() => rm(directory, { recursive: true }))

  /** No PATH: the program must not need any other. */
  const start = () => {
    const child = spawn(process.execPath, [program], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { TMPDIR: directory },
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const read = async () => JSON.parse((await lines.next()).value ?? 'null')
    const ask = (line: string) => {
      child.stdin.write(`${line}\n`)
      return read()
    }
    return { child, read, ask }
  }

  test('says where it is, takes commands, and ends with stdin', async () => {
    const { child, read, ask } = start()
    const demo = await read()
    const client = trustingFetch(demo.caFile)
    const url = `${demo.authorityHost}/${demo.tenantId}/oauth2/v2.0/token`
    const send = async (form: Fields) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const response = await client(url, { method: 'POST', headers, body: encoded(form) })
      return response.json()
    }
    const common = { grant_type: 'client_credentials', client_id: demo.clientId, scope: graph }
    expect(await send({ ...common, client_secret: demo.clientSecret })).toHaveProperty('access_token')
    expect(await ask('{"count":"token"}')).toEqual({ count: 1 })
    const added = await ask(JSON.stringify({ addCertificate: certificate.certificatePem }))
    expect(added).toEqual({ addCertificate: certificate.x509.fingerprint256 })
    const claims = { aud: url, iss: demo.clientId, sub: demo.clientId }
    const signed = { client_assertion_type: assertionType, client_assertion: await assertion({ claims }) }
    expect(await send({ ...common, ...signed })).toHaveProperty('access_token')
    for (const line of ['nonsense', 'null', '{}', '{"addCertificate":"x"}']) {
      expect(await ask(line)).toEqual({ error: expect.any(String) })
    }
    client.close()
    child.stdin.end()
    expect(await once(child, 'exit')).toEqual([0, null])
    await expect(stat(demo.caFile)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('ends with SIGTERM', async () => {
    const { child, read } = start()
    await read()
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})
