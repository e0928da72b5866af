/**
 * The endpoints that hand out a machine's identity, on loopback, each by its own protocol. Nothing here or in a test
 * may reach 169.254.169.254: the environment points the program here.
 */
import { createHash, randomUUID, X509Certificate } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createSelfSigned } from '../entra/certificates.ts'
import type { Env } from './cli.ts'

export type HostKind =
  | 'imds'
  | 'app-service'
  | 'service-fabric'
  | 'machine-learning'
  | 'cloud-shell'
  | 'azure-arc'
  | 'gcp'

export interface AskedIdentity {
  readonly resource: string
  readonly clientId: string | undefined
  readonly objectId: string | undefined
  readonly resourceId: string | undefined
}

export interface EndpointOptions {
  /** The token for a request; undefined where there is no such identity. */
  readonly token: (asked: AskedIdentity) => Promise<string | undefined>
  /** Where Azure Arc's agent keeps its keys. */
  readonly arcKey?: { readonly path: string; readonly content: string }
}

export interface IdentityEndpoint {
  /** What the host puts into the environment. */
  readonly env: Env
  /** The secret header of this host: nothing may show it. */
  readonly header: string
  readonly requests: readonly { readonly method: string; readonly url: string }[]
  /** Answers the next requests with this status, and no token. */
  fail(status: number, times: number, body?: string): void
  close(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly body: object | string
  readonly headers?: Record<string, string>
}

const hour = 3600
const seconds = () => Math.floor(Date.now() / 1000)

export async function startIdentityEndpoint(
  kind: HostKind,
  { token, arcKey }: EndpointOptions,
): Promise<IdentityEndpoint> {
  const header = `canary-header-${randomUUID()}`
  const requests: { method: string; url: string }[] = []
  const failures: Answer[] = []
  const tls = kind === 'service-fabric' ? await createSelfSigned({ subject: 'CN=localhost' }) : undefined
  const server = tls ? createTlsServer({ key: tls.privateKeyPem, cert: tls.certificatePem }) : createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const url = `${tls ? 'https' : 'http'}://${host}`

  server.on('request', async (request: IncomingMessage, response: ServerResponse) => {
    requests.push({ method: request.method ?? '', url: request.url ?? '' })
    const form = new URLSearchParams(await bodyOf(request))
    const query = new URL(request.url ?? '/', url).searchParams
    const answer = failures.shift() ?? (await answers[kind](request, query, form))
    response.writeHead(answer.status, { 'Content-Type': 'application/json', ...answer.headers })
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
  })

  /** What is common to all: the token for what is asked, or the refusal of an identity that is not there. */
  async function grant(asked: AskedIdentity, shape: (token: string) => object): Promise<Answer> {
    const found = await token(asked)
    return found === undefined
      ? { status: 400, body: { error: 'invalid_request', error_description: 'Identity not found' } }
      : { status: 200, body: shape(found) }
  }

  const asks = (query: URLSearchParams, names: readonly [string, string, string]): AskedIdentity => ({
    resource: query.get('resource') ?? '',
    clientId: query.get(names[0]) ?? undefined,
    objectId: query.get(names[1]) ?? undefined,
    resourceId: query.get(names[2]) ?? undefined,
  })
  const refusal = (text: string): Answer => ({
    status: 400,
    body: { error: 'invalid_request', error_description: text },
  })

  const answers: Record<
    HostKind,
    (request: IncomingMessage, query: URLSearchParams, form: URLSearchParams) => Promise<Answer>
  > = {
    imds: async (request, query) => {
      const path = new URL(request.url ?? '', url).pathname.replace(/\/$/, '')
      if (request.headers.metadata !== 'true') return refusal('Required metadata header not specified')
      if (path !== '/metadata/identity/oauth2/token' || query.get('api-version') !== '2018-02-01')
        return refusal('Bad request')
      return grant(asks(query, ['client_id', 'object_id', 'msi_res_id']), (access_token) => ({
        access_token,
        expires_in: String(24 * hour),
        expires_on: String(seconds() + 24 * hour),
        not_before: String(seconds()),
        resource: query.get('resource'),
        token_type: 'Bearer',
      }))
    },
    'app-service': async (request, query) => {
      if (request.headers['x-identity-header'] !== header || query.get('api-version') !== '2019-08-01')
        return { status: 401, body: { statusCode: 401, message: 'Unauthorized' } }
      return grant(asks(query, ['client_id', 'object_id', 'mi_res_id']), (access_token) => ({
        access_token,
        expires_on: String(seconds() + 24 * hour),
        resource: query.get('resource'),
        token_type: 'Bearer',
      }))
    },
    'service-fabric': async (request, query) => {
      if (request.headers.secret !== header || query.get('api-version') !== '2019-07-01-preview')
        return {
          status: 401,
          body: { error: { code: 'SecretHeaderNotFound', message: 'Secret is not found' } },
        }
      return grant(asks(query, ['client_id', 'object_id', 'mi_res_id']), (access_token) => ({
        access_token,
        expires_on: seconds() + 24 * hour,
        resource: query.get('resource'),
        token_type: 'Bearer',
      }))
    },
    'machine-learning': async (request, query) => {
      if (request.headers.secret !== header || query.get('api-version') !== '2017-09-01')
        return { status: 401, body: 'Unauthorized' }
      return grant(asks(query, ['clientid', 'none', 'none']), (access_token) => ({
        access_token,
        // A date in words, as App Service once wrote them.
        expires_on: new Date((seconds() + 24 * hour) * 1000)
          .toLocaleString('en-US', { timeZone: 'UTC' })
          .concat(' +00:00')
          .replace(',', ''),
        resource: query.get('resource'),
        token_type: 'Bearer',
      }))
    },
    'cloud-shell': async (request, _, form) => {
      if (request.method !== 'POST' || request.headers.metadata !== 'true') return refusal('Bad request')
      return grant(asks(form, ['none', 'none', 'none']), (access_token) => ({
        access_token,
        expires_in: String(hour),
        expires_on: String(seconds() + hour),
        resource: form.get('resource'),
        token_type: 'Bearer',
      }))
    },
    'azure-arc': async (request, query) => {
      const { path, content } = arcKey as { path: string; content: string }
      if (request.headers.metadata !== 'true' || query.get('api-version') !== '2020-06-01')
        return refusal('Bad request')
      if (request.headers.authorization !== `Basic ${content}`)
        return {
          status: 401,
          body: { error: 'unauthorized_client' },
          headers: { 'WWW-Authenticate': `Basic realm=${path}` },
        }
      return grant(asks(query, ['client_id', 'object_id', 'msi_res_id']), (access_token) => ({
        access_token,
        expires_in: String(24 * hour),
        expires_on: String(seconds() + 24 * hour),
        resource: query.get('resource'),
        token_type: 'Bearer',
        ...(query.get('client_id') && { client_id: query.get('client_id') }),
      }))
    },
    gcp: async (request, query) => {
      const { pathname } = new URL(request.url ?? '', url)
      if (request.headers['metadata-flavor'] !== 'Google') return { status: 403, body: 'Forbidden' }
      if (pathname !== '/computeMetadata/v1/instance/service-accounts/default/identity')
        return { status: 404, body: 'Not Found' }
      const asked = { resource: query.get('audience') ?? '', clientId: undefined, objectId: undefined }
      const found = await token({ ...asked, resourceId: undefined })
      return { status: 200, body: `${found}\n`, headers: { 'Content-Type': 'text/html' } }
    },
  }

  const thumbprint = tls
    ? createHash('sha1').update(new X509Certificate(tls.certificatePem).raw).digest('hex').toUpperCase()
    : ''
  const environments: Record<HostKind, Env> = {
    imds: { AZURE_POD_IDENTITY_AUTHORITY_HOST: url },
    'app-service': { IDENTITY_ENDPOINT: `${url}/msi/token`, IDENTITY_HEADER: header },
    'service-fabric': {
      IDENTITY_ENDPOINT: `${url}/metadata/identity/oauth2/token`,
      IDENTITY_HEADER: header,
      IDENTITY_SERVER_THUMBPRINT: thumbprint,
    },
    'machine-learning': {
      MSI_ENDPOINT: `${url}/msi/token`,
      MSI_SECRET: header,
      DEFAULT_IDENTITY_CLIENT_ID: '11111111-2222-3333-4444-555555555555',
    },
    'cloud-shell': { MSI_ENDPOINT: `${url}/oauth2/token` },
    'azure-arc': { IDENTITY_ENDPOINT: `${url}/metadata/identity/oauth2/token`, IMDS_ENDPOINT: url },
    gcp: { GCE_METADATA_HOST: host },
  }
  return {
    env: environments[kind],
    header,
    requests,
    fail: (status, times, body = '{"error":"unavailable"}') => {
      for (let count = 0; count < times; count++) failures.push({ status, body })
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
