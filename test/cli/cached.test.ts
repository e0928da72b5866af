/** A cached call: no request, no keychain, nothing from npm, and the same bytes through both doors. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { binary, run } from '../parts/cli.ts'
import { createWorld, type World } from '../parts/world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
  await world.createProfile('ci')
  await world.createProfile('other')
  for (const profile of ['ci', 'other'])
    expect((await world.cli(['get-token', '-p', profile])).status).toBe(0)
  await world.cli(['get-token', '-p', 'ci', '--scope', 'https://vault.azure.net/.default'])
  world.entra.resetCounts()
})
afterAll(() => world.close())

/** `--no-color` changes nothing here, and the fast path does not know it. */
const throughOclif = (args: readonly string[]) => [...args, '--no-color']

const withoutCountdown = (text: string) => text.replace(/("?expires_in"?: ?)\d+/, '$1N')

describe.each<[string, readonly string[], Record<string, string>?]>([
  ['nothing but the command', []],
  ['-p', ['-p', 'ci']],
  ['a name in another case', ['--profile', 'CI']],
  ['--profile=', ['--profile=other']],
  ['the variable', [], { ENTRA_AUTH_CLI_PROFILE: 'other' }],
  ['--scope', ['--scope', 'https://vault.azure.net/.default']],
  ['a scope twice', ['-s', 'https://vault.azure.net/.default', '-s', 'https://vault.azure.net/.default']],
  ['--output text', ['-o', 'text']],
  ['--output json', ['--output', 'json']],
  ['--output yaml', ['--output=yaml']],
  ['--output env', ['-o', 'env']],
  ['--output header', ['-o', 'header']],
  ['--json', ['--json']],
  ['--quiet', ['-q']],
])('with %s', (_, args, env = {}) => {
  test('both doors print the same bytes, and ask nobody', async () => {
    const command = ['get-token', ...args]
    const fast = await world.cli(command, { env })
    const slow = await world.cli(throughOclif(command), { env })
    expect(fast.stderr).toBe('')
    expect(fast.status).toBe(0)
    expect(fast.stdout).toMatch(/eyJ/)
    expect({ ...slow, stdout: withoutCountdown(slow.stdout) }).toEqual({
      ...fast,
      stdout: withoutCountdown(fast.stdout),
    })
    expect(world.entra.count()).toBe(0)
  })
})

describe('what a cached call loads', () => {
  /** Preloaded into the CLI: writes down every module that is asked for. */
  const spy = `
    const { appendFileSync } = require('node:fs')
    const Module = require('node:module')
    const load = Module._load
    Module._load = function (request, ...rest) {
      appendFileSync(process.env.SPY, request + '\\n')
      return load.call(this, request, ...rest)
    }`

  async function loaded(args: readonly string[]): Promise<string[]> {
    const { rmSync } = await import('node:fs')
    const preload = join(world.home.directory, 'spy.cjs')
    const list = join(world.home.directory, 'loaded.txt')
    rmSync(list, { force: true })
    writeFileSync(preload, spy)
    const env = { ...world.env, SPY: list }
    const { status } = await run(process.execPath, ['--require', preload, binary, ...args], { env })
    expect(status).toBe(0)
    return readFileSync(list, 'utf8').trim().split('\n')
  }

  test('is one file of ours and built-in modules', async () => {
    const modules = (await loaded(['get-token', '-p', 'ci'])).filter((name) => name !== binary)
    expect(modules.filter((name) => !name.startsWith('node:'))).toEqual([])
    expect(modules).not.toContain('node:https')
    expect(modules).not.toContain('node:child_process')
  })

  test('is more through the other door, so that the list above means something', async () => {
    const modules = await loaded(throughOclif(['get-token', '-p', 'ci']))
    expect(modules.some((name) => name.endsWith('load-main.cjs'))).toBe(true)
  })
})

test('a bus that would hang is never asked', async () => {
  const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' }
  const { status, stdout, stderr } = await world.cli(['get-token', '-p', 'ci'], { env })
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^eyJ[\w.-]+\n$/)
})

describe('the fast path leaves to the other door', () => {
  test('a warning', async () => {
    const { stdout, stderr } = await world.cli(['get-token', '-p', 'other', '-s', 'User.Read'])
    expect(stdout).toMatch(/^eyJ/)
    expect(stderr).toMatch(/warning: client credentials get/)
  })

  test.each([[['--profile', 'nobody']], [['--bogus']], [['-o', 'xml']], [['-p']]])(
    'the error of %j',
    async (args) => {
      const { status, stdout, stderr } = await world.cli(['get-token', ...args])
      expect(status).not.toBe(0)
      expect(stdout).toBe('')
      expect(stderr).toMatch(/^entra-auth-cli: error: /)
    },
  )
})

test('a fault in another profile holds up no cached token; commands that read all profiles report it', async () => {
  const path = join(world.home.directory, '.config/entra-auth-cli/profiles.json')
  const good = readFileSync(path, 'utf8')
  const document = JSON.parse(good)
  document.profiles.other.clientId = 'no GUID'
  try {
    writeFileSync(path, JSON.stringify(document))
    expect(await world.cli(['get-token', '-p', 'ci'])).toMatchObject({ status: 0, stderr: '' })
    for (const args of [
      ['get-token', '-p', 'other'],
      ['get-token', '-p', 'ci', '--force'],
      ['list-profiles'],
    ])
      expect(await world.cli(args)).toMatchObject({
        status: 78,
        stderr: expect.stringContaining('profiles.other.clientId'),
      })
    document.profiles.CI = document.profiles.ci
    writeFileSync(path, JSON.stringify(document))
    expect((await world.cli(['get-token', '-p', 'ci'])).status).toBe(78)
  } finally {
    writeFileSync(path, good)
  }
})

test('nothing cached is served to another tenant, application or credential', async () => {
  const stranger = world.entra.addTenant()
  const app = stranger.addApp()
  const secret = app.addSecret()
  const args = ['create-profile', '-n', 'stranger', '-t', stranger.id, '--client-id', app.clientId]
  await world.cli([...args, '--client-secret-stdin'], { input: secret })
  const { stdout } = await world.cli(['get-token', '-p', 'stranger', '-o', 'json'])
  expect(JSON.parse(stdout)).toMatchObject({ tenant_id: stranger.id, source: 'entra' })
})
