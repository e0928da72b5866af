/**
 * One server with a tenant and an app for each test file, and requests to it. Importing it starts the server
 * before the file's tests and stops it after them.
 */
import { createRemoteJWKSet, type JWTPayload, customFetch as joseFetch, jwtVerify } from 'jose'
import { defaultTokens } from './authority.ts'
import { createSelfSigned, type SelfSigned } from './certificates.ts'
import { type TrustingFetch, trustingFetch } from './fetch.ts'
import { type App, type EntraServer, startEntra, type Tenant } from './server.ts'

export const graph = 'https://graph.microsoft.com/.default'
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
export const hour = 60 * 60

export let entra: EntraServer
export let fetch: TrustingFetch
export let tenant: Tenant
export let app: App
export let secret: string
export let certificate: SelfSigned

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
  Object.assign(entra.tokens, defaultTokens)
})

afterAll(async () => {
  fetch.close()
  await entra.close()
})

export type Fields = Record<string, string | undefined>

/** The request that works with the secret, and what is to be different. Undefined removes a field. */
export const fields = (changes: Fields = {}) => ({
  grant_type: 'client_credentials',
  client_id: app.clientId,
  client_secret: secret,
  scope: graph,
  ...changes,
})

export const encoded = (form: Fields) =>
  new URLSearchParams(
    Object.entries(form).filter((field): field is [string, string] => field[1] !== undefined),
  )

interface PostOptions {
  readonly tenant?: string
  readonly headers?: Record<string, string>
  readonly signal?: AbortSignal
}

export function post(form: Fields | string = fields(), options: PostOptions = {}): Promise<Response> {
  return fetch(`${entra.authorityHost}/${options.tenant ?? tenant.id}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...options.headers },
    body: typeof form === 'string' ? form : encoded(form),
    ...(options.signal && { signal: options.signal }),
  })
}

export interface TokenBody {
  readonly access_token: string
  readonly [name: string]: unknown
}

export async function granted(form?: Fields, options?: PostOptions): Promise<JWTPayload> {
  const response = await post(form, options)
  const body = (await response.json()) as TokenBody
  expect(body).toHaveProperty('access_token')
  return (await verified(body.access_token)).payload
}

export function verified(token: string) {
  const url = new URL(`${entra.authorityHost}/${tenant.id}/discovery/v2.0/keys`)
  const keys = createRemoteJWKSet(url, { [joseFetch]: (input, init) => fetch(input, init as object) })
  return jwtVerify(token, keys, {
    issuer: `${entra.authorityHost}/${tenant.id}/v2.0`,
    algorithms: ['RS256'],
  })
}

export const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export async function expectRefusal(response: Response, code: number, error: string, status: number) {
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

export const tokenEndpoint = (name = tenant.id) => `${entra.authorityHost}/${name}/oauth2/v2.0/token`
