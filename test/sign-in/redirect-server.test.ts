/** The loopback server under attack: nothing wrong is taken, and the sign-in still ends well. */
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { openRedirectServer, type RedirectServer } from '../../src/sign-in/redirect-server.ts'
import { signedInPage } from '../../src/sign-in/result-page.ts'
import { until } from '../parts/require-part.ts'

const state = '6f1b2a34-0000-4000-8000-123456789abc'
let server: RedirectServer
let port: number
const sockets: Socket[] = []

beforeEach(async () => {
  server = await openRedirectServer({})
  port = Number(new URL(server.redirectUri).port)
})
afterEach(() => {
  server.close()
  for (const socket of sockets.splice(0)) socket.destroy()
})

interface Sent {
  readonly status: number
  readonly body: string
  readonly headers: IncomingHttpHeaders
}

interface Attempt {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly address?: string
}

const send = ({
  method = 'GET',
  path = '/',
  headers = {},
  body,
  address = '127.0.0.1',
}: Attempt): Promise<Sent> =>
  new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false })
    const options = {
      host: address,
      port,
      method,
      path,
      agent,
      headers: { host: `localhost:${port}`, ...headers },
    }
    const outgoing = httpRequest(options, async (response) => {
      const chunks: Buffer[] = []
      for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
      resolve({
        status: response.statusCode ?? 0,
        body: Buffer.concat(chunks).toString(),
        headers: response.headers,
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })

const right = `/?code=the-code&state=${state}`
const form = { 'content-type': 'application/x-www-form-urlencoded' }

/** Brings the right answer, as the browser does, and checks that it is the one that is taken. */
async function finish(attempt: Attempt = { path: right }): Promise<void> {
  const arrival = server.waitFor(state, 20)
  const sent = send(attempt)
  const { answer, show } = await arrival
  expect(answer).toEqual({ type: 'code', code: 'the-code' })
  await show(signedInPage('ada'))
  expect(await sent).toMatchObject({ status: 200, body: expect.stringContaining('ada is signed in') })
}

test.each<[string, Attempt]>([
  ['in the query', { path: right }],
  ['as a posted form', { method: 'POST', headers: form, body: `code=the-code&state=${state}` }],
  ['over IPv6', { path: right, address: '::1' }],
])('the answer is taken %s', async (_, attempt) => {
  await finish(attempt)
})

test.each(['127.0.0.1', '[::1]', 'LOCALHOST'])('the host may be called %s', async (host) => {
  await finish({ path: right, headers: { host: `${host}:${port}` } })
})

test('an error with the right state is an answer', async () => {
  const arrival = server.waitFor(state, 20)
  const sent = send({ path: `/?error=access_denied&error_description=No&state=${state}` })
  const { answer, show } = await arrival
  expect(answer).toMatchObject({ type: 'error', fields: { error: 'access_denied', error_description: 'No' } })
  await show(signedInPage('ada'))
  await sent
})

const post = (body: string, headers: Record<string, string> = form): Attempt => ({
  method: 'POST',
  headers,
  body,
})

const wrong = (): readonly (readonly [string, Attempt, number])[] => [
  ['nothing', {}, 400],
  ['a favicon', { path: '/favicon.ico' }, 404],
  ['no state', { path: '/?code=the-code' }, 400],
  ['an empty state', { path: '/?code=x&state=' }, 400],
  ['another state', { path: `/?code=x&state=${state.replace('6', '7')}` }, 400],
  ['a longer state', { path: `/?code=x&state=${state}0` }, 400],
  ['a shorter state', { path: `/?code=x&state=${state.slice(1)}` }, 400],
  ['two states', { path: `/?code=x&state=${state}&state=wrong` }, 400],
  ['two codes', { path: `/?code=x&code=y&state=${state}` }, 400],
  ['code and error', { path: `/?code=x&error=y&state=${state}` }, 400],
  ['neither code nor error', { path: `/?state=${state}` }, 400],
  ['an empty code', { path: `/?code=&state=${state}` }, 400],
  ['a state in the fragment', { path: `/?code=x#state=${state}` }, 400],
  ['another path', { path: `/callback?code=x&state=${state}` }, 404],
  ['a path that climbs', { path: `//evil.example/?code=x&state=${state}` }, 404],
  ['another host', { path: right, headers: { host: `evil.example:${port}` } }, 400],
  ['another port', { path: right, headers: { host: 'localhost:1' } }, 400],
  ['a host without a port', { path: right, headers: { host: 'localhost' } }, 400],
  ['a host that ends in ours', { path: right, headers: { host: `x.localhost:${port}` } }, 400],
  ['HEAD', { path: right, method: 'HEAD' }, 405],
  ['OPTIONS', { path: right, method: 'OPTIONS' }, 405],
  ['PUT', { path: right, method: 'PUT' }, 405],
  ['DELETE', { path: right, method: 'DELETE' }, 405],
  ['a posted query', { ...post('', form), path: right }, 400],
  ['posted JSON', post(JSON.stringify({ code: 'x', state }), { 'content-type': 'application/json' }), 400],
  ['a posted text', post(`code=x&state=${state}`, { 'content-type': 'text/plain' }), 400],
  ['a posted wrong state', post('code=x&state=wrong'), 400],
  ['an absolute target', { path: `http://evil.example/?code=x&state=${state}` }, 400],
]

test('what is not the answer is refused, and the answer still taken', async () => {
  const arrival = server.waitFor(state, 20)
  for (const [name, attempt, status] of wrong()) {
    const sent = await send(attempt)
    expect([name, sent.status]).toEqual([name, status])
    expect(sent.headers).toMatchObject({ connection: 'close', 'x-content-type-options': 'nosniff' })
  }
  const sent = send({ path: right })
  const { answer, show } = await arrival
  expect(answer).toEqual({ type: 'code', code: 'the-code' })
  // A second answer while the first is dealt with is one too many.
  expect(await send({ path: `/?code=other&state=${state}` })).toMatchObject({ status: 400 })
  await show(signedInPage('ada'))
  await sent
})

test('before anything is waited for, nothing is taken', async () => {
  expect(await send({ path: right })).toMatchObject({ status: 400 })
  await finish()
})

test('a large body is refused, and the answer still taken', async () => {
  const outcome = await send(post(`code=x&state=${state}&pad=${'x'.repeat(1024 * 1024)}`)).catch(
    () => undefined,
  )
  expect(outcome?.status ?? 400).toBe(400)
  const headers = await send({ path: `/?${'x'.repeat(100_000)}` }).catch(() => undefined)
  expect(headers?.status ?? 431).toBe(431)
  await finish()
})

test('200 idle connections do not keep the answer out', async () => {
  for (let count = 0; count < 200; count++) {
    const socket = connect(port, count % 2 ? '127.0.0.1' : '::1')
    socket.on('error', () => {}).resume()
    sockets.push(socket)
  }
  await until('the first ones to be closed', () => sockets.filter(({ closed }) => closed).length > 150)
  await finish()
})

test('connections that begin a request and never end it do not keep the answer out', async () => {
  for (let count = 0; count < 60; count++) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {}).resume()
    socket.write(`POST / HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: 100000\r\n\r\nx`)
    sockets.push(socket)
  }
  await until('the first ones to be closed', () => sockets.filter(({ closed }) => closed).length > 30)
  await finish()
})

test('garbage in place of HTTP changes nothing', async () => {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => {})
  socket.end('\u0000\u0001GET / NONSENSE\r\n\r\n')
  await finish()
})

test('hundreds of wrong requests do not keep the answer out', async () => {
  const arrival = server.waitFor(state, 20)
  for (let count = 0; count < 300; count++)
    expect(await send({ path: `/?code=x&state=${count}` })).toMatchObject({ status: 400 })
  const sent = send({ path: right })
  const { show } = await arrival
  await show(signedInPage('ada'))
  await sent
})

test('when the time is over the wait ends', async () => {
  await expect(server.waitFor(state, 0.05)).rejects.toMatchObject({ code: 'timeout' })
})

test('closed, it answers nobody on either family', async () => {
  server.close()
  for (const address of ['127.0.0.1', '::1'])
    await expect(send({ path: right, address })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

describe('the port', () => {
  const taken = async (address: string) => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, address, resolve))
    return { other, port: (other.address() as { port: number }).port }
  }

  test.each(['127.0.0.1', '::1'])('that another program has on %s is refused', async (address) => {
    const { other, port: busy } = await taken(address)
    await expect(openRedirectServer({ port: busy })).rejects.toMatchObject({
      code: 'config',
      message: `port ${busy} is in use`,
    })
    other.close()
  })

  test('stands in the redirect URI, before the path', async () => {
    const { other, port: free } = await taken('127.0.0.1')
    await new Promise((resolve) => other.close(resolve))
    const own = await openRedirectServer({ redirectUri: 'http://localhost/callback', port: free })
    expect(own.redirectUri).toBe(`http://localhost:${free}/callback`)
    own.close()
  })
})
