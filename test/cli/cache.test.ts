/** `cache clear`: exactly the tokens that were asked for, and those of a profile without opening any. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createWorld, type World } from '../parts/world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
  for (const name of ['ci', 'other']) await world.createProfile(name)
})
afterEach(() => world.close())

const vault = 'https://vault.azure.net/.default'
const directory = () => join(world.home.directory, '.cache/entra-auth-cli/tokens')
const files = () => readdirSync(directory()).filter((name) => name.endsWith('.token'))

async function listed(): Promise<string[]> {
  const { stdout } = await world.cli(['cache', 'list', '-o', 'json'])
  const { tokens } = JSON.parse(stdout) as { tokens: { profile?: string; state: string }[] }
  return tokens.map(({ profile, state }) => `${profile} ${state}`).sort()
}

test('-p clears the tokens of that profile, in any case of its name, damaged ones too', async () => {
  for (const profile of ['ci', 'other']) await world.cli(['get-token', '-p', profile])
  const [first = ''] = files()
  await world.cli(['get-token', '-p', 'ci', '-s', vault])
  expect(files()).toHaveLength(3)
  expect((await world.cli(['cache', 'clear', '-p', 'CI'])).stderr).toContain('2 cached tokens dropped')
  expect(await listed()).toEqual(['other fresh'])
  writeFileSync(join(directory(), files()[0] ?? first), 'damaged')
  expect((await world.cli(['cache', 'clear', '-p', 'other'])).stderr).toContain('1 cached token dropped')
  expect(files()).toEqual([])
})

test('--expired clears what has expired, with -p only of that profile', async () => {
  world.entra.tokens.lifetime = 1
  for (const profile of ['ci', 'other']) await world.cli(['get-token', '-p', profile])
  world.entra.tokens.lifetime = 3599
  await world.cli(['get-token', '-p', 'ci', '-s', vault])
  const later = { env: { NODE_OPTIONS: `--require ${clock()}` } }
  const { stderr } = await world.cli(['cache', 'clear', '-p', 'ci', '--expired'], later)
  expect(stderr).toContain('1 cached token dropped')
  expect((await listed()).map((line) => line.split(' ')[0])).toEqual(['ci', 'other'])
  await world.cli(['cache', 'clear', '--expired'], later)
  expect(await listed()).toEqual(['ci fresh'])
})

/** A module that sets the clock a minute ahead. */
function clock(): string {
  const path = join(world.home.directory, 'clock.cjs')
  writeFileSync(path, 'const now = Date.now; Date.now = () => now() + 60_000')
  return path
}

test('the tokens of a renamed profile come along, and no other', async () => {
  for (const profile of ['ci', 'other']) await world.cli(['get-token', '-p', profile])
  world.entra.resetCounts()
  await world.cli(['rename-profile', 'ci', 'renamed'])
  expect(await listed()).toEqual(['other fresh', 'renamed fresh'])
  for (const profile of ['renamed', 'other'])
    expect((await world.cli(['get-token', '-p', profile])).status).toBe(0)
  expect(world.entra.count()).toBe(0)
})
