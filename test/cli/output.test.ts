/** Standard output is the payload: readers that leave, full devices, slow pipes, no terminal, signals. */
import { run } from '../parts/cli.ts'
import { createWorld, type World } from '../parts/world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
  await world.createProfile('ci')
  await world.cli(['get-token'])
})
afterAll(() => world.close())

const bash = (script: string) => run('bash', ['-c', script], { env: world.env, cwd: world.home.directory })

/** Commands that print, through the fast path and through oclif. */
const printing = [
  'get-token',
  'get-token --no-color',
  'get-token --output json --no-color',
  'inspect -p ci',
  'list-profiles --output json',
  'show-profile',
  'cache list',
  '--help',
]

describe.each(printing)('entra-auth-cli %s', (command) => {
  test('is quiet when its reader leaves', async () => {
    const { stdout, stderr } = await bash(
      `entra-auth-cli ${command} | head -c1 >/dev/null; echo "\${PIPESTATUS[0]}"`,
    )
    expect([stdout, stderr]).toEqual(['0\n', ''])
  })

  test('says in one line that the device is full', async () => {
    const { status, stderr } = await bash(`entra-auth-cli ${command} > /dev/full`)
    expect(stderr).toMatch(
      /^(entra-auth-cli: error: |\{.*)standard output could not be written \(ENOSPC\)[^\n]*\n$/,
    )
    expect(status).toBe(74)
  })

  test('works with everything closed', async () => {
    const { status, stderr } = await bash(`entra-auth-cli ${command} <&- >&-`)
    expect([status, stderr]).toEqual([0, ''])
  })

  test('has no colours in a pipe, and no terminal codes', async () => {
    const { stdout } = await bash(`entra-auth-cli ${command} | cat`)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/)
  })
})

test('a slow reader gets every byte', async () => {
  const { stdout } = await bash(
    'entra-auth-cli get-token > direct; mkfifo slow; entra-auth-cli get-token --no-color > slow & { read -n 1 first; printf %s "$first"; cat; } < slow > read; cmp direct read && echo same',
  )
  expect(stdout).toBe('same\n')
})

test('errors as JSON are one line on stderr, and stdout is empty', async () => {
  for (const args of [
    ['-p', 'nobody', '-o', 'json'],
    ['--bogus', '--json'],
    ['-o', 'json', '--min-ttl', 'soon'],
  ]) {
    const { stdout, stderr } = await world.cli(['get-token', ...args])
    expect(stdout).toBe('')
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(JSON.parse(stderr)).toMatchObject({ message: expect.any(String), retryable: false })
  }
})

test('--file writes the token, 0600, and stdout stays empty', async () => {
  const { stdout } = await bash(
    'umask 000; entra-auth-cli get-token --file token.txt; stat -c %a token.txt; entra-auth-cli get-token > direct; cmp token.txt direct && echo same',
  )
  expect(stdout).toBe('600\nsame\n')
  const device = await world.cli(['get-token', '--file', '/dev/null'])
  expect(device.status).toBe(64)
})

describe('a request that does not end', () => {
  async function whileHeld(act: (pid: number) => void, args: readonly string[] = []) {
    const held = world.entra.holdNextTokenRequest()
    const started = performance.now()
    let pid = 0
    const running = world.cli(['get-token', '--force', ...args], {
      onStart: (child) => {
        pid = child.pid as number
      },
    })
    await held.arrived
    act(pid)
    const result = await running
    held.release()
    return { ...result, seconds: (performance.now() - started) / 1000 }
  }

  test('ends with --timeout', async () => {
    const { status, stderr, seconds } = await whileHeld(() => {}, ['--timeout', '1s'])
    expect(status).toBe(124)
    expect(stderr).toMatch(/not finished after 1 second\n/)
    expect(seconds).toBeLessThan(10)
  })

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends by %s, and the next call works',
    async (signal) => {
      const { signal: by, stdout } = await whileHeld((pid) => process.kill(pid, signal))
      expect([by, stdout]).toEqual([signal, ''])
      const next = await world.cli(['get-token', '--force'])
      expect(next.stdout).toMatch(/^eyJ/)
    },
  )
})

test('SIGUSR1 opens no inspector', async () => {
  const held = world.entra.holdNextTokenRequest()
  const running = world.cli(['get-token', '--force'], {
    onStart: (child) => void held.arrived.then(() => child.kill('SIGUSR1')),
  })
  await held.arrived
  const { stdout } = await bash('for i in 1 2 3; do curl -s -m 1 http://127.0.0.1:9229/json/list; done; true')
  held.release()
  const { stderr, status } = await running
  expect([stdout, stderr, status]).toEqual(['', '', 0])
})
