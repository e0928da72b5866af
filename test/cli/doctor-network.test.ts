/** `doctor` on the way to an authority: through proxies, past what is in the way, and against another clock. */
import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type Env, run } from '../parts/cli.ts'
import { examine } from '../parts/doctor.ts'
import { type ConnectProxy, type ProxyOptions, startProxy } from '../parts/proxy.ts'
import { createWorld, type World } from '../parts/world.ts'

let world: World
let host: string
const proxies: ConnectProxy[] = []

beforeAll(async () => {
  world = await createWorld()
  host = new URL(world.entra.authorityHost).host
  const flags = ['create-profile', '-n', 'ci', ...world.identity, '--client-secret-ref', 'env:SECRET']
  expect((await world.cli(flags)).status).toBe(0)
})
beforeEach(() => world.entra.resetCounts())
afterEach(() => {
  world.entra.clock.skew = 0
  for (const proxy of proxies.splice(0)) proxy.close()
})
afterAll(() => world.close())

async function start(options: ProxyOptions = {}): Promise<ConnectProxy> {
  const proxy = await startProxy(options)
  proxies.push(proxy)
  return proxy
}

const look = (env: Env = {}, ...args: string[]) => examine(world, args, { SECRET: 'x', ...env })

describe('the way', () => {
  test('through a proxy: its password is used and not shown', async () => {
    const proxy = await start({ login: 'user:hunter2' })
    const found = await look({
      HTTPS_PROXY: `http://user:hunter2@127.0.0.1:${proxy.port}`,
      NODE_DEBUG: 'http,https,net,tls',
    })
    expect(found).toMatchObject({ status: 0, failed: [] })
    expect(found.of('proxy')[0]?.details).toMatchObject({
      proxy: `127.0.0.1:${proxy.port}`,
      variable: 'HTTPS_PROXY',
    })
    for (const check of ['dns', 'tcp', 'proxy-connect', 'tls', 'http'])
      expect(found.of(check)[0]).toMatchObject({ status: 'ok', details: { host } })
    expect(proxy.requests.map(({ target, login }) => [target, login])).toEqual([
      [host, 'user:hunter2'],
      [host, 'user:hunter2'],
    ])
    expect(found.stdout + found.stderr).not.toMatch(/hunter2|aHVudGVy|OmhVbnRlc/)
  })

  test('around a proxy', async () => {
    const proxy = await start()
    const found = await look({ https_proxy: `http://127.0.0.1:${proxy.port}`, no_proxy: 'localhost' })
    expect(found).toMatchObject({ status: 0, failed: [] })
    expect(found.of('proxy')[0]?.message).toMatch(/no_proxy excepts this host from https_proxy/)
    expect(proxy.requests).toEqual([])
  })

  test.each<[string, ProxyOptions, RegExp]>([
    ['wants another password', { login: 'user:right' }, /asks for a user and password \(407\)/],
    ['refuses the host', { refuse: 403 }, /does not connect to localhost:\d+ \(HTTP 403\)/],
    ['never answers', { silent: true }, /the proxy 127.0.0.1:\d+: no answer within 4 seconds/],
  ])('a proxy that %s is named', async (_, options, message) => {
    const proxy = await start(options)
    const found = await look({ HTTPS_PROXY: `http://user:hunter2@127.0.0.1:${proxy.port}` })
    expect(found).toMatchObject({ status: 69, failed: ['proxy-connect'] })
    expect(found.of('proxy-connect')[0]?.message).toMatch(message)
    expect(found.stdout).not.toContain('hunter2')
    expect(world.entra.count()).toBe(0)
  })

  test('a variable that holds no proxy', async () => {
    const found = await look({ HTTPS_PROXY: 'socks5://user:hunter2@127.0.0.1:1' })
    expect(found).toMatchObject({ status: 78, failed: ['proxy', 'HTTPS_PROXY'] })
    expect(found.stdout).not.toContain('hunter2')
  })

  test('to a port that takes no connection', async () => {
    const proxy = await startProxy()
    proxy.close()
    const found = await look({ AZURE_AUTHORITY_HOST: `https://127.0.0.1:${proxy.port}` })
    expect(found).toMatchObject({ status: 69, failed: ['tcp'] })
    expect(found.of('tcp')[0]?.message).toMatch(/127.0.0.1:\d+ refused the connection/)
  })

  test('to a host that has no address', async () => {
    const found = await look({ AZURE_AUTHORITY_HOST: 'https://login.invalid' })
    expect(found).toMatchObject({ status: 69, failed: ['dns'] })
    expect(found.of('dns')[0]?.message).toMatch(/cannot find the host login.invalid/)
  })

  // A name server of one's own takes root, with the right to mount: without, this is skipped.
  const asRoot =
    spawnSync('unshare', ['-m', 'mount', '--bind', '/etc', '/etc']).status === 0 ? test : test.skip
  asRoot(
    'past a name server that never answers: it is not waited for',
    async () => {
      const silent = createSocket('udp4')
      await new Promise<void>((resolve) => silent.bind(53, '127.0.0.77', resolve))
      const at = (name: string) => join(world.home.directory, name)
      writeFileSync(at('resolv.conf'), 'nameserver 127.0.0.77\noptions timeout:10 attempts:3\n')
      writeFileSync(at('nsswitch.conf'), 'hosts: files dns\n')
      const mounts = ['resolv.conf', 'nsswitch.conf'].map((name) => `mount --bind ${at(name)} /etc/${name}`)
      const command = [...mounts, 'exec entra-auth-cli doctor'].join(' && ')
      const env = { ...world.env, SECRET: 'x', AZURE_AUTHORITY_HOST: 'https://login.invalid' }
      const { status, stdout } = await run('unshare', ['-m', 'bash', '-c', command], { env })
      silent.close()
      expect(stdout).toContain('✗ DNS for login.invalid: no answer within 4 seconds\n')
      expect(status).toBe(69)
    },
    // The system itself would wait for half a minute.
    20_000,
  )

  test.each<[string, (socket: Socket) => void, RegExp]>([
    ['says nothing', () => {}, /TLS with 127.0.0.1:\d+: no answer within 4 seconds/],
    ['hangs up', (socket) => void socket.destroy(), /127.0.0.1:\d+ broke \(ECONNRESET\)/],
    ['speaks no TLS', (socket) => void socket.end('220 mail ready\r\n'), /TLS with 127.0.0.1:\d+ failed/],
  ])('to a server that %s', async (_, answer, message) => {
    const sockets = new Set<Socket>()
    const server = createTcpServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      answer(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const found = await look({ AZURE_AUTHORITY_HOST: `https://127.0.0.1:${port}` })
    expect(found).toMatchObject({ status: 69, failed: ['tls'] })
    expect(found.of('tls')[0]?.message).toMatch(message)
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  test('with a certificate of an unknown CA: the issuer is named, and the variable that helps', async () => {
    for (const proxy of [undefined, await start()]) {
      const HTTPS_PROXY = proxy && `http://127.0.0.1:${proxy.port}`
      const found = await look({ NODE_EXTRA_CA_CERTS: undefined, HTTPS_PROXY })
      expect(found).toMatchObject({ status: 69, failed: ['tls'] })
      expect(found.of('tls')[0]).toMatchObject({
        message: expect.stringMatching(/is not trusted \(\w+\); it was issued by entra-auth-cli test CA/),
        fix: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
      })
      expect(world.entra.count()).toBe(0)
    }
  })

  test('with the certificate of another host', async () => {
    // Whatever is asked for, this proxy connects to loopback.
    const proxy = await start()
    const { port } = new URL(world.entra.authorityHost)
    const found = await look({
      AZURE_AUTHORITY_HOST: `https://login.example:${port}`,
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
    })
    expect(found).toMatchObject({ status: 69, failed: ['tls'] })
    expect(found.of('tls')[0]).toMatchObject({
      message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
      fix: expect.stringContaining('another server answers'),
    })
  })
})

describe('the authority', () => {
  test('that does not know the tenant', async () => {
    const args = ['-n', 'lost', '--tenant-id', '00000000-1111-2222-3333-444444444444']
    const rest = ['--client-id', world.app.clientId, '--client-secret-ref', 'env:SECRET']
    expect((await world.cli(['create-profile', ...args, ...rest])).status).toBe(0)
    const found = await look({}, '-p', 'lost')
    expect(found).toMatchObject({ status: 78, failed: ['http'] })
    expect(found.of('http')[0]).toMatchObject({
      message: expect.stringContaining('AADSTS90002'),
      fix: expect.stringContaining('--cloud'),
    })
    const all = await look()
    expect(all.of('http').map(({ status }) => status)).toEqual(['ok', 'failed'])
    expect(all.of('tls')).toHaveLength(1)
    expect((await world.cli(['delete-profile', 'lost', '--yes'])).status).toBe(0)
  })

  test.each<[number, number, string, RegExp]>([
    [0, 0, 'ok', /agrees/],
    [30, 0, 'ok', /30 seconds behind/],
    [-120, 0, 'warning', /2 minutes ahead of/],
    [3600, 78, 'failed', /1 hour behind/],
  ])('whose clock is %d seconds ahead', async (skew, status, state, message) => {
    world.entra.clock.skew = skew
    const found = await look()
    expect(found.status).toBe(status)
    expect(found.of('clock')[0]).toMatchObject({ status: state, message: expect.stringMatching(message) })
    expect(Math.abs((found.of('clock')[0]?.details?.skew_seconds as number) + skew)).toBeLessThanOrEqual(3)
  })

  test('of each profile is asked, and each once', async () => {
    const identity = [...world.identity, '--client-secret-ref', 'env:SECRET']
    const create = (name: string, authorityHost: string) =>
      world.cli(['create-profile', '-n', name, ...identity, '--authority-host', authorityHost])
    await create('here', world.entra.authorityHost)
    await create('again', world.entra.authorityHost)
    await create('nowhere', 'https://login.invalid')
    await world.cli(['delete-profile', 'ci', '--yes'])
    const found = await look({ AZURE_AUTHORITY_HOST: undefined })
    expect(found.of('dns').map(({ status, details }) => [details?.host, status])).toEqual([
      [host, 'ok'],
      ['login.invalid', 'failed'],
    ])
    expect(found.of('http')).toHaveLength(1)
    const one = await look({ AZURE_AUTHORITY_HOST: undefined }, '-p', 'here')
    expect(one.of('dns')).toHaveLength(1)
  })
})
