/** `doctor`: what it says of a machine where all is well, and where one thing is not. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { createSelfSigned } from '../entra/certificates.ts'
import { type Env, run } from '../parts/cli.ts'
import { disguises } from '../parts/disguises.ts'
import { examine } from '../parts/doctor.ts'
import { addCertificate, createWorld, type World } from '../parts/world.ts'

const day = 24 * 60 * 60 * 1000

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const at = (...parts: string[]) => join(world.home.directory, ...parts)
const profilesFile = () => at('.config/entra-auth-cli/profiles.json')
const offline = (args: readonly string[] = [], env: Env = {}) => examine(world, ['--offline', ...args], env)

/** A profile whose secret is elsewhere, so that nothing but profiles.json is made. */
async function createProfile(name: string, ...extra: string[]): Promise<void> {
  const flags = extra.length > 0 ? extra : ['--client-secret-ref', 'env:SECRET']
  const args = ['create-profile', '--name', name, ...world.identity, ...flags]
  const { status, stderr } = await world.cli(args)
  if (status !== 0) throw new Error(stderr)
}

const filesBelow = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()

describe('a machine where all is well', () => {
  test('has no failure, and says where each value comes from', async () => {
    await createProfile('ci')
    const found = await examine(world, [], { SECRET: world.secret })
    expect(found).toMatchObject({ status: 0, stderr: '', ok: true, failed: [] })
    expect(found.stdout.trimEnd()).not.toContain('\n')
    expect([...new Set(found.results.map(({ group }) => group))]).toEqual([
      'runtime',
      'files',
      'secrets',
      'cache',
      'network',
      'credentials',
      'variables',
      'request',
    ])
    expect(found.of('clientId')[0]).toMatchObject({
      details: { value: world.app.clientId, origin: 'profile ci' },
    })
    expect(found.of('authorityHost')[0]?.details).toEqual({
      value: world.entra.authorityHost,
      origin: 'AZURE_AUTHORITY_HOST',
    })
    const legs = ['dns', 'tcp', 'tls', 'http'].map((check) => found.of(check)[0])
    for (const leg of legs)
      expect(leg).toMatchObject({ status: 'ok', details: { milliseconds: expect.any(Number) } })
    expect(found.of('tls')[0]?.details?.issuer).toBe('entra-auth-cli test CA')
    expect(found.of('clock')[0]).toMatchObject({ status: 'ok' })
    expect(world.entra.count('token')).toBe(0)
    expect(world.entra.count('openid-configuration')).toBe(1)
  })

  test('is read for people, too', async () => {
    await createProfile('ci')
    const { status, stdout, stderr } = await world.cli(['doctor', '-p', 'CI'], { env: { SECRET: 'x' } })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('✓ profile ci: the client secret is there (the variable SECRET)\n')
    expect(stdout).toMatch(/\n\n\d+ ok, \d+ warnings?, 0 failed\n$/)
    expect(stdout).not.toContain('\u001b')
  })

  test('stays as it is: nothing is made in a fresh home', async () => {
    const before = filesBelow(world.home.directory)
    const env = { ENTRA_AUTH_CLI_NO_CODE_CACHE: '1' }
    expect((await examine(world, [], env)).status).toBe(0)
    expect(filesBelow(world.home.directory)).toEqual(before)
    // As every command does, it keeps its compiled code, and that alone.
    expect((await examine(world)).status).toBe(0)
    const made = filesBelow(world.home.directory).filter((path) => !before.includes(path))
    expect(made.filter((path) => !/^\.cache(\/entra-auth-cli(\/code(\/.*)?)?)?$/.test(path))).toEqual([])
  })

  test('asks the public cloud where there is no profile and no variable', async () => {
    const { results } = await examine(world, ['--offline'], { AZURE_AUTHORITY_HOST: undefined })
    expect(results.filter(({ group }) => group === 'network')).toEqual([
      expect.objectContaining({ status: 'skipped', message: expect.stringContaining('--offline') }),
    ])
    expect(world.entra.count()).toBe(0)
  })
})

describe('files', () => {
  test.each<[string, string]>([
    ['{\n  "version": 1,\n  "profiles": {},\n}\n', ':4:1: '],
    ['{"version":1,"profiles":{"ci":{"colour":1}}}', ':1:'],
  ])(
    'profiles.json that is broken is shown with its place, and the other checks go on',
    async (text, place) => {
      mkdirSync(dirname(profilesFile()), { recursive: true, mode: 0o700 })
      writeFileSync(profilesFile(), text, { mode: 0o600 })
      const found = await examine(world, ['-p', 'ci'])
      expect(found).toMatchObject({ status: 78, ok: false, failed: ['profiles'] })
      expect(found.of('profiles')[0]?.message).toContain(`${profilesFile()}${place}`)
      expect(found.of('http')[0]?.status).toBe('ok')
      expect(found.of('request')[0]).toMatchObject({ status: 'skipped' })
      expect(readFileSync(profilesFile(), 'utf8')).toBe(text)
    },
  )

  test('a profile that is not there is an error of the call', async () => {
    await createProfile('ci')
    expect(await world.cli(['doctor', '-p', 'nobody'])).toMatchObject({ status: 66, stdout: '' })
    const found = await offline([], { ENTRA_AUTH_CLI_PROFILE: 'nobody', SECRET: 'x' })
    expect(found).toMatchObject({ status: 66, failed: ['request'] })
  })

  test('that others can change, or look into', async () => {
    await world.createProfile('ci')
    expect((await world.cli(['get-token'])).status).toBe(0)
    expect((await offline()).status).toBe(0)
    const rows: readonly [path: string, mode: number, status: number, check: string][] = [
      ['.config/entra-auth-cli', 0o777, 78, 'config-directory'],
      ['.config/entra-auth-cli', 0o755, 0, 'config-directory'],
      ['.config/entra-auth-cli/profiles.json', 0o666, 78, 'profiles'],
      ['.local/share/entra-auth-cli/secrets', 0o770, 78, 'secrets-directory'],
      ['.local/share/entra-auth-cli/secrets/machine.key', 0o644, 78, 'secret-files'],
      ['.cache/entra-auth-cli/tokens', 0o777, 0, 'cache-directory'],
      ['run/entra-auth-cli', 0o755, 0, 'runtime-directory'],
    ]
    for (const [path, mode, status, check] of rows) {
      const before = statSync(at(path)).mode
      chmodSync(at(path), mode)
      const found = await offline()
      chmodSync(at(path), before)
      expect({ path, mode, status: found.status, found: found.of(check)[0] }).toMatchObject({
        status,
        found: {
          status: status === 0 ? 'warning' : 'failed',
          fix: expect.stringContaining('chmod'),
        },
      })
    }
  })

  test('something else at the place of a directory', async () => {
    mkdirSync(at('.config'), { mode: 0o700 })
    writeFileSync(at('.config/entra-auth-cli'), '')
    expect(await offline()).toMatchObject({ status: 78 })
  })

  test('a directory behind a link counts as the directory', async () => {
    await createProfile('ci')
    mkdirSync(at('elsewhere'), { mode: 0o700 })
    mkdirSync(at('.cache/entra-auth-cli'), { recursive: true, mode: 0o700 })
    symlinkSync(at('elsewhere'), at('.cache/entra-auth-cli/tokens'))
    expect((await offline([], { SECRET: 'x' })).of('cache-directory')[0]).toMatchObject({ status: 'ok' })
  })

  test('what an interrupted run left is harmless', async () => {
    await createProfile('ci')
    writeFileSync(at('.config/entra-auth-cli/.profiles.json.0123456789abcdef.tmp'), '{')
    const found = await offline([], { SECRET: 'x' })
    expect(found.of('leftovers')[0]).toMatchObject({ status: 'ok', details: { files: 1 } })
    expect(found.status).toBe(0)
  })

  test('cached tokens are counted, and those that nothing opens', async () => {
    await world.createProfile('ci')
    await world.cli(['get-token'])
    await world.cli(['get-token', '-s', 'https://vault.azure.net/.default'])
    expect((await offline()).of('tokens')[0]?.details).toEqual({ tokens: 2, unreadable: 0 })
    const directory = at('.cache/entra-auth-cli/tokens')
    const entry = readdirSync(directory).find((name) => name.endsWith('.token')) ?? ''
    writeFileSync(join(directory, entry), 'garbage')
    expect((await offline()).of('tokens')[0]).toMatchObject({
      status: 'warning',
      details: { tokens: 2, unreadable: 1 },
    })
  })
})

describe('the key of the cache', () => {
  const place = async (env: Env = {}) => (await offline([], env)).of('key')[0]?.details?.place

  test('is said to be where it is', async () => {
    expect(await place()).toBe('none')
    await world.createProfile('ci')
    await world.cli(['get-token'])
    expect(await place()).toBe('session')
    expect(await place({ ENTRA_AUTH_CLI_NO_SESSION_KEY: '1' })).toBe('file')
    expect(await place({ XDG_RUNTIME_DIR: undefined })).toBe('file')
    expect(await place({ XDG_RUNTIME_DIR: undefined, ENTRA_AUTH_CLI_SECRET_STORE: 'keychain' })).toBe(
      'keychain',
    )
    rmSync(at('run/entra-auth-cli'), { recursive: true })
    expect(await place()).toBe('none')
    expect(existsSync(at('run/entra-auth-cli'))).toBe(false)
  })
})

describe('the file store', () => {
  test('and its passphrase must fit', async () => {
    const env = { ENTRA_AUTH_CLI_PASSPHRASE: 'correct horse' }
    const create = ['create-profile', '-n', 'ci', ...world.identity, '--client-secret-stdin']
    await world.cli(create, { env, input: world.secret })
    expect(await offline([], env)).toMatchObject({ status: 0 })
    const without = await offline()
    expect(without).toMatchObject({ status: 78, failed: ['file-store', 'client-secret'] })
    expect(await offline([], { ENTRA_AUTH_CLI_PASSPHRASE: 'wrong' })).toMatchObject({
      status: 77,
      failed: ['client-secret'],
    })
  })

  test('that has a machine key wants no passphrase', async () => {
    await world.createProfile('ci')
    const found = await offline([], { ENTRA_AUTH_CLI_PASSPHRASE: 'x' })
    expect(found.failed).toEqual(['file-store', 'client-secret'])
  })
})

describe('credentials', () => {
  test('in variables and files are there, or not', async () => {
    writeFileSync(at('secret.txt'), world.secret, { mode: 0o600 })
    await createProfile('variable', '--client-secret-ref', 'env:SECRET')
    await createProfile('file', '--client-secret-ref', `file:${at('secret.txt')}`)
    expect(await offline([], { SECRET: 'x' })).toMatchObject({ status: 0 })
    const unset = await offline()
    expect(unset).toMatchObject({ status: 66, failed: ['client-secret'] })
    expect(unset.of('client-secret').map(({ details }) => details?.profile)).toEqual(['variable', 'file'])
    expect(await offline(['-p', 'file'])).toMatchObject({ status: 0 })
    chmodSync(at('secret.txt'), 0o644)
    const open = await offline(['-p', 'file'])
    expect(open).toMatchObject({ status: 78 })
    expect(open.of('client-secret')[0]?.fix).toBe(`run: chmod 600 ${at('secret.txt')}`)
    rmSync(at('secret.txt'))
    expect(await offline(['-p', 'file'])).toMatchObject({ status: 66 })
  })

  test('of a profile with an authority host that is none: that is said, and the others are looked at', async () => {
    await createProfile('good')
    await createProfile('bad')
    const document = JSON.parse(readFileSync(profilesFile(), 'utf8'))
    document.profiles.bad.authorityHost = 'http://x'
    writeFileSync(profilesFile(), JSON.stringify(document))
    const found = await offline([], { SECRET: 'x' })
    expect(found.status).toBe(78)
    expect(
      found
        .of('client-secret')
        .map(({ status }) => status)
        .sort(),
    ).toEqual(['failed', 'ok'])
    expect(found.of('client-secret').find(({ status }) => status === 'failed')?.message).toMatch(
      /^profile bad: the authority host of profile bad must start with https/,
    )
  })

  test('by a command: it runs for a profile that is named, and no other', async () => {
    await createProfile('command', '--client-secret-ref', `command:touch ${at('ran')}`)
    expect((await offline()).of('client-secret')[0]).toMatchObject({
      status: 'skipped',
      message: expect.stringContaining('doctor -p command'),
    })
    expect(existsSync(at('ran'))).toBe(false)
    expect(await offline(['-p', 'command'])).toMatchObject({ status: 69, failed: ['client-secret'] })
    expect(existsSync(at('ran'))).toBe(true)
  })

  test('in the environment count where no profile is named', async () => {
    const { tenant, app, secret } = world
    const env = { AZURE_TENANT_ID: tenant.id, AZURE_CLIENT_ID: app.clientId, AZURE_CLIENT_SECRET: secret }
    const found = await offline([], env)
    expect(found.of('client-secret')[0]).toMatchObject({ status: 'ok', details: { profile: null } })
    expect(found.of('AZURE_CLIENT_SECRET')[0]?.message).toMatch(/is used/)
    await createProfile('ci')
    const named = await offline(['-p', 'ci'], { ...env, SECRET: 'x' })
    expect(named.of('AZURE_CLIENT_SECRET')[0]?.message).toMatch(/is not used/)
    expect(named.of('client-secret')).toHaveLength(1)
  })

  test.each<[string, number, number, string]>([
    ['good', 100 * day, 0, 'ok'],
    ['near its end', 12.5 * day, 0, 'warning'],
    ['expired', -1 * day, 65, 'failed'],
  ])('a certificate that is %s', async (_, left, status, state) => {
    const { certificatePath } = await addCertificate(world)
    await createProfile('cert', '--certificate-path', certificatePath, '--private-key-path', at('key.pem'))
    const made = await createSelfSigned({
      subject: 'CN=app',
      notBefore: new Date(Date.now() - 400 * day),
      notAfter: new Date(Date.now() + left),
    })
    writeFileSync(certificatePath, made.certificatePem)
    writeFileSync(at('key.pem'), made.privateKeyPem)
    const found = await offline()
    expect(found.status).toBe(status)
    expect(found.results.filter(({ group }) => group === 'credentials')).toEqual([
      expect.objectContaining({ status: state, check: 'certificate' }),
    ])
    if (state === 'warning') expect(found.of('certificate')[0]?.details?.days_left).toBe(12)
  })

  test('a certificate of ours, and one to be fetched, whose command runs only when that profile is named', async () => {
    const made = [
      'cert',
      'generate',
      '-p',
      'ours',
      ...world.identity,
      '--key-size',
      '2048',
      '--valid-days',
      '12',
    ]
    expect((await world.cli(made)).status).toBe(0)
    await addCertificate(world)
    writeFileSync(at('both.pem'), readFileSync(at('cert.pem'), 'utf8') + readFileSync(at('key.pem'), 'utf8'))
    await createProfile('vault', '--certificate-ref', `command:cat ${at('both.pem')}`)
    const [ours, vault] = (await offline()).of('certificate')
    expect(ours).toMatchObject({ status: 'warning', details: { profile: 'ours', days_left: 11 } })
    expect(vault).toMatchObject({ status: 'skipped', message: expect.stringContaining('doctor -p vault') })
    const named = (await offline(['-p', 'vault']))
      .of('certificate')
      .find(({ details }) => details?.profile === 'vault')
    expect(named).toMatchObject({ status: 'ok', message: expect.stringContaining('its key fits') })
  })

  test('a key that is not the one of the certificate, is open to others, or needs a password nobody gave', async () => {
    const { certificatePath, privateKeyPath } = await addCertificate(world)
    await createProfile('cert', '--certificate-path', certificatePath, '--private-key-path', privateKeyPath)
    chmodSync(privateKeyPath, 0o640)
    expect((await offline()).of('private-key')[0]).toMatchObject({ status: 'warning' })
    chmodSync(privateKeyPath, 0o600)
    const { privateKeyPem } = await createSelfSigned({ subject: 'CN=other' })
    const right = readFileSync(privateKeyPath)
    writeFileSync(privateKeyPath, privateKeyPem)
    expect(await offline()).toMatchObject({ status: 65, failed: ['certificate'] })
    writeFileSync(privateKeyPath, right)
    const document = JSON.parse(readFileSync(profilesFile(), 'utf8'))
    document.profiles.cert.credential.password = 'command:false'
    writeFileSync(profilesFile(), JSON.stringify(document))
    expect(await offline()).toMatchObject({ status: 0 })
    const encrypt = ['rsa', '-aes256', '-passout', 'pass:x', '-in', privateKeyPath, '-out', privateKeyPath]
    expect((await run('openssl', encrypt, { env: world.env })).status).toBe(0)
    expect((await offline()).of('certificate')[0]?.message).toMatch(/its key is not looked at/)
  })
})

describe('variables', () => {
  test('that turn the check of TLS off are a failure, and the network is left alone', async () => {
    const found = await examine(world, [], { NODE_TLS_REJECT_UNAUTHORIZED: '0' })
    expect(found).toMatchObject({ status: 78, stderr: '', failed: ['NODE_TLS_REJECT_UNAUTHORIZED'] })
    expect(world.entra.count()).toBe(0)
  })

  test('are said by name, and what they do', async () => {
    const rows: readonly [name: string, value: string, status: string, message: RegExp][] = [
      ['NODE_OPTIONS', '--tls-min-v1.0 --max-old-space-size=4096', 'warning', /: --tls-min-v$/],
      ['NODE_DEBUG', 'nothing', 'warning', /may hold secrets/],
      ['NODE_EXTRA_CA_CERTS', '/nowhere.pem', 'warning', /is not there: NODE_EXTRA_CA_CERTS is ignored/],
      ['SSLKEYLOGFILE', '/tmp/keys', 'ok', /not read by Node/],
      ['ENTRA_AUTH_CLI_SECRET_STOER', 'file', 'warning', /no variable/],
      ['ENTRA_AUTH_CLI_SECRET_STORE', 'cloud', 'failed', /must be/],
      ['AZURE_USERNAME', 'me', 'ok', /not read/],
      ['AZURE_CLIENT_ID', 'x', 'ok', /AZURE_CLIENT_ID is (not )?used/],
      ['NO_COLOR', '1', 'ok', /no colours/],
      ['TERM', 'dumb', 'ok', /no colours/],
      ['HTTPS_PROXY', 'socks5://x:1', 'failed', /no http/],
      ['NO_PROXY', 'example.com', 'ok', /example.com/],
    ]
    const found = await offline([], Object.fromEntries(rows.map(([name, value]) => [name, value])))
    for (const [name, , status, message] of rows)
      expect(found.results.filter(({ check, group }) => check === name && group === 'variables')).toEqual([
        expect.objectContaining({ status, message: expect.stringMatching(message) }),
      ])
    const harmless = await offline([], { NODE_OPTIONS: '--max-old-space-size=4096' })
    expect(harmless.of('NODE_OPTIONS')[0]).toMatchObject({ status: 'ok' })
  })
})

test('no secret is in what it says, whatever is wrong', async () => {
  const canary = 'canary~S3cr3t+of/the=application-7654321'
  const found = (text: string) => disguises(canary).filter((form) => text.includes(form))
  writeFileSync(at('secret.txt'), canary, { mode: 0o600 })
  await createProfile('file', '--client-secret-ref', `file:${at('secret.txt')}`)
  await createProfile('variable', '--client-secret-ref', 'env:CANARY')
  await createProfile('command', '--client-secret-ref', `command:cat ${at('secret.txt')}`)
  const create = ['create-profile', '-n', 'store', ...world.identity, '--client-secret-stdin']
  const passphrase = { ENTRA_AUTH_CLI_PASSPHRASE: canary }
  expect((await world.cli(create, { input: canary, env: passphrase })).status).toBe(0)
  const environments: Env[] = [
    passphrase,
    { ...passphrase, CANARY: canary, NODE_DEBUG: 'http,https,net,tls', DEBUG: '*' },
    {
      AZURE_TENANT_ID: canary,
      AZURE_CLIENT_ID: canary,
      AZURE_CLIENT_SECRET: canary,
      AZURE_CLIENT_CERTIFICATE_PASSWORD: canary,
      AZURE_PASSWORD: canary,
      ENTRA_AUTH_CLI_SECRET_STORE: canary,
      ENTRA_AUTH_CLI_TYPO: canary,
    },
    { HTTPS_PROXY: `http://user:${encodeURIComponent(canary)}@127.0.0.1:1` },
    { HTTPS_PROXY: `user:${canary}@:x` },
    { AZURE_AUTHORITY_HOST: `https://user:${encodeURIComponent(canary)}@localhost` },
    { AZURE_AUTHORITY_HOST: `https://localhost/${canary}` },
    { NODE_OPTIONS: `--title=${canary}` },
  ]
  const said: string[] = []
  for (const env of environments)
    for (const args of [['--debug'], ['-o', 'json', '-p', 'command'], ['--debug', '-p', 'store']]) {
      const { stdout, stderr } = await world.cli(['doctor', ...args], { env })
      expect(stdout).not.toBe('')
      said.push(...found(stdout), ...found(stderr))
    }
  expect(said).toEqual([])
}, 120_000)
