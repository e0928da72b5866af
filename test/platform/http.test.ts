import { writeFileSync } from 'node:fs'
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type RequestListener,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { HttpOptions, HttpRequest, HttpResponse } from '../../src/platform/http.ts'
import {
  createSelfSigned,
  createTlsIdentity,
  type SelfSigned,
  type TlsIdentity,
} from '../entra/certificates.ts'
import { type Env, run } from '../parts/cli.ts'
import { bundle, type Program } from './bundle.ts'

let program: Program
let identity: TlsIdentity
let expired: SelfSigned
let anonymous: SelfSigned
const servers: Server[] = []
const sockets = new Set<Socket>()

beforeAll(async () => {
  // It ends by itself when nothing is left to wait for: a socket left open shows in its time.
  program = bundle(`
    import { BrokenConnection, createHttp } from './src/platform/http.ts'
    const { request, options } = JSON.parse(process.argv[2])
    const lines = []
    const send = createHttp({ ...options, env: process.env, debug: (line) => lines.push(line) })
    send(request).then(
      (response) => console.log(JSON.stringify({ response, lines })),
      (error) => console.log(JSON.stringify({
        error: { ...error.toJSON(), broken: error instanceof BrokenConnection, stack: error.stack },
        lines,
      })),
    )
  `)
  identity = await createTlsIdentity()
  const day = 24 * 3600 * 1000
  expired = await createSelfSigned({
    subject: 'CN=127.0.0.1',
    notBefore: new Date(Date.now() - 3 * day),
    notAfter: new Date(Date.now() - day),
  })
  anonymous = await createSelfSigned({ subject: 'CN=somewhere.else' })
  const directory = dirname(program.path)
  writeFileSync(
    join(directory, 'ca.pem'),
    [identity.caPem, expired.certificatePem, anonymous.certificatePem].join('\n'),
  )
})
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  for (const server of servers.splice(0)) server.close()
})
afterAll(() => program.remove())

async function listening(server: Server): Promise<number> {
  servers.push(server)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

const https = (
  listener: RequestListener,
  pair: { certificatePem: string; privateKeyPem: string } = identity,
) => listening(createHttpsServer({ cert: pair.certificatePem, key: pair.privateKeyPem }, listener))

const tcp = (onConnection: (socket: Socket) => void) => listening(createTcpServer(onConnection))

interface Outcome {
  readonly response: HttpResponse
  readonly error: {
    readonly error: string
    readonly message: string
    readonly hint: string
    readonly broken: boolean
    readonly stack: string
  }
  readonly lines: readonly string[]
  readonly stdout: string
  readonly seconds: number
}

/** One exchange in a process of its own, which trusts the test's CA and has only these variables. */
async function exchange(
  request: Partial<HttpRequest> & { url: string },
  { env = {}, ...options }: Partial<Omit<HttpOptions, 'env'>> & { env?: Env } = {},
): Promise<Outcome> {
  const started = performance.now()
  const { stdout, stderr, status } = await run(
    process.execPath,
    [program.path, JSON.stringify({ request: { method: 'GET', ...request }, options })],
    { env: { ...program.env, NODE_EXTRA_CA_CERTS: join(dirname(program.path), 'ca.pem'), ...env } },
  )
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  return { ...JSON.parse(stdout), stdout, seconds: (performance.now() - started) / 1000 }
}

const bodyOf = async (incoming: IncomingMessage) => {
  const chunks: Buffer[] = []
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('an exchange', () => {
  test('sends method, path, headers and body, and gives status, headers and body', async () => {
    let seen: unknown
    const port = await https(async (request, response) => {
      const { method, url, headers } = request
      seen = {
        method,
        url,
        type: headers['content-type'],
        length: headers['content-length'],
        body: await bodyOf(request),
      }
      response.writeHead(400, { 'X-Test': 'yes', 'Retry-After': '7' }).end('{"é":1}')
    })
    const { response, lines } = await exchange({
      url: `https://127.0.0.1:${port}/contoso.com/oauth2/v2.0/token?x=hunter2`,
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'client_secret=hunter2é',
    })
    expect(seen).toEqual({
      method: 'POST',
      url: '/contoso.com/oauth2/v2.0/token?x=hunter2',
      type: 'application/x-www-form-urlencoded',
      length: '23',
      body: 'client_secret=hunter2é',
    })
    expect(response).toMatchObject({ status: 400, body: '{"é":1}' })
    expect(response.headers).toMatchObject({ 'x-test': 'yes', 'retry-after': '7' })
    expect(lines).toEqual([
      expect.stringMatching(`^POST https://127.0.0.1:${port}/contoso.com/oauth2/v2.0/token: 400, \\d+ ms$`),
    ])
  })

  test.each(['localhost', '127.0.0.1'])('reaches %s', async (host) => {
    const port = await https((_, response) => response.end('ok'))
    expect((await exchange({ url: `https://${host}:${port}/` })).response).toMatchObject({
      status: 200,
      body: 'ok',
    })
  })

  test('does not follow a redirect', async () => {
    let requests = 0
    const port = await https((_, response) => {
      requests++
      response.writeHead(307, { Location: '/elsewhere' }).end()
    })
    const { response } = await exchange({ url: `https://127.0.0.1:${port}/`, method: 'POST', body: 'x' })
    expect([response.status, requests]).toEqual([307, 1])
  })

  test('does not unpack what nobody asked to pack', async () => {
    const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024))
    const port = await https((_, response) =>
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(bomb),
    )
    const { response } = await exchange({ url: `https://127.0.0.1:${port}/` })
    expect(response.body.length).toBeLessThan(bomb.length + 1)
  })

  test('reads a body up to the cap and not a byte more', async () => {
    const port = await https((request, response) => response.end('x'.repeat(Number(request.url?.slice(1)))))
    const url = `https://127.0.0.1:${port}`
    expect((await exchange({ url: `${url}/2048` }, { maxBytes: 2048 })).response.body).toHaveLength(2048)
    expect((await exchange({ url: `${url}/2049` }, { maxBytes: 2048 })).error).toMatchObject({
      error: 'protocol',
      message: `the answer of 127.0.0.1:${port} is larger than 2 KiB`,
      broken: false,
    })
  })

  test('gives up on a body without an end as soon as it is too large', async () => {
    let sent = 0
    const chunk = Buffer.alloc(64 * 1024, 'x')
    const port = await https((_, response) => {
      const pour = () => {
        while (!response.destroyed && sent < 300 * 1024 * 1024) {
          sent += chunk.length
          if (!response.write(chunk)) return void response.once('drain', pour)
        }
      }
      pour()
    })
    const { error, seconds } = await exchange({ url: `https://127.0.0.1:${port}/` })
    expect(error).toMatchObject({
      error: 'protocol',
      message: expect.stringContaining('larger than 1024 KiB'),
    })
    expect(sent).toBeLessThan(32 * 1024 * 1024)
    expect(seconds).toBeLessThan(5)
  })
})

describe('the deadline holds, whatever is slow', () => {
  const deadline = 400
  test.each<[string, () => Promise<number>]>([
    [
      'a body that drips',
      () =>
        https((_, response) => {
          const timer = setInterval(() => response.write('x'), 50)
          response.on('close', () => clearInterval(timer))
        }),
    ],
    ['an answer that does not come', () => https(() => {})],
    ['a TLS handshake that stalls', () => tcp(() => {})],
    [
      'headers that drip',
      () =>
        https((request) => {
          const timer = setInterval(() => request.socket.write('X'), 50)
          request.socket.on('close', () => clearInterval(timer))
          request.socket.write('HTTP/1.1 200 OK\r\nX-A: ')
        }),
    ],
  ])('%s', async (_, server) => {
    const port = await server()
    const { error, seconds } = await exchange({ url: `https://127.0.0.1:${port}/` }, { deadline })
    expect(error).toMatchObject({
      error: 'unavailable',
      message: `127.0.0.1:${port} gave no complete answer within 0.4 seconds`,
      // Its time is spent: another try would spend it again.
      broken: false,
    })
    expect(seconds).toBeGreaterThan(0.4)
    expect(seconds).toBeLessThan(3)
  })
})

describe('a failure says what failed, and whether another try may mend it', () => {
  const cases: readonly (readonly [string, () => Promise<string>, object])[] = [
    [
      'a connection that is reset',
      async () => `127.0.0.1:${await tcp((socket) => socket.once('data', () => socket.resetAndDestroy()))}`,
      {
        error: 'unavailable',
        broken: true,
        message: expect.stringMatching(/^the connection to HOST broke \(ECONNRESET\)$/),
      },
    ],
    [
      'a connection that is closed',
      async () => `127.0.0.1:${await tcp((socket) => socket.once('data', () => socket.end()))}`,
      { error: 'unavailable', broken: true },
    ],
    [
      'an answer cut short',
      async () =>
        `127.0.0.1:${await https((_, response) => {
          response.writeHead(200, { 'Content-Length': '100' }).write('{"access_token":"ey')
          setTimeout(() => response.destroy(), 20)
        })}`,
      { error: 'unavailable', broken: true },
    ],
    [
      'a closed port',
      async () => {
        const port = await tcp(() => {})
        await new Promise((resolve) => servers.pop()?.close(resolve))
        return `127.0.0.1:${port}`
      },
      { error: 'unavailable', broken: false, message: 'HOST refused the connection' },
    ],
    [
      'a CA that is not trusted',
      async () => `127.0.0.1:${await https((_, response) => response.end(), await createTlsIdentity())}`,
      {
        error: 'unavailable',
        broken: false,
        message: 'TLS with HOST failed (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
        hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
      },
    ],
    [
      'a certificate of nobody but itself',
      async () => `127.0.0.1:${await https((_, response) => response.end(), await createSelfSigned())}`,
      { error: 'unavailable', broken: false, message: 'TLS with HOST failed (DEPTH_ZERO_SELF_SIGNED_CERT)' },
    ],
    [
      'an expired certificate',
      async () => `127.0.0.1:${await https((_, response) => response.end(), expired)}`,
      { error: 'unavailable', broken: false, message: 'TLS with HOST failed (CERT_HAS_EXPIRED)' },
    ],
    [
      'the certificate of another host',
      async () => `127.0.0.1:${await https((_, response) => response.end(), anonymous)}`,
      { error: 'unavailable', broken: false, message: 'TLS with HOST failed (ERR_TLS_CERT_ALTNAME_INVALID)' },
    ],
    [
      'a TLS version of the past',
      async () => {
        const { certificatePem: cert, privateKeyPem: key } = identity
        const old = {
          cert,
          key,
          minVersion: 'TLSv1',
          maxVersion: 'TLSv1.1',
          ciphers: 'DEFAULT@SECLEVEL=0',
        } as const
        return `127.0.0.1:${await listening(createHttpsServer(old, (_, response) => response.end()))}`
      },
      {
        error: 'unavailable',
        broken: false,
        message: expect.stringMatching(/^TLS with HOST failed \((EPROTO|ERR_SSL_\w+)\)$/),
      },
    ],
    [
      'a server without TLS',
      async () => `127.0.0.1:${await listening(createHttpServer((_, response) => response.end()))}`,
      {
        error: 'unavailable',
        broken: false,
        message: expect.stringMatching(/^TLS with HOST failed \((EPROTO|ERR_SSL_\w+)\)$/),
      },
    ],
    [
      'no HTTP',
      async () => `127.0.0.1:${await https((request) => request.socket.end('220 mail.example ESMTP\r\n'))}`,
      {
        error: 'protocol',
        broken: false,
        message: expect.stringMatching(/^HOST did not answer in HTTP \(HPE_\w+\)$/),
      },
    ],
    [
      'headers without an end',
      async () =>
        `127.0.0.1:${await https((request) => {
          const { socket } = request
          socket.write('HTTP/1.1 200 OK\r\n')
          const pour = () => {
            while (!socket.destroyed && socket.write(`X-A: ${'x'.repeat(1000)}\r\n`));
            socket.once('drain', pour)
          }
          pour()
        })}`,
      { error: 'protocol', broken: false, message: 'HOST did not answer in HTTP (HPE_HEADER_OVERFLOW)' },
    ],
    [
      'a host that does not exist',
      async () => 'login.entra-auth-cli.invalid',
      {
        error: 'unavailable',
        broken: false,
        message: expect.stringMatching(/^cannot find the host HOST \((ENOTFOUND|EAI_AGAIN)\)$/),
      },
    ],
  ]
  test.each(cases)('%s', async (_, server, wanted) => {
    const host = await server()
    const { error, seconds, lines } = await exchange({
      url: `https://${host}/token`,
      method: 'POST',
      body: 'x=hunter2',
    })
    expect({ ...error, message: error.message.replace(host, 'HOST') }).toMatchObject(wanted)
    expect(error.hint).toBeTruthy()
    expect(lines).toEqual([expect.stringContaining(error.message)])
    expect(JSON.stringify([error, lines])).not.toContain('hunter2')
    expect(seconds).toBeLessThan(10)
  })
})

describe('through a proxy', () => {
  const password = 'p%40ss:Canary w'
  const login = `user:${encodeURIComponent(password)}@`

  interface Proxy {
    readonly port: number
    readonly server: HttpServer
    readonly connects: { readonly target: string | undefined; readonly authorization: string | undefined }[]
  }

  /** A proxy that tunnels to wherever it is asked to, or answers CONNECT in its own way. */
  async function createProxy(answer?: (socket: Socket) => void): Promise<Proxy> {
    const connects: Proxy['connects'] = []
    const server = createHttpServer()
    server.on('connect', (request, socket: Socket, head) => {
      connects.push({ target: request.url, authorization: request.headers['proxy-authorization'] })
      if (answer) return answer(socket)
      const { hostname, port } = new URL(`http://${request.url}`)
      const upstream = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
        upstream.write(head)
        upstream.pipe(socket).pipe(upstream)
      })
      upstream.on('error', () => socket.destroy())
      socket.on('error', () => upstream.destroy())
    })
    return { port: await listening(server), server, connects }
  }

  const hello = () => https((_, response) => response.end('hello'))

  test.each(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'])('that %s names', async (variable) => {
    const [proxy, port] = await Promise.all([createProxy(), hello()])
    const { response } = await exchange(
      { url: `https://127.0.0.1:${port}/` },
      { env: { [variable]: `http://127.0.0.1:${proxy.port}` } },
    )
    expect(response.body).toBe('hello')
    expect(proxy.connects).toEqual([{ target: `127.0.0.1:${port}`, authorization: undefined }])
  })

  test('that is named without a scheme: then it speaks plain HTTP, as for curl', async () => {
    const [proxy, port] = await Promise.all([createProxy(), hello()])
    const env = { HTTPS_PROXY: `${login}127.0.0.1:${proxy.port}` }
    expect((await exchange({ url: `https://127.0.0.1:${port}/` }, { env })).response.body).toBe('hello')
    expect(proxy.connects).toHaveLength(1)
  })

  test.each([
    [login, `user:${password}`],
    ['user@', 'user:'],
    ['user:50%off@', 'user:50%off'],
  ])('with the login %s', async (given, sent) => {
    const [proxy, port] = await Promise.all([createProxy(), hello()])
    const env = { HTTPS_PROXY: `http://${given}127.0.0.1:${proxy.port}` }
    const { response, stdout } = await exchange({ url: `https://127.0.0.1:${port}/` }, { env })
    expect(response.body).toBe('hello')
    expect(stdout).not.toContain('Canary')
    expect(proxy.connects[0]?.authorization).toBe(`Basic ${Buffer.from(sent).toString('base64')}`)
  })

  test('TLS is with the host, and its certificate is checked', async () => {
    const proxy = await createProxy()
    const port = await https((_, response) => response.end(), await createTlsIdentity())
    const env = { HTTPS_PROXY: `http://${login}127.0.0.1:${proxy.port}` }
    const { error } = await exchange({ url: `https://127.0.0.1:${port}/` }, { env })
    expect(error).toMatchObject({
      error: 'unavailable',
      broken: false,
      message: `TLS with 127.0.0.1:${port} through the proxy 127.0.0.1:${proxy.port} failed (UNABLE_TO_VERIFY_LEAF_SIGNATURE)`,
    })
  })

  test.each(['*', '127.0.0.1', '.example,127.0.0.1', 'PORT'])('but not where NO_PROXY=%s', async (list) => {
    const [proxy, port] = await Promise.all([createProxy(), hello()])
    const env = {
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
      NO_PROXY: list.replace('PORT', `127.0.0.1:${port}`),
    }
    expect((await exchange({ url: `https://127.0.0.1:${port}/` }, { env })).response.body).toBe('hello')
    expect(proxy.connects).toEqual([])
  })

  test('and not where HTTP_PROXY alone is set', async () => {
    const [proxy, port] = await Promise.all([createProxy(), hello()])
    const env = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` }
    expect((await exchange({ url: `https://127.0.0.1:${port}/` }, { env })).response.body).toBe('hello')
    expect(proxy.connects).toEqual([])
  })

  const page =
    (status: string, body = '{"error":"invalid_grant","access_token":"forged"}') =>
    (socket: Socket) =>
      socket.end(
        `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      )

  test.each<[string, (socket: Socket) => void, object]>([
    [
      'asks for a password',
      page('407 Proxy Authentication Required'),
      {
        message: 'the proxy PROXY asks for a user and password (407)',
        hint: 'set HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT',
        broken: false,
      },
    ],
    [
      'forbids the host',
      page('403 Forbidden'),
      { message: 'the proxy PROXY does not connect to HOST (HTTP 403)', broken: false },
    ],
    [
      'cannot reach the host',
      page('502 Bad Gateway'),
      { message: 'the proxy PROXY does not connect to HOST (HTTP 502)', broken: false },
    ],
    [
      'answers in the host’s name',
      page('400 Bad Request'),
      { message: 'the proxy PROXY does not connect to HOST (HTTP 400)' },
    ],
    [
      'creates something',
      page('201 Created'),
      { message: 'the proxy PROXY does not connect to HOST (HTTP 201)' },
    ],
    [
      'closes the connection',
      (socket) => socket.end(),
      {
        message: expect.stringMatching(/^the connection to HOST through the proxy PROXY broke/),
        broken: true,
      },
    ],
    [
      'resets the connection',
      (socket) => socket.resetAndDestroy(),
      { message: expect.stringMatching(/through the proxy PROXY broke/), broken: true },
    ],
    ['speaks no HTTP', (socket) => socket.end('no\r\n\r\n'), {}],
    ['stalls', () => {}, { message: 'HOST gave no complete answer within 1 seconds', broken: false }],
    [
      'stalls after it connected',
      (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n'),
      { message: 'HOST gave no complete answer within 1 seconds' },
    ],
    [
      'sends headers that drip',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nX: '),
      { message: 'HOST gave no complete answer within 1 seconds' },
    ],
  ])('that %s: it ends soon, is asked once, and is to blame', async (_, answer, wanted) => {
    const [proxy, port] = await Promise.all([createProxy(answer), hello()])
    const env = { HTTPS_PROXY: `http://${login}127.0.0.1:${proxy.port}` }
    const { error, stdout, seconds } = await exchange(
      { url: `https://127.0.0.1:${port}/`, method: 'POST', body: 'x' },
      { env, deadline: 1000 },
    )
    const message = error.message
      .replace(`127.0.0.1:${port}`, 'HOST')
      .replace(`127.0.0.1:${proxy.port}`, 'PROXY')
    expect({ ...error, message }).toMatchObject({ error: 'unavailable', ...wanted })
    expect(proxy.connects).toHaveLength(1)
    expect(seconds).toBeLessThan(4)
    for (const secret of ['Canary', 'forged', Buffer.from(`user:${password}`).toString('base64')])
      expect(stdout).not.toContain(secret)
  })

  test('that is not there: the proxy is named, without its password', async () => {
    const proxy = await createProxy()
    await new Promise((resolve) => proxy.server.close(resolve))
    const env = { HTTPS_PROXY: `http://${login}127.0.0.1:${proxy.port}` }
    const { error, stdout } = await exchange({ url: 'https://login.microsoftonline.com/' }, { env })
    expect(error).toMatchObject({
      error: 'unavailable',
      message: `127.0.0.1:${proxy.port} refused the connection`,
      hint: expect.stringContaining('proxy variables'),
    })
    expect(stdout).not.toContain('Canary')
  })

  test('whose name does not exist', async () => {
    const env = { HTTPS_PROXY: `http://${login}proxy.entra-auth-cli.invalid:3128` }
    const { error, stdout } = await exchange({ url: 'https://login.microsoftonline.com/' }, { env })
    expect(error).toMatchObject({
      error: 'unavailable',
      message: expect.stringMatching(/^cannot find the proxy proxy\.entra-auth-cli\.invalid:3128 \(E/),
    })
    expect(stdout).not.toContain('Canary')
  })

  test.each(['socks5://user:Canary@127.0.0.1:1080', 'http://', 'http://Canary:x:y', 'ftp://Canary@h'])(
    'that cannot be one, %s, is an error of the configuration',
    async (proxy) => {
      const { error, stdout } = await exchange(
        { url: 'https://login.microsoftonline.com/' },
        { env: { HTTPS_PROXY: proxy } },
      )
      expect(error).toMatchObject({
        error: 'config',
        message: 'the proxy variable holds no http:// or https:// URL',
      })
      expect(stdout).not.toContain('Canary')
    },
  )
})
