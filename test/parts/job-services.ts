/**
 * The services that a CI job asks for ID tokens, on loopback: GitHub's and Azure DevOps', by the protocols that they
 * document. The tokens are an issuer's.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTlsIdentity } from '../entra/certificates.ts'
import type { Env } from './cli.ts'
import type { Issuer } from './issuer.ts'
import { azurePipelinesClaims, githubClaims } from './issuer-claims.ts'

export interface Answer {
  readonly status: number
  readonly type?: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface JobServices {
  readonly caFile: string
  /** What a job of GitHub Actions with `id-token: write` has in its environment. */
  readonly github: Env
  /** What a job of Azure Pipelines has, with the access token mapped. */
  readonly pipelines: Env
  readonly serviceConnectionId: string
  /** The tokens that a job asks with: nothing may show them. */
  readonly requestTokens: readonly string[]
  /** Method and path with query of the requests so far. */
  readonly requests: readonly string[]
  /** Claims over the usual ones, for all tokens from now on. */
  claims: Readonly<Record<string, unknown>>
  /** Forgets requests, claims and answers. */
  reset(): void
  /** Answers the next request so. */
  answerNext(answer: Answer): void
  close(): Promise<void>
}

export async function startJobServices(issuer: Issuer): Promise<JobServices> {
  const identity = await createTlsIdentity()
  const server = createServer({ key: identity.privateKeyPem, cert: identity.certificatePem })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `https://localhost:${(server.address() as AddressInfo).port}`
  const directory = await mkdtemp(join(tmpdir(), 'entra-job-'))
  const caFile = join(directory, 'ca.pem')
  await writeFile(caFile, identity.caPem, { mode: 0o600 })
  const githubToken = `canary.github-${randomUUID()}`
  const pipelinesToken = `canary.pipelines-${randomUUID()}`
  const serviceConnectionId = randomUUID()
  const requests: string[] = []
  const answers: Answer[] = []

  async function github(request: IncomingMessage, asked: URL): Promise<Answer> {
    if (request.method !== 'GET' || !/api-version=2\.0/.test(request.headers.accept ?? ''))
      return json(400, { message: 'Bad request' })
    if (request.headers.authorization !== `bearer ${githubToken}`)
      return json(401, { message: 'Unauthorized' })
    // Without one it is the repository owner's URL.
    const aud = asked.searchParams.get('audience') ?? 'https://github.com/contoso'
    const value = await issuer.mint({
      ...githubClaims({ repository: 'contoso/app' }),
      aud,
      ...services.claims,
    })
    return json(200, { count: value.length, value })
  }

  async function pipelines(request: IncomingMessage, asked: URL): Promise<Answer> {
    const { authorization, 'x-tfs-fedauthredirect': redirect, 'content-length': length } = request.headers
    if (authorization !== `Bearer ${pipelinesToken}`)
      return redirect === 'Suppress'
        ? json(401, {})
        : { status: 302, body: '<html>Object moved</html>', headers: { Location: `${url}/_signin` } }
    if (request.method !== 'POST' || length !== '0' || asked.searchParams.get('api-version') !== '7.1')
      return json(400, { message: 'The request is not valid.' })
    if (asked.searchParams.get('serviceConnectionId') !== serviceConnectionId)
      return json(404, { message: 'Service connection was not found.' })
    const connection = { organization: 'contoso', project: 'app', connection: 'prod' }
    return json(200, {
      oidcToken: await issuer.mint({ ...azurePipelinesClaims(connection), ...services.claims }),
    })
  }

  server.on('request', async (request: IncomingMessage, response: ServerResponse) => {
    const asked = new URL(request.url ?? '/', url)
    requests.push(`${request.method} ${request.url}`)
    const ours = answers.shift()
    const answer =
      ours ??
      (asked.pathname === '/idtoken'
        ? await github(request, asked)
        : asked.pathname === '/oidctoken'
          ? await pipelines(request, asked)
          : json(404, {}))
    response.writeHead(answer.status, {
      'Content-Type': answer.type ?? 'application/json',
      ...answer.headers,
    })
    response.end(answer.body)
  })

  const services: JobServices = {
    caFile,
    github: {
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/idtoken?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: githubToken,
    },
    pipelines: {
      TF_BUILD: 'True',
      SYSTEM_OIDCREQUESTURI: `${url}/oidctoken`,
      SYSTEM_ACCESSTOKEN: pipelinesToken,
    },
    serviceConnectionId,
    requestTokens: [githubToken, pipelinesToken],
    requests,
    claims: {},
    reset: () => {
      requests.length = 0
      answers.length = 0
      services.claims = {}
    },
    answerNext: (answer) => {
      answers.push(answer)
    },
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      await rm(directory, { recursive: true, force: true })
    },
  }
  return services
}

const json = (status: number, body: object): Answer => ({ status, body: JSON.stringify(body) })
