/** Federated credentials: the real program against GitHub's and Azure DevOps' protocols, another issuer, and Entra. */
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { binary, type Env, type Result, run } from '../parts/cli.ts'
import {
  createFederatedWorld,
  type FederatedWorld,
  startWorkloads,
  type Workloads,
} from '../parts/federated-world.ts'
import { startIdentityEndpoint } from '../parts/identity-endpoint.ts'
import { describeWith } from '../parts/require-part.ts'
import { closeTerminals, openTerminal } from '../parts/terminal.ts'

const hour = 3600
const seconds = () => Math.floor(Date.now() / 1000)

let world: FederatedWorld

let workloads: Workloads
beforeAll(async () => {
  workloads = await startWorkloads()
})
afterAll(() => workloads.close())
beforeEach(async () => {
  world = await createFederatedWorld(workloads)
})
afterEach(() => world.close())

const at = (name: string) => join(world.home.directory, name)
const getToken = (flags: readonly string[], env: Env = {}): Promise<Result> =>
  world.cli(['get-token', ...world.identity, ...flags], { env })

const token = { status: 0, stdout: expect.stringMatching(/^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+\n$/) as string }

/** The error's record; a notice may stand before it. */
const lastRecord = (stderr: string) => JSON.parse(stderr.trimEnd().split('\n').at(-1) as string)

/** A script that stands in for a platform's own program, in the home's `bin`. */
function install(name: string, script: string): void {
  writeFileSync(join(world.home.directory, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

describe('GitHub Actions', () => {
  test('needs no profile and no keychain, and says nothing', async () => {
    const result = await getToken(['--federated', 'github-actions'], world.job.github)
    expect(result).toMatchObject({ ...token, stderr: '' })
    expect(decodeJwt(result.stdout.trim())).toMatchObject({ azp: world.app.clientId, idtyp: 'app' })
    expect(world.job.requests).toEqual([
      'GET /idtoken?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange',
    ])
    // From then on it is a cached token like any other.
    expect(await getToken(['--federated', 'github-actions'])).toMatchObject({ ...result, stderr: '' })
    expect(world.job.requests).toHaveLength(1)
  })

  test('the environment may name tenant and application', async () => {
    const env = {
      ...world.job.github,
      AZURE_TENANT_ID: world.tenant.id,
      AZURE_CLIENT_ID: world.app.clientId,
    }
    expect(await world.cli(['get-token', '--federated', 'auto'], { env })).toMatchObject({
      ...token,
      stderr: 'entra-auth-cli: the assertion comes from github-actions\n',
    })
  })

  test('the cloud decides the audience, and a flag goes before it', async () => {
    const asked = async (...flags: string[]) => {
      const result = await world.cli(['federation', 'show', '-o', 'json', ...flags], {
        env: world.job.github,
      })
      return JSON.parse(result.stdout).audience
    }
    expect(await asked()).toBe('api://AzureADTokenExchange')
    expect(await asked('--cloud', 'china')).toBe('api://AzureADTokenExchangeChina')
    expect(await asked('--cloud', 'china', '--audience', 'api://own')).toBe('api://own')
  })

  test.each([
    [
      'without the permission',
      { ACTIONS_ID_TOKEN_REQUEST_URL: undefined },
      78,
      /may not ask GitHub for an ID token/,
    ],
    ['without its token', { ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' }, 78, /may not ask GitHub for an ID token/],
    [
      'with a token that has ended',
      { ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'old' },
      77,
      /GitHub refused to issue an assertion \(HTTP 401\)/,
    ],
  ])('%s the fix is in the words of the workflow', async (_, env, status, said) => {
    const result = await getToken(['--federated', 'github-actions'], { ...world.job.github, ...env })
    expect(result).toMatchObject({ status, stdout: '' })
    expect(result.stderr).toMatch(said)
    expect(result.stderr).toContain('permissions: {id-token: write, contents: read}')
  })

  test.each([
    [
      'a page',
      { status: 200, type: 'text/html', body: '<!DOCTYPE html><p>Sign in' },
      77,
      /sign-in page in place of an assertion/,
    ],
    ['something else', { status: 200, body: 'canary' }, 76, /answered without an assertion/],
    ['no token', { status: 200, body: '{"count":0}' }, 76, /answered without an assertion/],
    ['no JWT', { status: 200, body: '{"value":"canary"}' }, 65, /assertion of github-actions is not a JWT/],
    [
      'a redirect',
      { status: 302, body: '', headers: { Location: 'https://localhost:9/' } },
      77,
      /sign-in page/,
    ],
  ])('an answer that is %s', async (_, answer, status, said) => {
    world.job.answerNext(answer)
    const result = await getToken(['--federated', 'github-actions'], world.job.github)
    expect(result).toMatchObject({ status, stdout: '' })
    expect(result.stderr).toMatch(said)
    expect(result.stderr).not.toContain('canary')
    expect(world.entra.count('token')).toBe(0)
  })

  test('a failure that passes costs another request', async () => {
    world.job.answerNext({ status: 503, body: '' })
    expect(await getToken(['--federated', 'github-actions'], world.job.github)).toMatchObject(token)
    expect(world.job.requests).toHaveLength(2)
  })
})

describe('Azure Pipelines', () => {
  const source = ['--federated', 'azure-pipelines']

  test('asks for the token of a service connection', async () => {
    const { job } = world
    const flags = [...source, '--service-connection-id', job.serviceConnectionId]
    expect(await getToken(flags, job.pipelines)).toMatchObject({ ...token, stderr: '' })
    expect(job.requests).toEqual([
      `POST /oidctoken?api-version=7.1&serviceConnectionId=${job.serviceConnectionId}`,
    ])
  })

  test('takes everything from the task where that says it', async () => {
    const { job, tenant, app } = world
    const env = {
      ...job.pipelines,
      AZURESUBSCRIPTION_TENANT_ID: tenant.id,
      AZURESUBSCRIPTION_CLIENT_ID: app.clientId,
      AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: job.serviceConnectionId,
    }
    expect(await world.cli(['get-token', ...source], { env })).toMatchObject({ ...token, stderr: '' })
  })

  test.each<[string, Env, string, number, RegExp]>([
    [
      'no mapped token',
      { SYSTEM_ACCESSTOKEN: undefined },
      '',
      78,
      /env: {SYSTEM_ACCESSTOKEN: \$\(System.AccessToken\)}/,
    ],
    ['no pipeline', { SYSTEM_OIDCREQUESTURI: undefined }, '', 78, /not a job of Azure Pipelines/],
    [
      'another token',
      { SYSTEM_ACCESSTOKEN: 'old' },
      '',
      77,
      /refused to issue an assertion \(HTTP 401\)[\s\S]*authorised to use it/,
    ],
    [
      'another connection',
      {},
      randomUUID(),
      77,
      /refused to issue an assertion \(HTTP 404\)[\s\S]*service connection/,
    ],
    [
      'an address without TLS',
      { SYSTEM_OIDCREQUESTURI: 'http://localhost/' },
      '',
      78,
      /SYSTEM_OIDCREQUESTURI holds no https:/,
    ],
  ])('%s is named, with what to add', async (_, env, id, status, said) => {
    const { job } = world
    const flags = [...source, '--service-connection-id', id || job.serviceConnectionId]
    const result = await getToken(flags, { ...job.pipelines, ...env })
    expect(result).toMatchObject({ status, stdout: '' })
    expect(result.stderr).toMatch(said)
  })

  test('without a connection it says which flag is missing', async () => {
    const { status, stderr } = await getToken(source, world.job.pipelines)
    expect({ status, stderr }).toMatchObject({
      status: 78,
      stderr: expect.stringContaining('--service-connection-id'),
    })
  })

  test('a page that asks to sign in is no JSON error', async () => {
    const { job } = world
    job.answerNext({
      status: 203,
      type: 'text/html; charset=utf-8',
      body: '<html>Azure DevOps Services | Sign In',
    })
    const flags = [...source, '--service-connection-id', job.serviceConnectionId]
    const { status, stderr } = await getToken(flags, job.pipelines)
    expect(status).toBe(77)
    expect(stderr).toMatch(/sign-in page in place of an assertion \(HTTP 203\)/)
  })
})

describe('files', () => {
  const podEnv = () => ({
    AZURE_TENANT_ID: world.tenant.id,
    AZURE_CLIENT_ID: world.app.clientId,
    AZURE_FEDERATED_TOKEN_FILE: at('token'),
  })

  test('a pod with workload identity needs no flags, and a rotated file is read', async () => {
    // Mounted tokens are readable for all in the container.
    writeFileSync(at('token'), await world.issuer.mint(), { mode: 0o644 })
    const first = await world.cli(['get-token'], { env: podEnv() })
    expect(first).toMatchObject(token)
    writeFileSync(at('next'), await world.issuer.mint({ exp: seconds() - hour, iat: seconds() - 2 * hour }))
    renameSync(at('next'), at('token'))
    expect((await world.cli(['get-token', '--force'], { env: podEnv() })).stderr).toMatch(
      /assertion of kubernetes expired/,
    )
    writeFileSync(at('next'), await world.issuer.mint())
    renameSync(at('next'), at('token'))
    expect(await world.cli(['get-token', '--force'], { env: podEnv() })).toMatchObject(token)
    // The cached one is answered without reading the file.
    writeFileSync(at('token'), 'gone')
    expect(await world.cli(['get-token'], { env: podEnv() })).toMatchObject(token)
  })

  test.each<[string, string | undefined, number, RegExp]>([
    ['is missing', undefined, 66, /token is not there/],
    ['is empty', '\n', 65, /token is empty/],
    ['is large', 'x'.repeat(70_000), 65, /larger than 64 KiB/],
    ['has no JWT', 'canary', 65, /is not a JWT/],
    ['has two lines', 'eyJhIjoxfQ.eyJhIjoxfQ.x\neyJhIjoxfQ.eyJhIjoxfQ.x', 65, /is not a JWT/],
  ])('a file that %s', async (_, content, status, said) => {
    if (content !== undefined) writeFileSync(at('token'), content)
    const result = await world.cli(['get-token'], { env: podEnv() })
    expect(result).toMatchObject({ status, stdout: '' })
    expect(result.stderr).toMatch(said)
    expect(result.stderr).not.toContain('canary')
  })

  test('neither a directory nor a pipe keeps it waiting', async () => {
    mkdirSync(at('token'))
    expect(await world.cli(['get-token'], { env: podEnv() })).toMatchObject({ status: 78 })
    spawnSync('mkfifo', [at('pipe')])
    const pipe = { ...podEnv(), AZURE_FEDERATED_TOKEN_FILE: at('pipe') }
    expect(await world.cli(['get-token'], { env: pipe })).toMatchObject({ status: 78 })
  })

  test('a relative path of the flag is kept whole', async () => {
    writeFileSync(at('token'), await world.issuer.mint())
    const create = ['create-profile', '-n', 'k8s', ...world.identity, '--federated', 'file:token']
    expect(await world.cli(create)).toMatchObject({ status: 0 })
    expect(await world.cli(['get-token'], { cwd: '/' })).toMatchObject(token)
    expect((await world.cli(['show-profile'])).stdout).toContain(`file:${at('token')}`)
  })
})

describe('variables and commands', () => {
  test.each([
    ['gitlab', 'GITLAB_OIDC_TOKEN'],
    ['terraform-cloud', 'TFC_WORKLOAD_IDENTITY_TOKEN'],
    ['bitbucket', 'BITBUCKET_STEP_OIDC_TOKEN'],
    ['env:MY_TOKEN', 'MY_TOKEN'],
  ])('%s', async (source, name) => {
    const without = await getToken(['--federated', source])
    expect(without).toMatchObject({ status: 78 })
    expect(without.stderr).toContain(`the variable ${name} is not set`)
    expect(await getToken(['--federated', source], { [name]: await world.issuer.mint() })).toMatchObject(
      token,
    )
  })

  test.each([
    ['buildkite', 'buildkite-agent', 'oidc request-token --audience api://AzureADTokenExchange'],
    ['circleci', 'circleci', 'run oidc get --claims {"aud":"api://AzureADTokenExchange"}'],
    [
      'aws',
      'aws',
      'sts get-web-identity-token --audience api://AzureADTokenExchange --signing-algorithm RS256 --duration-seconds 300 --query WebIdentityToken --output text',
    ],
  ])('%s asks the own program of the platform', async (source, program, args) => {
    const without = await getToken(['--federated', source], { PATH: join(world.home.directory, 'empty') })
    expect(without).toMatchObject({ status: 78 })
    expect(without.stderr).toContain(`the program ${program} is not there`)
    writeFileSync(at('minted'), await world.issuer.mint())
    install(program, `printf %s "$*" > ${at('args')}; cat ${at('minted')}`)
    expect(await getToken(['--federated', source])).toMatchObject(token)
    expect(readFileSync(at('args'), 'utf8')).toBe(args)
  })

  test('a command is no shell line, and its failure is named without its arguments', async () => {
    install('mint', 'echo "$1" > args; exit 3')
    const { status, stderr } = await getToken(['--federated', 'command:mint $(id);canary'])
    expect(status).toBe(69)
    expect(stderr).toContain('the command mint of a reference failed with status 3')
    expect(stderr).not.toContain('canary')
    expect(readFileSync(at('args'), 'utf8')).toBe('$(id);canary\n')
  })

  test('AWS: the mounted token of a pod, where there is one', async () => {
    writeFileSync(at('aws-token'), await world.issuer.mint())
    const env = { AWS_WEB_IDENTITY_TOKEN_FILE: at('aws-token') }
    expect(await getToken(['--federated', 'aws'], env)).toMatchObject(token)
  })
})

test('Google Cloud: the metadata server, without a proxy', async () => {
  const endpoint = await startIdentityEndpoint('gcp', {
    token: ({ resource }) => world.issuer.mint({ aud: resource }),
  })
  const env = { ...endpoint.env, HTTP_PROXY: 'http://127.0.0.1:9' }
  expect(await getToken(['--federated', 'gcp'], env)).toMatchObject(token)
  expect(endpoint.requests[0]?.url).toMatch(
    /identity\?audience=api%3A%2F%2FAzureADTokenExchange&format=full$/,
  )
  await endpoint.close()
  const absent = await getToken(['--federated', 'gcp', '--force'], endpoint.env)
  expect(absent).toMatchObject({ status: 69 })
  expect(absent.stderr).toContain("this machine has no metadata server of Google's")
})

test('a managed identity as the credential of an application', async () => {
  const identity = world.tenant.addManagedIdentity()
  world.app.addFederatedCredential({
    name: 'identity',
    issuer: `${world.entra.authorityHost}/${world.tenant.id}/v2.0`,
    subject: identity.principalId,
  })
  const asked: unknown[] = []
  const endpoint = await startIdentityEndpoint('imds', {
    token: async ({ resource, clientId }) => {
      asked.push({ resource, clientId })
      return world.entra.managedIdentityToken(world.tenant, identity, resource)
    },
  })
  const flags = ['--federated', 'managed-identity', '--managed-identity', identity.clientId]
  const result = await getToken(flags, endpoint.env)
  await endpoint.close()
  expect(result).toMatchObject(token)
  expect(decodeJwt(result.stdout.trim())).toMatchObject({ azp: world.app.clientId })
  expect(asked).toEqual([{ resource: 'api://AzureADTokenExchange', clientId: identity.clientId }])
})

describe('another OpenID provider', () => {
  const oidc = () => [
    '--federated',
    'oidc',
    '--oidc-issuer',
    world.issuer.url,
    '--oidc-client-id',
    world.issuer.clientId,
  ]

  test('is asked with a secret that is kept like any other', async () => {
    const create = [
      'create-profile',
      '-n',
      'other',
      ...world.identity,
      ...oidc(),
      '--oidc-client-secret-stdin',
    ]
    expect(await world.cli(create, { input: world.issuer.clientSecret })).toMatchObject({ status: 0 })
    expect(readFileSync(at('.config/entra-auth-cli/profiles.json'), 'utf8')).not.toContain(
      world.issuer.clientSecret,
    )
    expect(await world.cli(['get-token'])).toMatchObject(token)
    expect(world.issuer.requests).toContain('/token')
    // It moves with the profile, and goes with it.
    expect((await world.cli(['rename-profile', 'other', 'another'])).status).toBe(0)
    expect(await world.cli(['get-token', '--force'])).toMatchObject(token)
    expect((await world.cli(['delete-profile', 'another', '--yes'])).status).toBe(0)
  })

  test('refuses, and is no provider', async () => {
    const wrong = await world.cli(['get-token', ...world.identity, ...oidc(), '--oidc-client-secret-stdin'], {
      input: 'canary-wrong',
    })
    expect(wrong).toMatchObject({ status: 77, stdout: '' })
    expect(wrong.stderr).toMatch(/localhost:\d+ refused: invalid_client/)
    expect(wrong.stderr).not.toContain('canary')
    const other = [
      '--oidc-issuer',
      `${world.issuer.url}/other`,
      '--oidc-client-id',
      'x',
      '--oidc-client-secret-env',
      'X',
    ]
    const none = await getToken(['--federated', 'oidc', ...other], { X: 'x' })
    expect(none).toMatchObject({ status: 76, stdout: '' })
    expect(none.stderr).toContain('did not answer as an OpenID provider does')
  })

  test.each([
    [[], /--oidc-issuer is missing/],
    [['--oidc-issuer', 'http://x.example'], /--oidc-issuer must be a URL that starts with https/],
    [['--oidc-issuer', 'https://x.example'], /--oidc-client-id is missing/],
    [
      ['--oidc-issuer', 'https://x.example', '--oidc-client-id', 'x'],
      /--oidc-client-secret-stdin is missing/,
    ],
  ])('needs all of it: %j', async (flags, said) => {
    const { status, stderr } = await getToken(['--federated', 'oidc', ...flags])
    expect(status).toBe(64)
    expect(stderr).toMatch(said)
  })
})

describe('before it is sent', () => {
  test.each<[string, () => Record<string, unknown>, RegExp]>([
    ['is expired', () => ({ exp: seconds() - hour, iat: seconds() - 2 * hour }), /expired 1 hour ago/],
    [
      'lives too long',
      () => ({ exp: seconds() + 26 * hour }),
      /valid for 1 day 2 hours, and Entra takes 25 hours/,
    ],
    ['has two audiences', () => ({ aud: ['api://AzureADTokenExchange', 'b'] }), /has 2 audiences/],
    [
      'has another audience',
      () => ({ aud: 'https://github.com/contoso' }),
      /for the audience https:\/\/github.com\/contoso, and this cloud wants api:/,
    ],
    ['has none', () => ({ aud: undefined }), /has no audience/],
    ['has no subject', () => ({ sub: undefined }), /has no subject/],
    ['has no time', () => ({ exp: undefined }), /has no time of expiry/],
    [
      'is of tomorrow',
      () => ({ iat: seconds() + 24 * hour, exp: seconds() + 25 * hour }),
      /ahead of this machine's clock/,
    ],
  ])('an assertion that %s is stopped', async (_, claims, said) => {
    const { status, stderr, stdout } = await getToken(['--federated', 'env:T'], {
      T: await world.issuer.mint(claims()),
    })
    expect({ status, stdout }).toEqual({ status: 65, stdout: '' })
    expect(stderr).toMatch(said)
    expect(stderr).toContain('hint: ')
    expect(world.entra.count('token')).toBe(0)
  })

  test('an algorithm that Entra does not take', async () => {
    const { status, stderr } = await getToken(['--federated', 'env:T'], {
      T: await world.issuer.mint({}, { alg: 'PS256' }),
    })
    expect(status).toBe(65)
    expect(stderr).toContain('is signed with PS256')
  })

  test('a clock that is a little wrong stops nothing', async () => {
    const minute = { iat: seconds() + 60, nbf: seconds() - 60, exp: seconds() + 300 }
    expect(await getToken(['--federated', 'env:T'], { T: await world.issuer.mint(minute) })).toMatchObject(
      token,
    )
  })
})

describe('refusals', () => {
  const refusal = (code: number) => ({
    kind: 'json' as const,
    status: 401,
    body: {
      error: 'invalid_client',
      error_description: `AADSTS${code}: refused. Trace ID: t Correlation ID: c Timestamp: x`,
      error_codes: [code],
      correlation_id: 'c',
      trace_id: 't',
    },
  })

  test('no match: they carry what was presented, and the commands that help', async () => {
    const { url } = world.issuer
    const env = { ...world.job.github }
    world.job.claims = { sub: 'repo:contoso/app:ref:refs/heads/other' }
    const text = await getToken(['--federated', 'github-actions'], env)
    expect(text).toMatchObject({ status: 77, stdout: '' })
    expect(text.stderr).toMatch(/AADSTS700213/)
    expect(text.stderr).toContain(`presented issuer ${url}\n`)
    expect(text.stderr).toContain('presented subject repo:contoso/app:ref:refs/heads/other\n')
    expect(text.stderr).toContain('presented audience api://AzureADTokenExchange\n')
    expect(text.stderr).toMatch(/hint: .*entra-auth-cli federation check.*entra-auth-cli federation plan/)
    const json = await getToken(['--federated', 'github-actions', '-o', 'json'], env)
    expect(lastRecord(json.stderr)).toMatchObject({
      error: 'denied',
      aadsts: 700213,
      presented: {
        issuer: url,
        subject: 'repo:contoso/app:ref:refs/heads/other',
        audience: 'api://AzureADTokenExchange',
      },
    })
  })

  test.each([70021, 700211, 700212, 700213, 7002138, 70023, 70025, 700222, 700223, 700238])(
    'AADSTS%i carries it',
    async (code) => {
      world.entra.fault(refusal(code))
      const { stderr, status } = await getToken(['--federated', 'env:T', '-o', 'json'], {
        T: await world.issuer.mint(),
      })
      expect(status).toBe(77)
      expect(lastRecord(stderr)).toMatchObject({
        aadsts: code,
        hint: expect.any(String),
        presented: { subject: 'workload' },
      })
      expect(world.entra.count('token')).toBe(1)
    },
  )

  test('about something else they do not', async () => {
    world.entra.fault(refusal(700016))
    const { stderr } = await getToken(['--federated', 'env:T', '-o', 'json'], {
      T: await world.issuer.mint(),
    })
    expect(lastRecord(stderr)).not.toHaveProperty('presented')
  })

  test('a stale assertion (AADSTS700024) is replaced once', async () => {
    world.entra.fault(refusal(700024))
    expect(await getToken(['--federated', 'github-actions'], world.job.github)).toMatchObject(token)
    expect(world.job.requests).toHaveLength(2)
    world.entra.fault(refusal(700024), 2)
    const { status, stderr } = await getToken(['--federated', 'github-actions', '--force'], world.job.github)
    expect(status).toBe(77)
    expect(stderr).toMatch(/the assertion is good until \d{4}-.* UTC, and this machine's clock says/)
    expect(world.job.requests).toHaveLength(4)
  })

  test('a new federated credential is waited for, if that is wanted', async () => {
    const app = world.tenant.addApp()
    app.addFederatedCredential({
      name: 'new',
      issuer: world.issuer.url,
      subject: 'workload',
      propagationRefusals: 2,
    })
    const T = await world.issuer.mint()
    const flags = ['--client-id', app.clientId, '--tenant-id', world.tenant.id, '--federated', 'env:T']
    expect((await world.cli(['get-token', ...flags], { env: { T } })).stderr).toContain(
      '--wait-for-federation 5m',
    )
    const waited = await world.cli(['get-token', ...flags, '--wait-for-federation', '1m'], { env: { T } })
    expect(waited).toMatchObject({
      ...token,
      stderr: expect.stringMatching(
        /knows no matching federated credential yet; asking again for \d+ seconds\n/,
      ),
    })
  })
})

describeWith(['tmux'], 'on a terminal', () => {
  afterEach(closeTerminals)

  test('the wizard offers to go without a secret, and asks for none', async () => {
    const env = { ...world.env, ...world.job.github, CI: undefined }
    const terminal = openTerminal({
      command: 'entra-auth-cli create-profile -n job',
      env,
      cwd: world.home.directory,
    })
    await terminal.waitFor(/\? Tenant/)
    terminal.type(world.tenant.id)
    terminal.press('Enter')
    await terminal.waitFor(/\? Application \(client\) ID/)
    terminal.type(world.app.clientId)
    terminal.press('Enter')
    await terminal.waitFor(
      /\? How does the application authenticate\?.*no secret: workload identity federation/,
    )
    terminal.press('Down', 'Down', 'Enter')
    await terminal.waitFor(/\? Where does the other issuer's token come from\?/)
    terminal.press('Enter')
    await terminal.waitFor(/\? What are the tokens for\?/)
    terminal.press('Enter')
    await terminal.waitFor(/profile job created.*\? Get a token now\?/)
    terminal.press('Enter')
    await terminal.waitFor(/the assertion comes from github-actions.*eyJ/)
    expect(await terminal.status()).toBe(0)
  })

  test('a managed identity is asked for its scopes alone', async () => {
    const command = 'entra-auth-cli create-profile --managed-identity system'
    const terminal = openTerminal({ command, env: world.env, cwd: world.home.directory })
    await terminal.waitFor(/\? Profile name/)
    terminal.type('vm')
    terminal.press('Enter')
    await terminal.waitFor(/\? What are the tokens for\?/)
    terminal.press('Enter')
    await terminal.waitFor(/profile vm created.*\? Get a token now\?/)
    terminal.press('n', 'Enter')
    expect(await terminal.status()).toBe(0)
  })
})

describe('federation show', () => {
  test('says what the machine presents, never the assertion', async () => {
    const text = await world.cli(['federation', 'show', '--debug'], { env: world.job.github })
    expect(text).toMatchObject({ status: 0 })
    expect(text.stdout.replace(/ {2,}/g, ': ').split('\n')).toEqual([
      'source: github-actions',
      `issuer: ${world.issuer.url}`,
      'subject: repo:contoso/app:ref:refs/heads/main',
      'audience: api://AzureADTokenExchange',
      'signed with: RS256',
      expect.stringMatching(/^expires: in (4|5) minutes \(\d{4}-.* UTC\)$/),
      'lifetime: 5 minutes',
      '',
    ])
    expect(text.stdout + text.stderr).not.toContain('eyJ')
    const json = await world.cli(['federation', 'show', '--json', '--federated', 'github-actions'], {
      env: world.job.github,
    })
    expect(JSON.parse(json.stdout)).toEqual({
      source: 'github-actions',
      issuer: world.issuer.url,
      subject: 'repo:contoso/app:ref:refs/heads/main',
      audience: 'api://AzureADTokenExchange',
      algorithm: 'RS256',
      issued_at: expect.stringMatching(/Z$/),
      lifetime: 300,
      expires_at: expect.stringMatching(/Z$/),
      expires_in: expect.any(Number),
      usable: true,
    })
    expect(world.entra.requests).toEqual([])
  })

  test("takes a profile's source, and shows what Entra would refuse", async () => {
    const create = [
      'create-profile',
      '-n',
      'ci',
      ...world.identity,
      '--federated',
      'env:T',
      '--audience',
      'api://own',
    ]
    expect(await world.cli(create)).toMatchObject({ status: 0 })
    const T = await world.issuer.mint()
    const result = await world.cli(['federation', 'show', '-p', 'ci'], { env: { T } })
    expect(result.status).toBe(65)
    expect(result.stdout).toMatch(/audience +api:\/\/AzureADTokenExchange/)
    expect(result.stderr).toMatch(/warning: .* and this cloud wants api:\/\/own; /)
    const json = await world.cli(['federation', 'show', '-p', 'ci', '-o', 'json'], { env: { T } })
    expect(json).toMatchObject({ status: 65, stderr: '' })
    expect(JSON.parse(json.stdout)).toMatchObject({
      usable: false,
      problem: expect.stringContaining('api://own'),
    })
  })

  test('of a profile with a secret there is nothing to show', async () => {
    await world.createProfile('ci')
    const { status, stderr } = await world.cli(['federation', 'show', '-p', 'ci'])
    expect(status).toBe(64)
    expect(stderr).toContain('the credential of profile ci presents no assertion: client secret')
  })

  test('where nothing offers one it lists the sources', async () => {
    const { status, stderr } = await world.cli(['federation', 'show'])
    expect(status).toBe(78)
    expect(stderr).toMatch(
      /nothing in the environment offers an assertion\n.*github-actions, azure-pipelines, kubernetes/,
    )
  })

  test.each<[string, Env, string]>([
    ['a job that may not ask', { GITHUB_ACTIONS: 'true' }, 'permissions: {id-token: write'],
    [
      'a pipeline without its token',
      { TF_BUILD: 'True', SYSTEM_OIDCREQUESTURI: 'https://x' },
      'env: {SYSTEM_ACCESSTOKEN',
    ],
    ['a job of GitLab', { GITLAB_CI: 'true' }, 'id_tokens: {GITLAB_OIDC_TOKEN:'],
    ['a pod without a label', { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'azure.workload.identity/use: "true"'],
  ])('%s is recognised, and told what is missing', async (_, env, said) => {
    const { status, stderr } = await world.cli(['federation', 'show'], { env })
    expect(status).toBe(78)
    expect(stderr).toContain(said)
  })
})

test.each([
  [['--federated', 'github'], /--federated must be one of auto, github-actions/],
  [['--federated', ''], /--federated must be one of/],
  [
    ['--federated', 'github-actions', '--service-connection-id', randomUUID()],
    /--service-connection-id is for --federated azure-pipelines/,
  ],
  [['--federated', 'github-actions', '--oidc-issuer', 'https://x'], /--oidc-issuer is for --federated oidc/],
  [
    ['--federated', 'azure-pipelines', '--service-connection-id', 'prod'],
    /--service-connection-id must be a GUID/,
  ],
  [['--federated', 'github-actions', '--audience', 'a b'], /--audience must be one audience/],
  [['--federated', 'github-actions', '--client-secret-env', 'X'], /do not go together/],
  [
    ['--client-secret-env', 'X', '--wait-for-federation', '1m'],
    /--wait-for-federation is for federated credentials/,
  ],
  [['--federated', 'github-actions', '--managed-identity', 'system'], /do not go together/],
])('%j is refused', async (flags, said) => {
  const { status, stderr } = await getToken(flags, { X: 'x' })
  expect(status).toBe(64)
  expect(stderr).toMatch(said)
})

const hasStrace = spawnSync('strace', ['-V']).status === 0
const traced = hasStrace ? test : test.skip

traced(
  'programs that are started get neither request token nor assertion, in arguments or variables',
  async () => {
    const log = at('trace.txt')
    const strace = ['-f', '-qq', '-v', '-s', '100000', '-e', 'trace=execve', '-o', log]
    const T = await world.issuer.mint()
    const env = { ...world.env, ...world.job.github, T }
    for (const source of ['github-actions', 'env:T']) {
      const args = [binary, 'get-token', ...world.identity, '--federated', source, '--force']
      const { status } = await run('strace', [...strace, process.execPath, ...args], { env })
      expect(status).toBe(0)
      const [, ...started] = readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.includes('execve('))
      if (source === 'github-actions') expect(started.join('\n')).toContain('keychain-helper')
      const canaries = [...world.job.requestTokens, T.split('.')[2] as string]
      expect(canaries.filter((canary) => started.join('\n').includes(canary))).toEqual([])
    }
  },
)

test('a job of two hours: tokens and assertions end, and no call fails', async () => {
  // Each call is three minutes later than the one before: tokens live ten minutes, assertions five.
  Object.assign(world.entra.tokens, { lifetime: 600 })
  for (let call = 0; call < 40; call++) {
    const offset = call * 180
    writeFileSync(at('clock.cjs'), `const now = Date.now; Date.now = () => now() + ${offset * 1000}`)
    world.job.claims = { iat: seconds() + offset, nbf: seconds(), exp: seconds() + offset + 300 }
    const env = { ...world.job.github, NODE_OPTIONS: `--require=${at('clock.cjs')}` }
    const result = await getToken(['--federated', 'github-actions'], env)
    expect({ call, ...result }).toMatchObject({ call, ...token, stderr: '' })
  }
  // A token is handed out while five minutes are left of its ten: every second call needs a new one.
  expect(world.job.requests.length).toBe(20)
  expect(world.entra.count('token')).toBe(20)
}, 120_000)

test('nothing shows an assertion, a request token or the header: not stderr, not a file', async () => {
  const { job } = world
  const said: string[] = []
  const T = await world.issuer.mint()
  const env = { ...job.github, ...job.pipelines, T, NODE_DEBUG: 'http,net' }
  const say = async (args: readonly string[], changes: Env = {}) => {
    const result = await world.cli([...args, '--debug'], { env: { ...env, ...changes } })
    said.push(result.stderr, args[0] === 'get-token' ? '' : result.stdout)
    return result.status
  }
  const source = (name: string) => [...world.identity, '--federated', name]
  expect(await say(['get-token', ...source('github-actions')])).toBe(0)
  expect(await say(['get-token', ...source('env:T'), '--force'])).toBe(0)
  expect(await say(['create-profile', '-n', 'ci', ...source('github-actions')])).toBe(0)
  expect(await say(['federation', 'show', '-p', 'ci'])).toBe(0)
  expect(await say(['get-token', '-p', 'ci', '--force'])).toBe(0)
  job.claims = { sub: 'other' }
  expect(await say(['get-token', '-p', 'ci', '--force'])).toBe(77)
  expect(
    await say(['get-token', '-p', 'ci', '--force'], {
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: `${job.requestTokens[0]}x`,
    }),
  ).toBe(77)
  expect(
    await say(['get-token', '-p', 'ci', '--force'], {
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://localhost:9/x',
    }),
  ).toBe(69)
  const canaries = [...job.requestTokens, T.split('.')[2] as string, 'canary.', 'eyJ']
  const text = said.join('\n')
  expect(canaries.filter((canary) => text.includes(canary))).toEqual([])

  const ours = ['.config', '.local', '.cache'].flatMap((folder) =>
    readdirSync(at(folder), { recursive: true, encoding: 'utf8' }).map((name) => join(at(folder), name)),
  )
  const files = ours.filter((path) => statSync(path).isFile() && !path.includes('/code/'))
  expect(files.length).toBeGreaterThan(2)
  expect(files.filter((path) => canaries.some((canary) => readFileSync(path).includes(canary)))).toEqual([])
})
