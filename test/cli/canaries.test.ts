/** What `leaks.test.ts` cannot see from outside: the arguments and variables of every program that is started. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { binary, run } from '../parts/cli.ts'
import { disguises } from '../parts/disguises.ts'
import { addCertificate, createWorld, type World } from '../parts/world.ts'

const secret = 'canary~S3cr3t~of.the_application-7654321'
const password = 'canary-Pa55w0rd+of/the=key'
const passphrase = 'canary-passphrase of the store'

const canaries = [secret, password, passphrase].flatMap(disguises)
const found = (text: string) => canaries.filter((canary) => text.includes(canary))

const hasStrace = spawnSync('strace', ['-V']).status === 0
const traced = hasStrace ? describe : describe.skip

let world: World

beforeEach(async () => {
  world = await createWorld()
  world.app.addSecret(secret)
})
afterEach(() => world.close())

const at = (name: string) => join(world.home.directory, name)

/** A certificate of the application's whose key is encrypted. */
async function addEncryptedKey(): Promise<readonly string[]> {
  const { certificatePath, privateKeyPath } = await addCertificate(world)
  const encrypt = [
    'rsa',
    '-aes256',
    '-passout',
    `pass:${password}`,
    '-in',
    privateKeyPath,
    '-out',
    at('encrypted.pem'),
  ]
  expect((await run('openssl', encrypt, { env: world.env })).status).toBe(0)
  return ['--certificate-path', certificatePath, '--private-key-path', at('encrypted.pem')]
}

traced(`programs that are started${hasStrace ? '' : ' (to run it: apt-get install strace)'}`, () => {
  /** Each `execve` of a run but the first, with all arguments and variables, as strace writes them. */
  async function programs(args: readonly string[], input?: string, env: Record<string, string> = {}) {
    const log = at('trace.txt')
    const strace = ['-f', '-qq', '-v', '-s', '100000', '-e', 'trace=execve', '-o', log]
    const options = {
      env: { ...world.env, ...env },
      cwd: world.home.directory,
      ...(input !== undefined && { input }),
    }
    const result = await run('strace', [...strace, process.execPath, binary, ...args], options)
    const [, ...started] = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line.includes('execve('))
    return { ...result, started }
  }

  test('for the keychain get no secret of ours', async () => {
    const create = ['create-profile', '--name', 'ci', ...world.identity, '--client-secret-stdin']
    const env = { AZURE_CLIENT_SECRET: secret, ENTRA_AUTH_CLI_PASSPHRASE: passphrase }
    for (const args of [create, ['get-token'], ['delete-profile', 'ci', '--yes']]) {
      const { status, started } = await programs(args, secret, env)
      expect(status).toBe(0)
      expect(started.flatMap(found)).toEqual([])
      if (args === create) expect(started.join('\n')).toContain('keychain-helper')
    }
  })

  test('for a reference get neither the passphrase of the store nor another secret', async () => {
    const withKey = await addEncryptedKey()
    writeFileSync(at('password.txt'), password, { mode: 0o600 })
    const reference = ['--certificate-password-ref', `command:cat ${at('password.txt')}`]
    const create = ['create-profile', '--name', 'key', ...world.identity, ...withKey, ...reference]
    const env = { ENTRA_AUTH_CLI_PASSPHRASE: passphrase }
    for (const args of [create, ['get-token', '-p', 'key']]) {
      const { status, started } = await programs(args, undefined, env)
      expect(status).toBe(0)
      expect(started.join('\n')).toContain('password.txt')
      expect(started.flatMap(found)).toEqual([])
    }
  })
})

test('commands that copy, rename, change, explain and delete say and leave nothing', async () => {
  const env = { ENTRA_AUTH_CLI_PASSPHRASE: passphrase }
  const withKey = await addEncryptedKey()
  const said: string[] = []
  const say = async (status: number, args: readonly string[], input = '') => {
    for (const debug of [[], ['--debug']].slice(status === 0 ? 1 : 0)) {
      const result = await world.cli([...args, ...debug], { env, input })
      expect({ args, status: result.status }).toEqual({ args, status })
      said.push(result.stderr, args[0] === 'get-token' ? '' : result.stdout)
    }
  }
  await say(0, ['create-profile', '-n', 'ci', ...world.identity, '--client-secret-stdin'], secret)
  await say(
    0,
    ['create-profile', '-n', 'key', ...world.identity, ...withKey, '--certificate-password-stdin'],
    password,
  )
  await say(0, ['copy-profile', 'key', 'copy'])
  await say(0, ['rename-profile', 'copy', 'other'])
  await say(0, ['edit-profile', 'ci', '--client-secret-stdin'], `${secret}\n`)
  await say(0, ['get-token', '-p', 'ci'])
  await say(0, ['get-token', '-p', 'other'])
  await say(64, ['edit-profile', 'ci', `--client-secret-stdin=${secret}`])
  await say(64, ['rename-profile', secret, 'x', secret])
  await say(64, ['get-token', '--timeout', secret])
  await say(64, ['get-token', '--scope', 'a', `-${secret}`])
  await say(64, ['get-token', '--tenant-id', `${secret}/x`, '--client-id', password])
  await say(64, [secret])
  await say(0, ['export-profile'])
  await say(
    0,
    ['export-profile', '--include-secrets', '--passphrase-stdin', '--file', at('x'), '--force'],
    passphrase,
  )
  await say(0, ['import-profile', at('x'), '--overwrite', '--passphrase-stdin'], passphrase)
  await say(77, ['import-profile', at('x'), '--overwrite', '--passphrase-stdin'], `${passphrase}x`)
  await say(65, ['import-profile'], `{"version":1,"profiles":{"x":{"credential":"${secret}"}}}`)
  await say(65, ['import-profile'], `${secret} ${password}`)
  await say(0, ['cred', 'secret', '-p', 'ci', '--secret-stdin'], secret)
  await say(0, ['cred', 'secret', '-p', 'ci', '--secret', secret])
  await say(64, ['cred', 'secret', '-p', 'ci', `--secret-stdin=${secret}`])
  await say(64, ['cred', 'delete', '-p', 'ci', '--secret', secret])
  await say(0, ['cred', 'cert', '-p', 'ci', '--key-size', '2048'])
  await say(0, ['get-token', '-p', 'ci', '--force'])
  await say(0, ['cred', 'list'])
  await say(0, ['cred', 'delete', '-p', 'ci', '--cert', '--yes'])
  await say(0, ['use-profile', 'other'])
  await say(0, ['delete-profile', 'other', '--yes'])
  await say(0, ['cache', 'clear'])
  expect(said.flatMap(found)).toEqual([])

  const ours = ['.config', '.local', '.cache', 'run'].flatMap((folder) =>
    readdirSync(at(folder), { recursive: true, encoding: 'utf8' }).map((name) => join(at(folder), name)),
  )
  const files = ours.filter((path) => statSync(path).isFile())
  expect(files.length).toBeGreaterThan(5)
  const wanted = [...canaries, 'BEGIN ', 'eyJ'].map((text) => Buffer.from(text))
  const code = /\/code\//
  const hits = files.filter((path) => {
    const content = readFileSync(path)
    return wanted.some(
      (text, index) => (index < canaries.length || !code.test(path)) && content.includes(text),
    )
  })
  expect(hits).toEqual([])
  // The names of files and the variables of a process are seen by others too.
  expect(ours.flatMap(found)).toEqual([])
})

test('Node itself, told to talk, does not say the secret', async () => {
  const create = ['create-profile', '-n', 'ci', ...world.identity, '--client-secret-stdin']
  expect((await world.cli(create, { input: secret })).status).toBe(0)
  const { stderr, stdout } = await world.cli(['get-token', '--debug'], {
    env: { NODE_DEBUG: 'http,https,net,tls', DEBUG: '*' },
  })
  expect(stdout).toMatch(/^eyJ/)
  expect(found(stderr)).toEqual([])
  expect(stderr).not.toContain(stdout.trim())
})

test('a crash says what to do, and nothing that was given', async () => {
  const create = ['create-profile', '-n', 'ci', ...world.identity, '--client-secret-stdin']
  expect((await world.cli(create, { input: secret })).status).toBe(0)
  const breaker = at('breaker.cjs')
  writeFileSync(
    breaker,
    "require('node:https').request = (...args) => { throw new TypeError('broken by ' + JSON.stringify(args)) }",
  )
  const { status, stdout, stderr } = await run(
    process.execPath,
    ['--require', breaker, binary, 'get-token'],
    {
      env: world.env,
    },
  )
  expect({ status, stdout }).toEqual({ status: expect.any(Number), stdout: '' })
  expect(status).not.toBe(0)
  expect(stderr).toMatch(/^entra-auth-cli: error: [^\n]+\n/)
  expect(found(stderr)).toEqual([])
})
