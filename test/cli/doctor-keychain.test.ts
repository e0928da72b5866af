/** What `doctor` says of real keychains. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Env } from '../parts/cli.ts'
import { type DoctorResult, examine } from '../parts/doctor.ts'
import { type Keyring, type KeyringState, startKeyring } from '../parts/keyring.ts'
import { describeWith } from '../parts/require-part.ts'
import { createWorld, type World } from '../parts/world.ts'

let world: World
let keyring: Keyring | undefined

beforeEach(async () => {
  world = await createWorld()
})
afterEach(async () => {
  await keyring?.stop()
  keyring = undefined
  await world.close()
})

async function look(env: Env = {}) {
  const found = await examine(world, ['--offline'], { ...keyring?.env, ...env })
  const [keychain] = found.of('keychain') as [DoctorResult]
  const [store] = found.of('store')
  return { ...found, keychain, place: store?.details?.store, secret: found.of('client-secret')[0] }
}

const start = async (state: KeyringState) => {
  keyring = await startKeyring({ home: world.home, state })
  return keyring
}

const createProfile = (env: Env) =>
  world.cli(['create-profile', '-n', 'ci', ...world.identity, '--client-secret-stdin'], {
    env,
    input: world.secret,
  })

describeWith(['gnome-keyring', 'dbus-daemon', 'libsecret-tools'], 'a keychain', () => {
  test('that works', async () => {
    const { env, lookUp, clear } = await start('unlocked')
    const before = await look()
    expect(before).toMatchObject({ status: 0, place: 'keychain' })
    // No key is made for the answer.
    expect(await lookUp('cache-key')).toBeUndefined()
    await createProfile(env)
    const found = await look()
    expect(found.keychain).toMatchObject({ status: 'ok', details: { state: 'working' } })
    expect(found.secret?.status).toBe('ok')
    await clear('ci/client-secret')
    expect(await look()).toMatchObject({ status: 66, failed: ['client-secret'] })
  })

  test('that is locked: a person must open it', async () => {
    const { env, lock } = await start('unlocked')
    await createProfile(env)
    await lock()
    const found = await look()
    expect(found).toMatchObject({ status: 79, failed: ['keychain'], place: 'keychain' })
    expect(found.keychain).toMatchObject({
      details: { state: 'locked' },
      fix: expect.stringContaining('unlock'),
    })
    expect(found.secret).toMatchObject({ status: 'skipped', message: expect.stringContaining('locked') })
  })

  test('that is locked, where the file store is chosen', async () => {
    await start('locked')
    const found = await look({ ENTRA_AUTH_CLI_SECRET_STORE: 'file' })
    expect(found).toMatchObject({ status: 0, place: 'file' })
    expect(found.keychain.message).toMatch(/locked; the file store is chosen/)
  })

  test.each(['keychain', 'bus'] as const)('whose %s hangs', async (what) => {
    const { env, freeze, thaw } = await start('unlocked')
    await createProfile(env)
    freeze(what)
    const found = await look()
    thaw()
    expect(found).toMatchObject({ status: 73, failed: ['keychain'] })
    expect(found.keychain.details?.state).toBe('timeout')
    expect(found.secret?.status).toBe('skipped')
    // The other checks have their answers.
    expect(found.of('clientId')).toHaveLength(1)
  })

  test('on a bus where none is', async () => {
    await start('absent')
    const found = await look()
    expect(found).toMatchObject({ status: 0, place: 'file' })
    expect(found.keychain).toMatchObject({ status: 'warning', details: { state: 'absent' } })
    expect(await look({ ENTRA_AUTH_CLI_SECRET_STORE: 'keychain' })).toMatchObject({
      status: 78,
      failed: ['keychain'],
    })
  })
})

test('without D-Bus there is no keychain, and a profile that needs one is told so', async () => {
  const found = await look({ XDG_RUNTIME_DIR: undefined })
  expect(found).toMatchObject({ status: 0, place: 'file' })
  expect(found.keychain).toMatchObject({ status: 'warning', details: { state: 'absent' } })
  const reference = ['--client-secret-ref', 'env:X']
  await world.cli(['create-profile', '-n', 'ci', ...world.identity, ...reference])
  const file = join(world.home.directory, '.config/entra-auth-cli/profiles.json')
  writeFileSync(file, readFileSync(file, 'utf8').replace('env:X', 'keychain'))
  expect(await look()).toMatchObject({ status: 78, failed: ['client-secret'] })
})
