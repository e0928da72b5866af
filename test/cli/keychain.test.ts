/** Secrets in the keychain, with a real one: gnome-keyring on a private D-Bus. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Env, Result, RunOptions } from '../parts/cli.ts'
import { type Keyring, type KeyringState, startKeyring } from '../parts/keyring.ts'
import { describeWith, until } from '../parts/require-part.ts'
import { createWorld, type World } from '../parts/world.ts'

const secretAccount = 'ci/client-secret'
const token = /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+\n$/

interface KeychainWorld extends World {
  readonly keyring: Keyring
  /** Creates the profile ci with the application's secret, whatever comes of it. */
  readonly tryToCreate: (extra?: readonly string[], options?: RunOptions) => Promise<Result>
}

const worlds: KeychainWorld[] = []

async function createKeychainWorld(state: KeyringState = 'unlocked'): Promise<KeychainWorld> {
  const world = await createWorld()
  const keyring = await startKeyring({ home: world.home, state })
  const env: Env = { ...world.env, ...keyring.env }
  const cli: World['cli'] = (args, options = {}) =>
    world.cli(args, { ...options, env: { ...env, ...options.env } })
  const tryToCreate = (extra: readonly string[] = [], options: RunOptions = {}) =>
    cli(['create-profile', '--name', 'ci', ...world.identity, '--client-secret-stdin', ...extra], {
      input: `${world.secret}\n`,
      ...options,
    })
  const created = { ...world, keyring, env, cli, tryToCreate }
  worlds.push(created)
  return created
}

afterEach(async () => {
  for (const world of worlds.splice(0)) {
    await world.keyring.stop()
    await world.close()
  }
})

const filesUnder = (directory: string): string[] =>
  existsSync(directory)
    ? readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name))
    : []

const sealedFiles = ({ home }: World) =>
  filesUnder(join(home.directory, '.local/share/entra-auth-cli')).map((path) => path.split('/').at(-1))

const profiles = ({ home }: World) =>
  JSON.parse(readFileSync(join(home.directory, '.config/entra-auth-cli/profiles.json'), 'utf8')).profiles

const runtime = ({ home }: World) => join(home.directory, 'run/entra-auth-cli')

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

/** Our processes that still run in that home: whatever they do, nobody waits for them any more. */
const leftOver = ({ home }: World): string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      return environment.includes(home.directory) && command.includes('keychain-helper')
    } catch {
      return false
    }
  })

describeWith(['gnome-keyring', 'dbus-daemon', 'libsecret-tools'], 'the keychain', () => {
  test('keeps the secret of a profile, where the tools of the desktop find it, and gets tokens with it', async () => {
    const world = await createKeychainWorld()
    const created = await world.tryToCreate()
    expect(created).toMatchObject({
      status: 0,
      stderr: 'entra-auth-cli: profile ci created; it is the default\n',
    })
    expect(profiles(world).ci.credential).toEqual({ type: 'client-secret', secret: 'keychain' })
    expect(await world.keyring.lookUp(secretAccount)).toBe(world.secret)
    expect(await world.cli(['get-token'])).toMatchObject({ status: 0, stderr: '', stdout: token })
    expect(sealedFiles(world)).toEqual([])
  })

  test('holds the key of the cache, with a copy for the login session that needs no keychain', async () => {
    const world = await createKeychainWorld()
    await world.tryToCreate()
    const first = await world.cli(['get-token'])
    const key = Buffer.from((await world.keyring.lookUp('cache-key')) ?? '', 'base64')
    expect(key).toHaveLength(32)
    const copy = join(runtime(world), 'cache-key')
    expect(readFileSync(copy).equals(key)).toBe(true)
    expect([mode(copy), mode(runtime(world))]).toEqual(['600', '700'])

    await world.keyring.stop()
    expect(await world.cli(['get-token'])).toEqual(first)
    expect(world.entra.count('token')).toBe(1)
  })

  test('is asked each time where no copy of the key is wanted', async () => {
    const world = await createKeychainWorld()
    const env = { ENTRA_AUTH_CLI_NO_SESSION_KEY: '1' }
    await world.tryToCreate([], { env, input: `${world.secret}\n` })
    const first = await world.cli(['get-token'], { env })
    expect(filesUnder(join(world.home.directory, 'run'))).toEqual([])
    expect(await world.cli(['get-token'], { env })).toEqual(first)
    expect(world.entra.count('token')).toBe(1)
  })

  test('loses the secret with its profile', async () => {
    const world = await createKeychainWorld()
    await world.tryToCreate()
    expect(await world.cli(['delete-profile', 'CI', '--yes'])).toMatchObject({ status: 0 })
    expect(await world.keyring.lookUp(secretAccount)).toBeUndefined()
  })

  test('loses the old secret when the profile gets a new one, and when its secret is elsewhere from now on', async () => {
    const world = await createKeychainWorld()
    await world.tryToCreate()
    const second = world.app.addSecret()
    await world.tryToCreate(['--force'], { input: second })
    expect(await world.keyring.lookUp(secretAccount)).toBe(second)
    const args = ['create-profile', '--force', '--name', 'ci', ...world.identity, '--client-secret-ref']
    expect(await world.cli([...args, 'env:SECRET'])).toMatchObject({ status: 0 })
    expect(await world.keyring.lookUp(secretAccount)).toBeUndefined()
  })

  test('that is locked must be unlocked: nothing is stored elsewhere', async () => {
    const world = await createKeychainWorld('locked')
    expect(await world.tryToCreate()).toMatchObject({
      status: 79,
      stdout: '',
      stderr: expect.stringMatching(/error: the keychain is locked\n.*hint: unlock it/),
    })
    expect(sealedFiles(world)).toEqual([])
    expect(existsSync(join(world.home.directory, '.config/entra-auth-cli/profiles.json'))).toBe(false)
  })

  test('that is locked later gives no secret, and no other takes its place', async () => {
    const world = await createKeychainWorld()
    await world.tryToCreate()
    await world.keyring.lock()
    const { status, stdout, stderr } = await world.cli(['get-token'])
    expect({ status, stdout }).toEqual({ status: 79, stdout: '' })
    expect(stderr).toMatch(/error: the keychain is locked/)
    expect(sealedFiles(world)).toEqual([])
    expect(filesUnder(runtime(world))).toEqual([])
  })

  test.each<['keychain' | 'bus']>([['keychain'], ['bus']])(
    'whose %s hangs is not waited for long, and leaves no process behind',
    async (what) => {
      const world = await createKeychainWorld()
      await world.tryToCreate()
      world.keyring.freeze(what)
      const hanging = async (attempt: Promise<Result>) => {
        const started = performance.now()
        const { status, stderr } = await attempt
        expect({ status, stderr }).toEqual({
          status: 73,
          stderr: expect.stringMatching(/error: the keychain did not answer in time\n/),
        })
        expect(performance.now() - started).toBeLessThan(7500)
      }
      await Promise.all([hanging(world.cli(['get-token'])), hanging(world.tryToCreate(['--force']))])
      await until('the end of the helper process', () => leftOver(world).length === 0, 2)
      expect(sealedFiles(world)).toEqual([])
      expect(Object.keys(profiles(world))).toEqual(['ci'])
      world.keyring.thaw()
      expect(await world.cli(['get-token'])).toMatchObject({ status: 0, stdout: token })
    },
  )

  test('that hangs is not left to a process that nobody waits for, when the command is given up', async () => {
    const world = await createKeychainWorld()
    await world.tryToCreate()
    world.keyring.freeze('bus')
    expect(await world.cli(['get-token', '--timeout', '1s'])).toMatchObject({ status: 124 })
    await until('the end of the helper process', () => leftOver(world).length === 0, 2)
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      const ended = world.cli(['get-token'], {
        onStart: async (child) => {
          await until('the helper process', () => leftOver(world).length > 0)
          child.kill(signal)
        },
      })
      expect(await ended).toMatchObject({ status: null, signal, stdout: '' })
      await until('the end of the helper process', () => leftOver(world).length === 0, 2)
    }
  })

  test.each<[string, KeyringState, Env]>([
    ['without any D-Bus', 'absent', { DBUS_SESSION_BUS_ADDRESS: undefined }],
    [
      'without D-Bus or a login session',
      'absent',
      { DBUS_SESSION_BUS_ADDRESS: undefined, XDG_RUNTIME_DIR: undefined },
    ],
    ['without a provider on the bus', 'absent', {}],
  ])('%s is absent: secrets go to sealed files, and that is said once', async (_, state, env) => {
    const world = await createKeychainWorld(state)
    const input = `${world.secret}\n`
    const first = await world.tryToCreate([], { env, input })
    expect(first).toMatchObject({ status: 0, stderr: expect.stringMatching(/there is no keychain: secrets/) })
    expect(profiles(world).ci.credential).toEqual({ type: 'client-secret', secret: 'file-store' })
    expect(await world.tryToCreate(['--force'], { env, input })).toMatchObject({
      status: 0,
      stderr: 'entra-auth-cli: profile ci replaced; it is the default\n',
    })
    expect(await world.cli(['get-token'], { env })).toMatchObject({ status: 0, stderr: '', stdout: token })
  })

  test('is passed over when the file store is asked for', async () => {
    const world = await createKeychainWorld()
    expect(await world.tryToCreate(['--secret-store', 'file'])).toMatchObject({
      status: 0,
      stderr: expect.not.stringMatching(/there is no keychain/),
    })
    expect(profiles(world).ci.credential.secret).toBe('file-store')
    expect(await world.keyring.lookUp(secretAccount)).toBeUndefined()
    expect(await world.cli(['get-token'])).toMatchObject({ status: 0, stdout: token })
  })

  test('that is asked for and not there is an error', async () => {
    const world = await createKeychainWorld('absent')
    for (const env of [{}, { DBUS_SESSION_BUS_ADDRESS: undefined }] as Env[])
      expect(
        await world.tryToCreate(['--secret-store', 'keychain'], { env, input: world.secret }),
      ).toMatchObject({
        status: 78,
        stderr: expect.stringMatching(/error: there is no keychain here\n.*--secret-store file/),
      })
    expect(sealedFiles(world)).toEqual([])
  })

  test('whose item a person deleted: that is said, with what to do', async () => {
    const world = await createKeychainWorld()
    await world.tryToCreate()
    await world.keyring.clear(secretAccount)
    expect(await world.cli(['get-token'])).toMatchObject({
      status: 66,
      stdout: '',
      stderr:
        'entra-auth-cli: error: the client secret of profile ci is not in the keychain\n' +
        'entra-auth-cli: hint: set it again: entra-auth-cli edit-profile ci\n',
    })
  })

  test('is shared by two configurations, and their items are not', async () => {
    const world = await createKeychainWorld()
    const other = { ENTRA_AUTH_CLI_CONFIG_DIR: join(world.home.directory, 'other') }
    await world.tryToCreate()
    await world.tryToCreate([], { env: other, input: 'another secret' })
    expect(await world.keyring.lookUp(secretAccount)).toBe(world.secret)
    expect(await world.cli(['get-token'])).toMatchObject({ status: 0 })
    expect(await world.cli(['get-token'], { env: other })).toMatchObject({ status: 77 })
    await world.cli(['delete-profile', 'ci', '--yes'], { env: other })
    expect(await world.keyring.lookUp(secretAccount)).toBe(world.secret)
  })

  test('makes a new key of the cache when a person deleted it: the token is asked for again', async () => {
    const world = await createKeychainWorld()
    await world.tryToCreate()
    await world.cli(['get-token'])
    await world.keyring.clear('cache-key')
    rmSync(runtime(world), { recursive: true })
    expect(await world.cli(['get-token'])).toMatchObject({ status: 0, stderr: '', stdout: token })
    expect(world.entra.count('token')).toBe(2)
  })
})

describe('the file store under a passphrase', () => {
  const env = (passphrase: string | undefined): { env: Env } => ({
    env: { ENTRA_AUTH_CLI_PASSPHRASE: passphrase },
  })
  let world: World
  beforeAll(async () => {
    world = await createWorld()
    await world.cli(
      [
        'create-profile',
        '--name',
        'ci',
        ...world.identity,
        '--client-secret-stdin',
        '--secret-store',
        'file',
      ],
      { ...env('correct horse'), input: world.secret },
    )
  })
  afterAll(() => world.close())

  test('opens with the right one', async () => {
    expect(await world.cli(['get-token', '--no-cache'], env('correct horse'))).toMatchObject({
      status: 0,
      stdout: token,
    })
  })

  test('is denied with a wrong one', async () => {
    expect(await world.cli(['get-token', '--no-cache'], env('wrong'))).toMatchObject({
      status: 77,
      stdout: '',
      stderr: expect.stringMatching(/error: ENTRA_AUTH_CLI_PASSPHRASE is not the passphrase/),
    })
  })

  test('says that it is missing', async () => {
    expect(await world.cli(['get-token', '--no-cache'], env(undefined))).toMatchObject({
      status: 78,
      stdout: '',
      stderr: expect.stringMatching(/ENTRA_AUTH_CLI_PASSPHRASE/),
    })
  })
})
