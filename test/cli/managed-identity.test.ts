/** Managed identities of all six hosts: the real program, and their protocols on loopback. */
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { decodeJwt } from 'jose'
import type { Env, Result } from '../parts/cli.ts'
import {
  type AskedIdentity,
  type HostKind,
  type IdentityEndpoint,
  startIdentityEndpoint,
} from '../parts/identity-endpoint.ts'
import { createWorld, type World } from '../parts/world.ts'

const graph = 'https://graph.microsoft.com'
const resourceId =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/app'
const arcDirectory = '/var/opt/azcmagent/tokens'
const arcKey = { path: `${arcDirectory}/entra-auth-cli-test.key`, content: 'canary-arc-key' }
const isRoot = process.getuid?.() === 0

let world: World
let endpoint: IdentityEndpoint | undefined
let asked: AskedIdentity[]
let identity: ReturnType<World['tenant']['addManagedIdentity']>

beforeEach(async () => {
  world = await createWorld()
  identity = world.tenant.addManagedIdentity()
  asked = []
})
afterEach(async () => {
  await endpoint?.close()
  await world.close()
})

async function start(kind: HostKind): Promise<IdentityEndpoint> {
  endpoint = await startIdentityEndpoint(kind, {
    arcKey,
    token: async (request) => {
      asked.push(request)
      if (request.clientId === '99999999-9999-9999-9999-999999999999') return undefined
      return world.entra.managedIdentityToken(world.tenant, identity, request.resource)
    },
  })
  return endpoint
}

const getToken = (flags: readonly string[], env: Env = endpoint?.env ?? {}): Promise<Result> =>
  world.cli(['get-token', ...flags], { env })

const kinds: readonly HostKind[] = [
  'imds',
  'app-service',
  'service-fabric',
  'machine-learning',
  'cloud-shell',
  ...(isRoot ? (['azure-arc'] as const) : []),
]

describe.each(kinds)('%s', (kind) => {
  beforeAll(() => {
    if (kind !== 'azure-arc') return
    mkdirSync(arcDirectory, { recursive: true })
    writeFileSync(arcKey.path, arcKey.content, { mode: 0o600 })
  })
  afterAll(() => rmSync(arcKey.path, { force: true }))

  test("gives the machine's own identity, once, without a profile or a proxy", async () => {
    await start(kind)
    const env = { ...endpoint?.env, HTTP_PROXY: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9' }
    const first = await getToken(['--flow', 'managed-identity', '--debug'], env)
    expect(first).toMatchObject({ status: 0 })
    expect(decodeJwt(first.stdout.trim())).toMatchObject({ aud: graph, azp: identity.clientId })
    expect(first.stderr).not.toContain(endpoint?.header)
    expect(first.stderr).not.toContain(arcKey.content)
    expect(first.stderr).not.toContain(first.stdout.trim())

    const again = await getToken(['--managed-identity', 'system', '-o', 'json'], env)
    expect(JSON.parse(again.stdout)).toMatchObject({
      source: 'cache',
      access_token: first.stdout.trim(),
      tenant_id: world.tenant.id,
      client_id: identity.clientId,
      scope: `${graph}/.default`,
    })
    expect(JSON.parse(again.stdout).expires_in).toBeGreaterThan(3000)
    expect(asked.map(({ resource }) => resource)).toEqual([graph])
    expect(world.entra.requests).toEqual([])
  })

  const byId: readonly (readonly [string, string, Partial<AskedIdentity>])[] = [
    [
      'client ID',
      '12345678-1234-1234-1234-123456789012',
      { clientId: '12345678-1234-1234-1234-123456789012' },
    ],
    [
      'object ID',
      'object:12345678-1234-1234-1234-123456789012',
      { objectId: '12345678-1234-1234-1234-123456789012' },
    ],
    ['resource ID', resourceId, { resourceId }],
  ]
  const refused: Partial<Record<HostKind, readonly string[]>> = {
    'cloud-shell': ['client ID', 'object ID', 'resource ID'],
    'machine-learning': ['object ID', 'resource ID'],
    // The agent's answer names the client ID alone.
    'azure-arc': ['object ID', 'resource ID'],
  }
  test.each(byId)(
    'takes a user-assigned identity by %s, or says that the host does not',
    async (what, id, sent) => {
      await start(kind)
      const result = await getToken(['--managed-identity', id, '--scope', 'https://vault.azure.net/.default'])
      if (refused[kind]?.includes(what)) {
        expect(result).toMatchObject({ status: 78, stdout: '' })
        expect(result.stderr).toMatch(/hint: .*--managed-identity/)
        return
      }
      expect(result).toMatchObject({ status: 0 })
      expect(asked).toEqual([
        {
          resource: 'https://vault.azure.net',
          clientId: undefined,
          objectId: undefined,
          resourceId: undefined,
          ...sent,
        },
      ])
    },
  )
})

test('an identity that is not there is refused, in the words of the endpoint', async () => {
  await start('imds')
  const { status, stderr } = await getToken(['--managed-identity', '99999999-9999-9999-9999-999999999999'])
  expect(status).toBe(77)
  expect(stderr).toMatch(
    /refused \(HTTP 400\): Identity not found\n.*hint: check that the identity is assigned/,
  )
})

test('an endpoint that starts or is asked too often is asked again', async () => {
  const { fail, requests } = await start('imds')
  fail(429, 1)
  fail(503, 1)
  const { status } = await getToken(['--managed-identity', 'system'])
  expect(status).toBe(0)
  expect(requests).toHaveLength(3)
})

test.each([
  [404, 77, /refused \(HTTP 404\)/],
  [500, 69, /failed \(HTTP 500\)/],
  [410, 69, /failed \(HTTP 410\)/],
])('after three answers of %i it ends', async (status, exit, said) => {
  const { fail, requests } = await start('imds')
  fail(status, 9)
  const result = await getToken(['--managed-identity', 'system'])
  expect(result.status).toBe(exit)
  expect(result.stderr).toMatch(said)
  expect(requests).toHaveLength(3)
})

test.each([
  ['nobody answers', '{}', /sent no usable access_token/],
  ['a page', '<html>hello</html>', /sent no usable access_token/],
  ['a token without a time', '{"access_token":"abc","token_type":"Bearer"}', /past its time, or has none/],
])('an answer that is none: %s', async (_, body, said) => {
  const { fail } = await start('imds')
  fail(200, 9, body)
  const { status, stderr } = await getToken(['--managed-identity', 'system'])
  expect(status).toBe(76)
  expect(stderr).toMatch(said)
})

test('where there is no endpoint it says so', async () => {
  const env = { AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:9' }
  const { status, stderr } = await getToken(['--managed-identity', 'system', '-o', 'json'], env)
  expect(status).toBe(69)
  expect(JSON.parse(stderr.split('\n').at(-2) as string)).toMatchObject({
    error: 'unavailable',
    message: expect.stringMatching(
      /^this machine has no managed identity: the identity endpoint 127.0.0.1:9 /,
    ),
  })
})

test('an address that swallows connections is given up', async () => {
  // Whoever listens there is stopped, and its queue full: the kernel answers no further connection.
  const listen =
    "require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port) })"
  const listener = spawn(process.execPath, ['-e', listen], { stdio: ['ignore', 'pipe', 'ignore'] })
  const port = Number(await new Promise<Buffer>((resolve) => listener.stdout.once('data', resolve)))
  listener.kill('SIGSTOP')
  const waiting = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  try {
    const env = { AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://127.0.0.1:${port}` }
    const { status, stderr } = await getToken(['--managed-identity', 'system'], env)
    expect(status).toBe(69)
    expect(stderr).toContain(`the identity endpoint 127.0.0.1:${port} did not answer within 1.5 seconds`)
  } finally {
    for (const socket of waiting) socket.destroy()
    listener.kill('SIGKILL')
  }
})

test('a certificate that is not the pinned one gets no secret', async () => {
  const { env, requests } = await start('service-fabric')
  const wrong = { ...env, IDENTITY_SERVER_THUMBPRINT: 'ab'.repeat(20) }
  const { status, stderr } = await getToken(['--managed-identity', 'system'], wrong)
  expect(status).toBe(76)
  expect(stderr).toContain('another certificate than IDENTITY_SERVER_THUMBPRINT names')
  expect(requests).toEqual([])
})

describe('a profile', () => {
  test('has neither tenant nor client ID, and is shown, listed, changed and used', async () => {
    await start('app-service')
    const cli = (...args: string[]) => world.cli(args, { env: endpoint?.env ?? {} })
    expect(await cli('create-profile', '-n', 'vm', '--managed-identity', 'system')).toMatchObject({
      status: 0,
    })
    expect((await cli('list-profiles')).stdout).toMatch(/^vm \* +- +managed identity$/m)
    expect((await cli('show-profile', 'vm')).stdout).toMatch(/identity +the machine's own/)
    expect((await cli('get-token')).status).toBe(0)
    expect(JSON.parse((await cli('cache', 'list', '-o', 'json')).stdout)).toMatchObject({
      tokens: [{ profile: 'vm', tenant_id: world.tenant.id, client_id: identity.clientId }],
    })
    expect((await cli('refresh', '-p', 'vm')).status).toBe(0)
    expect((await cli('inspect', '-p', 'vm')).stdout).toContain(identity.clientId)
    // A token that is moved to another name is found there.
    expect((await cli('rename-profile', 'vm', 'box')).status).toBe(0)
    expect(JSON.parse((await cli('get-token', '-o', 'json')).stdout)).toMatchObject({ source: 'cache' })
    expect((await cli('edit-profile', 'box', '--managed-identity', resourceId)).status).toBe(0)
    expect(JSON.parse((await cli('show-profile', 'box', '-o', 'json')).stdout)).toMatchObject({
      credential: { type: 'managed-identity', identity: resourceId },
    })
    expect((await cli('get-token')).status).toBe(0)
    expect(asked.at(-1)).toMatchObject({ resourceId })
  })

  test('changes between an application and a managed identity whole', async () => {
    await world.createProfile('ci')
    expect(await world.cli(['edit-profile', 'ci', '--managed-identity', 'system'])).toMatchObject({
      status: 0,
    })
    const secret = ['edit-profile', 'ci', '--client-secret-stdin']
    const { status, stderr } = await world.cli(secret, { input: world.secret })
    expect({ status, stderr }).toEqual({
      status: 64,
      stderr: expect.stringContaining('--tenant-id is missing'),
    })
    const whole = await world.cli([...secret, ...world.identity], { input: world.secret })
    expect(whole).toMatchObject({ status: 0 })
    expect((await world.cli(['get-token'])).status).toBe(0)
  })
})

test.each([
  [['--managed-identity', 'mine'], /--managed-identity must be system, or the identity's client ID/],
  [
    ['--managed-identity', 'system', '--tenant-id', 'contoso.com'],
    /--tenant-id is not for a managed identity/,
  ],
  [
    ['--flow', 'managed-identity', '--client-secret-env', 'X'],
    /a client secret and a managed identity do not go together/,
  ],
  [
    ['--managed-identity', 'system', '--flow', 'client-credentials'],
    /the flow client-credentials does not go together with a managed identity/,
  ],
])('%j is refused', async (flags, said) => {
  const { status, stderr } = await getToken(flags, {})
  expect(status).toBe(64)
  expect(stderr).toMatch(said)
})
