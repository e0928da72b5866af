/** The token endpoint at its worst: what is asked again, what is remembered, and what is never handed out. */
import type { Fault } from '../entra/server.ts'
import { createWorld, type World } from '../parts/world.ts'

const accessToken = /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+\n$/

let world: World
let profile: string
let profiles = 0

beforeAll(async () => {
  world = await createWorld()
})
beforeEach(async () => {
  // What Entra said to one profile is remembered: each test has its own.
  profile = `p${++profiles}`
  const create = [
    'create-profile',
    '-n',
    profile,
    ...world.identity,
    '--client-secret-ref',
    `env:${variable()}`,
  ]
  expect((await world.cli(create)).status).toBe(0)
})
afterEach(() => {
  world.entra.clearFaults()
  world.entra.resetCounts()
  Object.assign(world.entra.tokens, { lifetime: 3599, refreshIn: undefined })
})
afterAll(() => world.close())

/** Profiles that refer to the same secret would share their tokens. */
const variable = () => `SECRET_OF_${profile}`
const run = (command: string, ...args: string[]) =>
  world.cli([command, '-p', profile, ...args], { env: { [variable()]: world.secret } })
const getToken = (...args: string[]) => run('get-token', ...args)

async function failure(...args: string[]) {
  const { status, stdout, stderr } = await getToken('--json', ...args)
  expect(stdout).toBe('')
  expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  return { status, ...JSON.parse(stderr) }
}

const good = { token_type: 'Bearer', expires_in: 3600, access_token: 'a.b.c' }
const text = (body: string, contentType = 'application/json'): Fault => ({
  kind: 'status',
  status: 200,
  body,
  contentType,
})
const json = (body: unknown): Fault => ({ kind: 'json', body })

describe('an answer that is none is refused at once, and its text is not shown', () => {
  test.each<[string, Fault]>([
    ['empty', text('')],
    ['cut JSON', text('{"access_token":"hidden-canary')],
    ['zero bytes', text('\0\0\0')],
    ['null', json(null)],
    ['a number', json(5)],
    ['a page', text('<html>hidden-canary</html>', 'text/html')],
    ['an access_token that is a number', json({ ...good, access_token: 5 })],
    ['an access_token that is empty', json({ ...good, access_token: '' })],
    ['an access_token with a quote', json({ ...good, access_token: "hidden-canary';id;'" })],
    ['an access_token of a list', json({ ...good, access_token: ['hidden-canary'] })],
    ['another token_type', json({ ...good, token_type: 'hidden-canary' })],
    ['no token_type', json({ ...good, token_type: undefined })],
    ['expires_in of zero', json({ ...good, expires_in: 0 })],
    ['expires_in below zero', json({ ...good, expires_in: -1 })],
    ['expires_in beyond measure', json({ ...good, expires_in: 1e308 })],
    ['expires_in that is a word', json({ ...good, expires_in: 'soon' })],
    ['a status of success without a token', { kind: 'status', status: 204 }],
    ['a permanent redirect', { kind: 'status', status: 308, headers: { location: '/hidden-canary' } }],
  ])('%s', async (_, fault) => {
    world.entra.fault(fault)
    const { status, stdout, stderr } = await getToken('--debug')
    expect({ status, stdout }).toEqual({ status: 76, stdout: '' })
    expect(stderr).not.toContain('hidden-canary')
    expect(world.entra.count()).toBe(1)
  })

  test.each<[string, Fault]>([
    ['expires_in as a text', json({ ...good, expires_in: '3600' })],
    ['fields that nobody knows', json({ ...good, ext_expires_in: 7200, new: { deep: [1] } })],
  ])('but %s is fine', async (_, fault) => {
    world.entra.fault(fault)
    expect(await getToken()).toEqual({ status: 0, signal: null, stdout: 'a.b.c\n', stderr: '' })
  })
})

test.each([301, 302, 303, 307, 308])(
  'a redirect (%i) is not followed, and the secret is sent nowhere else',
  async (status) => {
    const location = `${world.entra.authorityHost}/elsewhere/oauth2/v2.0/token`
    world.entra.fault({ kind: 'status', status, headers: { location } })
    expect(await failure()).toMatchObject({ status: 76, error: 'protocol', retryable: false })
    expect(world.entra.count()).toBe(1)
  },
)

describe('Entra asks to slow down', () => {
  test.each<[string, Record<string, string>, number]>([
    ['for a minute', { 'retry-after': '60' }, 60],
    ['without a time', {}, 60],
    ['for longer than an hour', { 'retry-after': '1000000000' }, 3600],
    ['in words', { 'retry-after': 'soon' }, 60],
  ])('%s: 75, and until then no process asks', async (_, headers, wait) => {
    world.entra.fault({ kind: 'status', status: 429, headers })
    expect(await failure()).toMatchObject({ status: 75, error: 'try_again', retryable: true })
    for (const args of [[], ['--force'], ['--min-ttl', '1h']]) {
      const next = await failure(...args)
      expect(next).toMatchObject({ status: 75, error: 'try_again' })
      expect(next.retry_after).toBeGreaterThan(wait - 30)
      expect(next.retry_after).toBeLessThanOrEqual(wait)
    }
    expect((await run('refresh')).status).toBe(75)
    expect(world.entra.count()).toBe(1)
  })

  test('until a date', async () => {
    const date = new Date(Date.now() + 120_000).toUTCString()
    world.entra.fault({ kind: 'status', status: 429, headers: { 'retry-after': date } })
    const { retry_after } = await failure()
    expect(retry_after).toBeGreaterThan(90)
    expect(retry_after).toBeLessThanOrEqual(120)
  })

  test('and a cached token is served meanwhile', async () => {
    const { stdout } = await getToken()
    world.entra.fault({ kind: 'status', status: 429, headers: { 'retry-after': '60' } })
    expect((await getToken('--force')).status).toBe(75)
    expect(await getToken()).toEqual({ status: 0, signal: null, stdout, stderr: '' })
  })

  test('for a moment: the next process may ask', async () => {
    world.entra.fault({ kind: 'status', status: 429, headers: { 'retry-after': '-5' } })
    expect((await failure()).status).toBe(75)
    let result = await getToken()
    while (result.status === 75) result = await getToken()
    expect(result.stdout).toMatch(accessToken)
    expect(world.entra.count()).toBe(2)
  })

  test('because it takes our calls for a loop: five minutes', async () => {
    const body = { error: 'invalid_grant', error_description: 'AADSTS50196: loop', error_codes: [50196] }
    world.entra.fault({ kind: 'json', status: 400, body })
    expect(await failure()).toMatchObject({ status: 75, aadsts: 50196, retry_after: 300 })
    expect((await failure()).retry_after).toBeGreaterThan(200)
    expect(world.entra.count()).toBe(1)
  })
})

describe('an outage', () => {
  test.each([500, 502, 504])('answers %i: three tries', async (status) => {
    world.entra.fault({ kind: 'status', status, headers: { 'retry-after': '0' } }, 3)
    expect(await failure()).toMatchObject({ status: 69, error: 'unavailable', retryable: true })
    expect(world.entra.count()).toBe(3)
  })

  test('that lasts a minute by its own words is not waited for', async () => {
    const started = performance.now()
    world.entra.fault({ kind: 'status', status: 503, headers: { 'retry-after': '60' } })
    expect(await failure()).toMatchObject({ status: 69, retry_after: 60 })
    expect(performance.now() - started).toBeLessThan(10_000)
    expect(world.entra.count()).toBe(1)
  })

  test('that breaks every connection: three tries', async () => {
    world.entra.fault({ kind: 'reset' }, 3)
    expect(await failure()).toMatchObject({ status: 69, error: 'unavailable' })
    expect(world.entra.count()).toBe(3)
  })

  test('that lets every byte wait does not outlast --timeout', async () => {
    world.entra.fault({ kind: 'drip' })
    const started = performance.now()
    expect(await failure('--timeout', '2s')).toMatchObject({ status: 124, error: 'timeout', retryable: true })
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  test('leaves no trace: the next call works', async () => {
    world.entra.fault({ kind: 'status', status: 503, headers: { 'retry-after': '0' } }, 3)
    expect((await getToken()).status).toBe(69)
    expect((await getToken()).stdout).toMatch(accessToken)
  })
})

describe('a cached token', () => {
  const down: Fault = { kind: 'status', status: 503, headers: { 'retry-after': '0' } }

  test('that is due for refresh is served with a warning when Entra is down, and renewed when it is back', async () => {
    world.entra.tokens.refreshIn = 0
    const { stdout: old } = await getToken()
    world.entra.fault(down, 3)
    const meanwhile = await getToken()
    expect(meanwhile).toMatchObject({ status: 0, stdout: old })
    expect(meanwhile.stderr).toMatch(/^entra-auth-cli: warning: [^\n]+\n$/)
    const { stdout: renewed } = await getToken()
    expect(renewed).toMatch(accessToken)
    expect(renewed).not.toBe(old)
  })

  test('that is due for refresh is not served for --force', async () => {
    world.entra.tokens.refreshIn = 0
    await getToken()
    world.entra.fault(down, 3)
    expect(await failure('--force')).toMatchObject({ status: 69 })
  })

  test.each([
    ['has expired', 1],
    ['expires within five minutes', 299],
  ])('that %s is never served, whatever happens', async (_, lifetime) => {
    world.entra.tokens.lifetime = lifetime
    await getToken()
    world.entra.fault(down, 3)
    expect(await failure()).toMatchObject({ status: 69 })
    world.entra.fault({ kind: 'status', status: 400, body: '{"error":"invalid_client"}' })
    expect(await failure()).toMatchObject({ status: 77 })
  })

  test('with little time left is served where that is enough', async () => {
    world.entra.tokens.lifetime = 200
    const { stdout } = await getToken()
    expect((await getToken('--min-ttl', '10s')).stdout).toBe(stdout)
    expect((await getToken()).stdout).not.toBe(stdout)
  })
})

describe('a refusal names the number, what to do, and the ID to quote', () => {
  const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

  async function refused(value: string, aadsts: number): Promise<void> {
    const create = ['create-profile', '--force', '-n', profile, ...world.identity, '--client-secret-stdin']
    expect((await world.cli(create, { input: value })).status).toBe(0)
    world.entra.resetCounts()
    const error = await failure()
    expect(error).toMatchObject({ status: 77, error: 'denied', aadsts, retryable: false })
    expect(error.hint).toMatch(/secret/)
    expect(error.correlation_id).toMatch(guid)
    expect(JSON.stringify(error)).not.toContain(value)
    expect(world.entra.count()).toBe(1)
  }

  test('of a wrong secret', () => refused('wrong~secret-of-nobody', 7000215))

  test('of an expired secret', () =>
    refused(world.app.addSecret(undefined, { expires: new Date(Date.now() - 1000) }), 7000222))

  test('and asks again at the next call, because the secret may be right by then', async () => {
    const create = [
      'create-profile',
      '--force',
      '-n',
      profile,
      ...world.identity,
      '--client-secret-env',
      'VALUE',
    ]
    expect((await world.cli(create, { env: { VALUE: 'wrong' } })).status).toBe(0)
    expect((await failure()).status).toBe(77)
    expect((await world.cli(create, { env: { VALUE: world.secret } })).status).toBe(0)
    expect((await getToken()).stdout).toMatch(accessToken)
  })
})
