/** The device code poller against the test tenant: how often it asks, and how it ends (RFC 8628). */
import type { Send } from '../../src/platform/http.ts'
import type { TokenRequest } from '../../src/profiles/resolve.ts'
import { signInByDevice } from '../../src/sign-in/device-code.ts'
import type { SignInWorld } from '../../src/sign-in/world.ts'
import { trustingFetch } from '../entra/fetch.ts'
import { createPeople, type People } from '../parts/people.ts'
import { until } from '../parts/require-part.ts'

let people: People
let said: string[]
let asking: number
let mostAtOnce: number

beforeEach(async () => {
  people = await createPeople()
  people.entra.tokens.deviceCodeInterval = 1
  said = []
  asking = 0
  mostAtOnce = 0
})
afterEach(() => people.close())

/** Our HTTP with the test server's CA, counting what is under way. */
const createSend = (): Send => {
  return async ({ url, method, headers, body }) => {
    // As our own HTTP, it keeps no connection.
    const fetch = trustingFetch(people.entra.caFile)
    asking += 1
    mostAtOnce = Math.max(mostAtOnce, asking)
    try {
      const response = await fetch(url, { method, ...(headers && { headers }), body })
      return { status: response.status, headers: headersOf(response), body: await response.text() }
    } finally {
      asking -= 1
      fetch.close()
    }
  }
}

const headersOf = (response: Response) => Object.fromEntries(response.headers)

const request = (): TokenRequest => ({
  profile: 'work',
  authorityHost: people.entra.authorityHost,
  tenant: people.tenant.id,
  clientId: people.native.clientId,
  flow: 'device-code',
  scopes: ['https://graph.microsoft.com/User.Read'],
  credential: { type: 'none' },
})

function start() {
  const world = {
    send: createSend(),
    client: async () => ({ application: request(), proof: undefined, network: undefined }),
    tell: (line: string) => said.push(line),
    showPassing: () => {},
    debug: () => {},
  } as unknown as SignInWorld
  const ended = signInByDevice(request(), world)
  ended.catch(() => {})
  return ended
}

const polls = () => people.entra.requestsOf('urn:ietf:params:oauth:grant-type:device_code')
const latest = () => until('a device code', () => people.entra.deviceCodes.latest)
const gaps = () =>
  polls()
    .slice(1)
    .map(({ at }, index) => at - (polls()[index]?.at ?? 0))
const fault = (error: string, times = 1) =>
  people.entra.fault({ kind: 'json', status: 400, body: { error } }, times)

test('says where to go, which code, and for which application and tenant', async () => {
  const ended = start()
  const { userCode } = await latest()
  await people.enterCode(`${people.entra.authorityHost}/devicelogin`, userCode).catch(() => {})
  const text = said.join('\n')
  expect(text).toContain(userCode)
  expect(text).toContain(people.native.clientId)
  expect(text).toContain(people.tenant.id)
  people.entra.fault({ kind: 'json', status: 400, body: { error: 'authorization_declined' } })
  await ended.catch(() => {})
})

test('asks at the interval, one at a time, until the person has approved', async () => {
  const ended = start()
  const { userCode } = await latest()
  await until('two polls', () => polls().length >= 2)
  await people.enterCode(verificationUri(), userCode)
  const { refreshToken, idToken } = await ended
  expect([refreshToken, idToken]).toEqual([expect.anything(), expect.anything()])
  expect(mostAtOnce).toBe(1)
  // The server itself refuses a client that asks too early.
  for (const gap of gaps()) expect(gap).toBeGreaterThanOrEqual(950)
  expect(polls()[0]?.form).toMatchObject({ client_id: people.native.clientId })
}, 30_000)

/** As it was shown. */
const verificationUri = () => /open (\S+) and/.exec(said[0] ?? '')?.[1] as string

test('slow_down makes the interval five seconds longer for good', async () => {
  const ended = start()
  await latest()
  fault('slow_down')
  fault('authorization_pending')
  fault('authorization_declined')
  await expect(ended).rejects.toMatchObject({ code: 'denied' })
  const [first, second] = gaps()
  expect(first).toBeGreaterThanOrEqual(5900)
  expect(second).toBeGreaterThanOrEqual(5900)
}, 40_000)

test('a server in trouble is asked less often, and the sign-in goes on', async () => {
  const ended = start()
  const { userCode } = await latest()
  people.entra.fault({ kind: 'status', status: 503 })
  await until('the failed poll', () => polls().length >= 1)
  await people.enterCode(verificationUri(), userCode)
  expect(await ended).toHaveProperty('accessToken')
  expect(gaps()[0]).toBeGreaterThanOrEqual(1900)
}, 30_000)

test('a server in trouble says itself when to ask again', async () => {
  const ended = start()
  const { userCode } = await latest()
  people.entra.fault({ kind: 'status', status: 429, headers: { 'Retry-After': '3' } })
  await until('the failed poll', () => polls().length >= 1)
  await people.enterCode(verificationUri(), userCode)
  expect(await ended).toHaveProperty('accessToken')
  expect(gaps()[0]).toBeGreaterThanOrEqual(2900)
}, 30_000)

test.each([
  ['expired_token', 'interaction'],
  ['authorization_declined', 'denied'],
  ['access_denied', 'denied'],
  ['bad_verification_code', 'denied'],
])('%s ends it', async (error, code) => {
  const ended = start()
  await latest()
  fault(error)
  await expect(ended).rejects.toMatchObject({ code })
})

test('a code that nobody enters expires', async () => {
  people.entra.tokens.deviceCodeLifetime = 1
  await expect(start()).rejects.toMatchObject({
    code: 'interaction',
    message: expect.stringContaining('expired'),
  })
})

test('what the endpoint says is shown safely, and another address than Microsoft’s is warned of', async () => {
  const body = {
    device_code: 'd',
    user_code: 'A\u001b[2JB',
    verification_uri: 'https://evil.example/\u202e',
    expires_in: 1,
    interval: 1,
  }
  people.entra.fault({ kind: 'json', body }, 1, 'devicecode')
  await expect(start()).rejects.toMatchObject({ code: expect.any(String) })
  const text = said.join('\n')
  expect(text).toContain('A\\u{1b}[2JB')
  for (const character of ['\u001b', '\u202e']) expect(text).not.toContain(character)
  expect(text).toContain('not one of Microsoft')
})

test('an endpoint that fails once is asked again', async () => {
  people.entra.fault({ kind: 'status', status: 503 }, 1, 'devicecode')
  const ended = start()
  await latest()
  fault('authorization_declined')
  await expect(ended).rejects.toMatchObject({ code: 'denied' })
})

test.each<[string, unknown]>([
  ['no code', { verification_uri: 'https://microsoft.com/devicelogin', user_code: 'A' }],
  ['no JSON object', []],
])('an answer with %s is none', async (_, body) => {
  people.entra.fault({ kind: 'json', body }, 1, 'devicecode')
  await expect(start()).rejects.toMatchObject({ code: 'protocol' })
})
