/** Many processes ask at once: one of them asks Entra, and all of them have the token. */
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freeLock, takeLock } from '../../src/platform/lock.ts'
import type { Result, RunOptions } from '../parts/cli.ts'
import { until } from '../parts/require-part.ts'
import { createWorld, type World } from '../parts/world.ts'

const accessToken = /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+\n$/

let world: World

beforeEach(async () => {
  world = await createWorld()
  await world.createProfile('ci')
})
afterEach(() => world.close())

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i))

/** What all of them printed, once each: they must have ended well and without a word on stderr. */
function outputs(results: readonly Result[]): string[] {
  for (const result of results)
    expect(result).toEqual({
      status: 0,
      signal: null,
      stdout: expect.stringMatching(accessToken),
      stderr: '',
    })
  return [...new Set(results.map(({ stdout }) => stdout))]
}

/** Starts `get-token` and gives its process as well as its end. */
function start(options: RunOptions = {}): { child: ChildProcess; ended: Promise<Result> } {
  let child: ChildProcess | undefined
  const onStart = (started: ChildProcess) => {
    child = started
  }
  const ended = world.cli(['get-token'], { ...options, onStart })
  return { child: child as unknown as ChildProcess, ended }
}

test('50 processes with an empty cache make one request and print one token', async () => {
  const results = await Promise.all(times(50, () => world.cli(['get-token'])))
  expect(outputs(results)).toHaveLength(1)
  expect(world.entra.count()).toBe(1)
})

test('50 processes with an expired token make one request and print the new token', async () => {
  world.entra.tokens.lifetime = 60
  const { stdout: old } = await world.cli(['get-token'])
  world.entra.tokens.lifetime = 3599
  world.entra.resetCounts()
  const results = await Promise.all(times(50, () => world.cli(['get-token'])))
  expect(outputs(results)).toEqual([expect.not.stringMatching(old)])
  expect(world.entra.count()).toBe(1)
})

test('when the process that asks is killed in the middle, another one asks for all', async () => {
  const held = world.entra.holdNextTokenRequest()
  const holder = start()
  await held.arrived
  const others = times(50, () => start())
  holder.child.kill('SIGKILL')
  const killed = performance.now()
  expect(await holder.ended).toMatchObject({ status: null, signal: 'SIGKILL', stdout: '' })
  expect(outputs(await Promise.all(others.map(({ ended }) => ended)))).toHaveLength(1)
  expect(world.entra.count()).toBe(2)
  // Nobody waited for a lock to grow old.
  expect(performance.now() - killed).toBeLessThan(25_000)
})

test('50 processes over 10 scopes make one request for each scope', async () => {
  const resources = [
    'https://graph.microsoft.com',
    'https://management.azure.com',
    'https://vault.azure.net',
    'https://storage.azure.com',
    'https://database.windows.net',
    'https://servicebus.azure.net',
    'https://cosmos.azure.com',
    'https://search.azure.com',
    'https://ml.azure.com',
    'https://batch.core.windows.net',
  ]
  const scope = (index: number) => `${resources[index % resources.length]}/.default`
  const results = await Promise.all(times(50, (index) => world.cli(['get-token', '--scope', scope(index)])))
  expect(outputs(results)).toHaveLength(resources.length)
  expect(world.entra.count()).toBe(resources.length)
})

test('50 processes that Entra throttles make one request, and all of them are told to wait', async () => {
  world.entra.fault({ kind: 'status', status: 429, headers: { 'retry-after': '60' } }, 50)
  const results = await Promise.all(times(50, () => world.cli(['get-token'])))
  expect([...new Set(results.map(({ status }) => status))]).toEqual([75])
  expect(world.entra.count()).toBe(1)
})

test('a slow answer for one scope keeps no other scope waiting', async () => {
  const held = world.entra.holdNextTokenRequest()
  const slow = start()
  await held.arrived
  const other = await world.cli(['get-token', '--scope', 'https://management.azure.com/.default'])
  expect(outputs([other])).toHaveLength(1)
  held.release()
  expect(outputs([await slow.ended])).toHaveLength(1)
})

test('10 processes with --force all get a new token, and leave one that works in the cache', async () => {
  const { stdout: old } = await world.cli(['get-token'])
  world.entra.resetCounts()
  const results = await Promise.all(times(10, () => world.cli(['get-token', '--force'])))
  const tokens = outputs(results)
  expect(tokens).not.toContain(old)
  expect(world.entra.count()).toBe(tokens.length)
  const { stdout: kept } = await world.cli(['get-token'])
  expect(tokens).toContain(kept)
  expect(world.entra.count()).toBe(tokens.length)
})

test('two homes share nothing', async () => {
  const other = await createWorld({ AZURE_AUTHORITY_HOST: world.entra.authorityHost })
  try {
    const env = { NODE_EXTRA_CA_CERTS: world.entra.caFile }
    const args = ['create-profile', '--name', 'ci', ...world.identity, '--client-secret-stdin']
    expect((await other.cli(args, { env, input: world.secret })).status).toBe(0)
    const results = await Promise.all([world.cli(['get-token']), other.cli(['get-token'], { env })])
    expect(outputs(results)).toHaveLength(2)
    expect(world.entra.count('token')).toBe(2)
  } finally {
    await other.close()
  }
})

test('20 processes create profiles at once, and all of them are kept', async () => {
  const names = times(20, (index) => `p${String(index).padStart(2, '0')}`)
  const results = await Promise.all(names.map((name) => world.createProfile(name, ['--quiet'])))
  expect(results.map(({ status }) => status)).toEqual(names.map(() => 0))
  const { stdout } = await world.cli(['list-profiles', '-o', 'json'])
  const { profiles } = JSON.parse(stdout) as { profiles: { name: string }[] }
  expect(profiles.map(({ name }) => name)).toEqual(['ci', ...names])
  expect(outputs([await world.cli(['get-token', '-p', 'p19'])])).toHaveLength(1)
})

test('20 processes create, edit, rename and delete different profiles at once, and nothing is lost', async () => {
  const made = times(15, (index) => `old-${String(index).padStart(2, '0')}`)
  for (const name of made) expect((await world.cli(['copy-profile', 'ci', name])).status).toBe(0)
  const changes = times(20, (index) => {
    const [edited = '', renamed = '', deleted = ''] = made.slice((index % 5) * 3)
    return [
      () => world.createProfile(`new-${index}`),
      () => world.cli(['edit-profile', edited, '--cloud', 'china']),
      () => world.cli(['rename-profile', renamed, `${renamed}-renamed`]),
      () => world.cli(['delete-profile', deleted, '--yes']),
    ][Math.floor(index / 5)]?.()
  })
  const results = await Promise.all(changes)
  expect(results.map((result) => result?.status)).toEqual(results.map(() => 0))
  const { stdout } = await world.cli(['list-profiles', '-o', 'json'])
  const { profiles } = JSON.parse(stdout) as { profiles: { name: string; cloud?: string }[] }
  const kept = made.filter((_, index) => index % 3 !== 2)
  const names = kept.map((name, index) => (index % 2 === 0 ? name : `${name}-renamed`))
  expect(profiles.map(({ name }) => name).sort()).toEqual(
    ['ci', ...times(5, (index) => `new-${index}`), ...names].sort(),
  )
  expect(profiles.filter(({ cloud }) => cloud === 'china').map(({ name }) => name)).toEqual(
    kept.filter((_, index) => index % 2 === 0),
  )
  for (const name of ['ci', 'new-4', 'old-13-renamed'])
    expect(outputs([await world.cli(['get-token', '-p', name])])).toHaveLength(1)
})

const onLinux = process.platform === 'linux' ? test : test.skip
onLinux('what an editor saves while a command is at work stays, and the command says so', async () => {
  const { directory } = world.home
  const path = join(directory, '.config/entra-auth-cli/profiles.json')
  const edited = readFileSync(path, 'utf8')
    .replace('"ci": {', '"edited": {')
    .replace('"default": "ci"', '"default": "edited"')
  // The command has read the profiles, and waits to make a key for its secret.
  const secrets = join(directory, '.local/share/entra-auth-cli/secrets')
  rmSync(secrets, { recursive: true })
  const lock = await takeLock(join(secrets, 'lock'))
  let child: ChildProcess | undefined
  const create = ['create-profile', '-n', 'new', ...world.identity, '--client-secret-stdin']
  const ended = world.cli(create, {
    input: world.secret,
    onStart: (started) => {
      child = started
    },
  })
  const contentOf = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  await until('the command at work', () => {
    const holds = contentOf(`${path}.lock`).includes(String(child?.pid))
    return holds && / S /.test(contentOf(`/proc/${child?.pid}/stat`))
  })
  writeFileSync(path, edited)
  freeLock(lock)
  const { status, stderr } = await ended
  expect({ status, stderr }).toEqual({
    status: 75,
    stderr: expect.stringContaining('changed by another program'),
  })
  expect(readFileSync(path, 'utf8')).toBe(edited)
})

test('clearing the cache while tokens are asked for breaks nobody', async () => {
  const results = await Promise.all([
    ...times(10, () => world.cli(['get-token'])),
    ...times(5, () => world.cli(['cache', 'clear', '--quiet'])),
    ...times(10, () => world.cli(['get-token'])),
  ])
  expect(results.map(({ status, stderr }) => ({ status, stderr }))).toEqual(
    results.map(() => ({ status: 0, stderr: '' })),
  )
})
