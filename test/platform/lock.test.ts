import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freeLock, takeLock, withLock } from '../../src/platform/lock.ts'
import { run } from '../parts/cli.ts'
import { bundle, type Program } from './bundle.ts'

let program: Program
let directory: string
let lock: string

beforeAll(() => {
  program = bundle(`
    import { appendFileSync } from 'node:fs'
    import { setTimeout as pause } from 'node:timers/promises'
    import { takeLock, withLock } from './src/platform/lock.ts'
    const [action, lock, log] = process.argv.slice(2)
    const actions = {
      async hold() {
        await takeLock(lock)
        process.stdout.write('held')
        process.stdin.resume().on('end', () => process.exit())
      },
      async work() {
        for (let round = 0; round < 5; round++)
          await withLock(lock, async () => {
            appendFileSync(log, process.pid + ' in\\n')
            await pause(5)
            appendFileSync(log, process.pid + ' out\\n')
          })
      },
    }
    actions[action]().catch((error) => { console.error(error); process.exitCode = 1 })
  `)
})
afterAll(() => program.remove())

beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'entra-lock-')))
  lock = join(directory, 'x.lock')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** A process that holds the lock until it is ended, by the end of its input too: none outlives the tests. */
async function holder() {
  const child = spawn(process.execPath, [program.path, 'hold', lock], {
    env: program.env as unknown as NodeJS.ProcessEnv,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  return child
}

test('the lock gives its work’s result and is free afterwards, whatever the work does', async () => {
  expect(await withLock(lock, async () => 42)).toBe(42)
  const failing = withLock(lock, async () => {
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  freeLock(await takeLock(lock))
})

test('the lock file is for its owner alone, names the holder, and stays', async () => {
  lock = join(directory, 'made', 'x.lock')
  const held = await takeLock(lock)
  expect(readFileSync(lock, 'utf8')).toBe(String(process.pid))
  freeLock(held)
  expect(existsSync(lock)).toBe(true)
  if (process.getuid) expect(statSync(lock).mode & 0o777).toBe(0o600)
})

test('within one process too, one waits for the other', async () => {
  const events: string[] = []
  const work = (name: string) =>
    withLock(lock, async () => {
      events.push(`${name} in`)
      await new Promise((resolve) => setTimeout(resolve, 20))
      events.push(`${name} out`)
    })
  await Promise.all([work('a'), work('b'), work('c')])
  for (let index = 0; index < events.length; index += 2)
    expect(events[index + 1]).toBe(events[index]?.replace('in', 'out'))
  expect(events).toHaveLength(6)
})

test('of many processes one at a time is inside', async () => {
  const log = join(directory, 'log')
  const results = await Promise.all(
    Array.from({ length: 8 }, () =>
      run(process.execPath, [program.path, 'work', lock, log], { env: program.env }),
    ),
  )
  expect(results.map(({ status }) => status)).toEqual(Array(8).fill(0))
  const lines = readFileSync(log, 'utf8').trim().split('\n')
  expect(lines).toHaveLength(8 * 5 * 2)
  for (let index = 0; index < lines.length; index += 2)
    expect(lines[index + 1]).toBe(lines[index]?.replace(' in', ' out'))
})

test('a holder that is killed frees the lock at once', async () => {
  const child = await holder()
  let freed = 0
  const waiting = takeLock(lock).then((taken) => {
    freed = performance.now()
    return taken
  })
  const early = await Promise.race([
    waiting,
    new Promise((resolve) => setTimeout(resolve, 200, 'still waiting')),
  ])
  expect(early).toBe('still waiting')
  const killed = performance.now()
  child.kill('SIGKILL')
  const taken = await waiting
  expect(freed - killed).toBeLessThan(1000)
  expect(readFileSync(lock, 'utf8')).toBe(String(process.pid))
  freeLock(taken)
})

test.each<[string, () => void]>([
  ['a directory', () => mkdirSync(lock)],
  [
    'a symbolic link to a file',
    () => {
      writeFileSync(`${lock}.victim`, 'kept')
      symlinkSync(`${lock}.victim`, lock)
    },
  ],
  ['a symbolic link to nothing', () => symlinkSync(`${lock}.victim`, lock)],
])('%s at its place is an error of the configuration, and is left alone', async (_, make) => {
  make()
  await expect(takeLock(lock)).rejects.toMatchObject({
    code: 'config',
    message: `${lock} is not a regular file`,
    hint: 'remove it',
  })
  if (existsSync(`${lock}.victim`)) expect(readFileSync(`${lock}.victim`, 'utf8')).toBe('kept')
})

test('a FIFO at its place is an error, not a wait', async () => {
  const made = await run('mkfifo', [lock], { env: process.env }).catch(() => undefined)
  if (made?.status !== 0) return
  await expect(takeLock(lock)).rejects.toMatchObject({ code: 'config' })
})

test('a directory that is a file is an error of the configuration', async () => {
  writeFileSync(join(directory, 'file'), '')
  await expect(takeLock(join(directory, 'file', 'x.lock'))).rejects.toMatchObject({ code: 'config' })
})

test('after the lock file was replaced everyone goes by the new one', async () => {
  const first = await takeLock(lock)
  // Whoever waits has the old file open; the new one at its place is another lock.
  const waiting = takeLock(lock)
  renameSync(lock, `${lock}.old`)
  writeFileSync(lock, '', { mode: 0o600 })
  const second = await waiting
  expect(statSync(lock).size).toBeGreaterThan(0)
  const third = takeLock(lock)
  freeLock(first)
  const early = await Promise.race([
    third,
    new Promise((resolve) => setTimeout(resolve, 150, 'still waiting')),
  ])
  expect(early).toBe('still waiting')
  freeLock(second)
  freeLock(await third)
})
