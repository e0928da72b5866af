/** Through a proxy, around it, and what is said when it refuses: with a CONNECT proxy of our own. */
import type { Env } from '../parts/cli.ts'
import { type ConnectProxy, type ProxyOptions, startProxy } from '../parts/proxy.ts'
import { createWorld, type World } from '../parts/world.ts'

const token = /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+\n$/
const proxies: ConnectProxy[] = []
let world: World
let target: string

beforeAll(async () => {
  world = await createWorld()
  target = new URL(world.entra.authorityHost).host
  await world.createProfile('ci')
})
beforeEach(() => world.entra.resetCounts())
afterEach(() => {
  for (const proxy of proxies.splice(0)) proxy.close()
})
afterAll(() => world.close())

async function start(options: ProxyOptions = {}): Promise<ConnectProxy> {
  const proxy = await startProxy(options)
  proxies.push(proxy)
  return proxy
}

const getToken = (env: Env, ...extra: string[]) => world.cli(['get-token', '--no-cache', ...extra], { env })

describe('a proxy', () => {
  test.each(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'])('in %s is gone through', async (variable) => {
    const proxy = await start()
    const result = await getToken({ [variable]: `http://127.0.0.1:${proxy.port}` })
    expect(result).toMatchObject({ status: 0, stderr: '', stdout: token })
    expect(proxy.requests).toEqual([{ target, login: undefined }])
    expect(world.entra.count('token')).toBe(1)
  })

  test('may be named without a scheme', async () => {
    const proxy = await start()
    expect(await getToken({ HTTPS_PROXY: `127.0.0.1:${proxy.port}` })).toMatchObject({ status: 0 })
    expect(proxy.requests).toHaveLength(1)
  })

  test('gets the user and password of its URL, percent-decoded', async () => {
    const proxy = await start({ login: 'user:p@ss:w0rd' })
    const HTTPS_PROXY = `http://user:p%40ss%3Aw0rd@127.0.0.1:${proxy.port}`
    expect(await getToken({ HTTPS_PROXY })).toMatchObject({ status: 0, stdout: token })
    expect(proxy.requests).toEqual([{ target, login: 'user:p@ss:w0rd' }])
  })

  test.each([
    ['a wrong password', 'user:hunter2@', 'user:hunter2'],
    ['no password', '', undefined],
  ])('that asks for a password and gets %s is named, the password is not', async (_, userInfo, login) => {
    const proxy = await start({ login: 'user:right' })
    const HTTPS_PROXY = `http://${userInfo}127.0.0.1:${proxy.port}`
    const { status, stdout, stderr } = await getToken({ HTTPS_PROXY }, '--debug')
    expect({ status, stdout }).toEqual({ status: 69, stdout: '' })
    expect(stderr).toContain(
      `error: the proxy 127.0.0.1:${proxy.port} asks for a user and password (407)\n` +
        'entra-auth-cli: hint: set HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT\n',
    )
    expect(stderr).not.toMatch(/hunter2|aHVudGVy|OmhVbnRlc/)
    expect(proxy.requests[0]?.login).toBe(login)
    expect(world.entra.count()).toBe(0)
  })

  test('that refuses the host is named', async () => {
    const proxy = await start({ refuse: 403 })
    const result = await getToken({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` })
    expect(result).toMatchObject({ status: 69, stdout: '' })
    expect(result.stderr).toContain(
      `the proxy 127.0.0.1:${proxy.port} does not connect to ${target} (HTTP 403)`,
    )
  })

  test.each(['localhost', '*', `localhost,example.com`, '.example.com localhost'])(
    'is gone around for NO_PROXY=%s',
    async (NO_PROXY) => {
      const proxy = await start()
      const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY }
      expect(await getToken(env)).toMatchObject({ status: 0, stdout: token })
      expect(proxy.requests).toEqual([])
    },
  )

  test('is not gone around for another host in NO_PROXY', async () => {
    const proxy = await start()
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: 'example.com' }
    expect(await getToken(env)).toMatchObject({ status: 0 })
    expect(proxy.requests).toHaveLength(1)
  })

  test('that is dead is named', async () => {
    const proxy = await startProxy()
    proxy.close()
    const { status, stdout, stderr } = await getToken({
      HTTPS_PROXY: `http://user:hunter2@127.0.0.1:${proxy.port}`,
    })
    expect({ status, stdout }).toEqual({ status: 69, stdout: '' })
    expect(stderr).toContain(`127.0.0.1:${proxy.port} refused the connection`)
    expect(stderr).not.toContain('hunter2')
    expect(world.entra.count()).toBe(0)
  })

  test.each(['socks5://127.0.0.1:1', 'http://', 'user:hunter2@:x'])(
    '%s is no proxy we can use',
    async (value) => {
      const { status, stdout, stderr } = await getToken({ HTTPS_PROXY: value })
      expect({ status, stdout }).toEqual({ status: 78, stdout: '' })
      expect(stderr).toMatch(/error: the proxy variable holds no http/)
      expect(stderr).not.toContain('hunter2')
    },
  )

  test('is not needed for a token in the cache', async () => {
    const first = await world.cli(['get-token'])
    const proxy = await start({ refuse: 403 })
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` }
    expect(await world.cli(['get-token'], { env })).toEqual(first)
    expect(proxy.requests).toEqual([])
  })
})

describe('TLS', () => {
  test('is never left unchecked', async () => {
    expect(await getToken({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toMatchObject({
      status: 78,
      stdout: '',
      stderr: expect.stringContaining(
        'error: NODE_TLS_REJECT_UNAUTHORIZED=0 turns the check of TLS certificates off',
      ),
    })
    expect(world.entra.count()).toBe(0)
  })

  test('of an unknown CA fails, and the variable that makes it known is named', async () => {
    const { status, stdout, stderr } = await getToken({ NODE_EXTRA_CA_CERTS: undefined })
    expect({ status, stdout }).toEqual({ status: 69, stdout: '' })
    expect(stderr).toMatch(
      new RegExp(`error: TLS with ${target} failed \\(\\w+\\)\n.*hint: .*NODE_EXTRA_CA_CERTS`),
    )
    expect(world.entra.count()).toBe(0)
  })

  test('through a proxy is checked too', async () => {
    const proxy = await start()
    const { status, stderr } = await getToken({
      NODE_EXTRA_CA_CERTS: undefined,
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
    })
    expect(status).toBe(69)
    expect(stderr).toContain(`TLS with ${target} through the proxy 127.0.0.1:${proxy.port} failed`)
    expect(world.entra.count()).toBe(0)
  })
})
