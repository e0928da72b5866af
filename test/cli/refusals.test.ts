/** What the token endpoint may answer, and what a script then gets: status, code, hint, and no second request too many. */
import type { Fault } from '../entra/server.ts'
import { createWorld, type World } from '../parts/world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
  await world.createProfile('ci')
})
beforeEach(() => {
  world.entra.clearFaults()
  world.entra.resetCounts()
  world.entra.tokens.refreshIn = undefined
})
afterAll(() => world.close())

async function failure(args: readonly string[] = []) {
  const { status, stdout, stderr } = await world.cli(['get-token', '--force', '--json', ...args])
  expect(stdout).toBe('')
  return { status, ...JSON.parse(stderr) }
}

const json = (body: unknown): Fault => ({ kind: 'json', body })
const token = { token_type: 'Bearer', expires_in: 3600, access_token: 'a.b.c' }

test.each<[string, Fault, number, string]>([
  [
    'a page instead of JSON',
    { kind: 'status', status: 200, body: '<html>', contentType: 'text/html' },
    76,
    'protocol',
  ],
  [
    'a redirect',
    { kind: 'status', status: 302, headers: { location: 'https://example.com/' } },
    76,
    'protocol',
  ],
  ['no access_token', json({ ...token, access_token: undefined }), 76, 'protocol'],
  ['an access_token with a line break', json({ ...token, access_token: 'a\r\nb' }), 76, 'protocol'],
  ['no expires_in', json({ ...token, expires_in: undefined }), 76, 'protocol'],
  ['a list', json([]), 76, 'protocol'],
  ['an answer without an end', { kind: 'huge', bytes: 64 * 1024 * 1024 }, 76, 'protocol'],
])('%s is an answer that is not one', async (_, fault, status, error) => {
  world.entra.fault(fault)
  expect(await failure()).toMatchObject({ status, error })
  expect(world.entra.count()).toBe(1)
})

describe('what may pass by itself', () => {
  const broken: Fault = { kind: 'status', status: 503, headers: { 'retry-after': '0' } }

  test('is tried again', async () => {
    world.entra.fault(broken, 2)
    const { status, stderr } = await world.cli(['get-token', '--force'])
    expect([status, stderr]).toEqual([0, ''])
    expect(world.entra.count('token')).toBe(3)
  })

  test('is tried three times and no more', async () => {
    world.entra.fault(broken, 5)
    expect(await failure()).toMatchObject({ status: 69, error: 'unavailable', retryable: true })
    expect(world.entra.count('token')).toBe(3)
  })

  test('may be a connection that breaks', async () => {
    world.entra.fault({ kind: 'reset' })
    world.entra.fault({ kind: 'cut' })
    expect((await world.cli(['get-token', '--force'])).status).toBe(0)
    expect(world.entra.count('token')).toBe(3)
  })
})

test('after a 429 nobody asks again before its time, in no process', async () => {
  await world.createProfile('throttled')
  world.entra.fault({ kind: 'status', status: 429, headers: { 'retry-after': '60' } })
  const first = await failure(['-p', 'throttled'])
  expect(first).toMatchObject({ status: 75, error: 'try_again', retry_after: 60, retryable: true })
  const second = await failure(['-p', 'throttled'])
  expect(second).toMatchObject({ status: 75, error: 'try_again' })
  expect(second.retry_after).toBeLessThanOrEqual(60)
  expect(world.entra.count('token')).toBe(1)
  // Other requests are not the throttled one.
  const other = await world.cli([
    'get-token',
    '-p',
    'ci',
    '--force',
    '-s',
    'https://vault.azure.net/.default',
  ])
  expect(other.status).toBe(0)
})

describe('a refusal', () => {
  test('names its code, what to do, and the correlation ID', async () => {
    const args = ['create-profile', '-n', 'wrong', ...world.identity, '--client-secret-stdin']
    await world.cli(args, { input: 'not-the-secret' })
    const { status, stderr } = await world.cli(['get-token', '-p', 'wrong'])
    expect(status).toBe(77)
    expect(stderr).toMatch(/^entra-auth-cli: error: Entra refused: AADSTS7000215: /)
    expect(stderr).toMatch(/^entra-auth-cli: hint: .*secret/m)
    expect(stderr).toMatch(/correlation ID [0-9a-f-]{36}/)
    expect(world.entra.count('token')).toBe(1)
  })

  test.each<[string, readonly string[], number]>([
    ['an unknown application', ['--client-id', '00000000-0000-4000-8000-000000000000'], 700016],
    ['an unknown tenant', ['--tenant-id', 'nowhere.onmicrosoft.com'], 90002],
    ['an unknown resource', ['--scope', 'api://nobody/.default'], 500011],
  ])('of %s keeps its AADSTS code', async (_, args, aadsts) => {
    expect(await failure(args)).toMatchObject({ status: 77, aadsts, correlation_id: expect.any(String) })
  })

  test('of a disabled application', async () => {
    world.app.disabled = true
    expect(await failure()).toMatchObject({ status: 77, aadsts: 7000112 })
    world.app.disabled = false
  })

  test('whose text would drive a terminal is made safe', async () => {
    const description = 'AADSTS1: \u001b]52;c;aGk=\u0007 \u202eevil\nentra-auth-cli: error: forged'
    world.entra.fault({
      kind: 'json',
      status: 400,
      body: { error: 'invalid_client', error_description: description },
    })
    const { stderr } = await world.cli(['get-token', '--force'])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(stderr).not.toMatch(/[\u001b\u0007\u202e]|^entra-auth-cli: error: forged/m)
  })
})

describe('a token that is due for refresh', () => {
  const args = ['get-token', '-p', 'ci', '-s', 'https://storage.azure.com/.default', '-o', 'json']

  test('is renewed, and still served when that fails', async () => {
    world.entra.tokens.refreshIn = 0
    const first = JSON.parse((await world.cli(args)).stdout)
    const renewed = JSON.parse((await world.cli(args)).stdout)
    expect(renewed.source).toBe('entra')
    expect(renewed.access_token).not.toBe(first.access_token)
    world.entra.fault({ kind: 'status', status: 400, body: '{"error":"invalid_client"}' })
    const { status, stdout, stderr } = await world.cli(args)
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ access_token: renewed.access_token, source: 'cache' })
    expect(stderr).toMatch(/^entra-auth-cli: warning: the token could not be renewed/)
  })

  test('is not served once it has less than --min-ttl left', async () => {
    world.entra.fault({ kind: 'status', status: 400, body: '{"error":"invalid_client"}' })
    const { status, stdout } = await world.cli([...args, '--min-ttl', '2h'])
    expect([status, stdout]).toEqual([77, ''])
  })
})

test('--no-cache neither reads nor writes', async () => {
  const args = ['get-token', '-p', 'ci', '-s', 'https://database.windows.net/.default', '-o', 'json']
  for (const extra of [['--no-cache'], ['--no-cache'], []])
    expect(JSON.parse((await world.cli([...args, ...extra])).stdout).source).toBe('entra')
  expect(world.entra.count('token')).toBe(3)
})

test('an uncached token costs one request and no other', async () => {
  await world.cli(['get-token', '--force'])
  expect(world.entra.requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`)).toEqual([
    `POST /${world.tenant.id}/oauth2/v2.0/token`,
  ])
})
