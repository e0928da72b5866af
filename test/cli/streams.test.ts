/** What a run leaves behind when it ends early, and what it does when its streams are not as usual. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunOptions } from '../parts/cli.ts'
import { run } from '../parts/cli.ts'
import { until } from '../parts/require-part.ts'
import { createWorld, type World } from '../parts/world.ts'

const accessToken = /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+\n$/

let world: World

beforeAll(async () => {
  world = await createWorld()
  await world.createProfile('ci')
  await world.cli(['get-token'])
})
afterEach(() => world.entra.clearFaults())
afterAll(() => world.close())

const bash = (script: string, options: RunOptions = {}) =>
  run('bash', ['-c', script], { env: world.env, cwd: world.home.directory, ...options })

describe('standard error', () => {
  // A warning is due: an application's token is for the .default scope.
  const warned = 'entra-auth-cli get-token -s User.Read'

  test.each([
    ['is full', '2>/dev/full'],
    ['is closed', '2>&-'],
    ['has no reader', '2> >(true)'],
  ])('%s: the token comes nevertheless', async (_, redirection) => {
    const { status, stdout } = await bash(`${warned} ${redirection}`)
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(accessToken) })
  })

  test.each([
    ['is full', '2>/dev/full'],
    ['is closed', '2>&-'],
    ['has no reader', '2> >(true)'],
  ])('%s: an error still has its exit status', async (_, redirection) => {
    const { status, stdout } = await bash(`entra-auth-cli get-token -p nobody ${redirection}`)
    expect({ status, stdout }).toEqual({ status: 66, stdout: '' })
  })

  test('has no warnings and notices with --quiet, but errors', async () => {
    expect((await bash(`${warned} --quiet`)).stderr).toBe('')
    expect((await bash('entra-auth-cli use-profile ci --quiet')).stderr).toBe('')
    expect((await bash('entra-auth-cli get-token -p nobody --quiet')).stderr).toMatch(
      /error: there is no profile/,
    )
  })
})

describe('standard output', () => {
  test('reaches a slow reader whole, however much it is', async () => {
    const file = join(world.home.directory, '.config/entra-auth-cli/profiles.json')
    const before = readFileSync(file, 'utf8')
    const document = JSON.parse(before)
    const names = Array.from({ length: 3000 }, (_, index) => `p${index}`)
    for (const name of names) document.profiles[name] = document.profiles.ci
    writeFileSync(file, JSON.stringify(document))
    try {
      // Nothing is read before the pipe is full: the writer sleeps, or would lose what does not fit.
      const script = `
        mkfifo pipe
        entra-auth-cli list-profiles -o json > pipe & writer=$!
        exec 3< pipe
        until grep -q '^State:.*S' /proc/$writer/status && grep -q '^VmRSS' /proc/$writer/status; do :; done
        cat <&3; wait $writer; echo "status $?"`
      const { stdout } = await bash(script)
      const [line = '', status] = stdout.split('\n')
      expect(status).toBe('status 0')
      expect(line.length).toBeGreaterThan(256 * 1024)
      expect(JSON.parse(line).profiles).toHaveLength(names.length + 1)
    } finally {
      writeFileSync(file, before)
    }
  })

  test('has no escape codes with NO_COLOR, TERM=dumb or --no-color, on a terminal either', async () => {
    for (const variant of [
      'NO_COLOR=1 entra-auth-cli',
      'TERM=dumb entra-auth-cli',
      'entra-auth-cli --no-color',
    ]) {
      const [before, option = ''] = variant.split(' --')
      const command = `${before} inspect -p ci ${option && `--${option}`}`
      const { stdout } = await bash(`script -qec '${command}' /dev/null </dev/null`)
      expect(stdout).toContain('aud')
      expect(stdout).not.toContain('\u001b[')
    }
  })
})

describe('standard input', () => {
  test('that is closed or empty gives an error, not a hang', async () => {
    const create = `entra-auth-cli create-profile --name x ${world.identity.join(' ')} --client-secret-stdin`
    for (const [command, expected] of [
      ['entra-auth-cli inspect', 65],
      [create, 64],
      ['entra-auth-cli create-profile', 64],
      ['entra-auth-cli delete-profile ci', 64],
    ] as const)
      for (const input of ['<&-', '</dev/null']) {
        const { status, stdout, stderr } = await bash(`${command} ${input}`)
        expect({ command, input, status, stdout }).toEqual({ command, input, status: expected, stdout: '' })
        expect(stderr).toMatch(/^entra-auth-cli: error: [^\n]+\n/)
      }
  })

  test('that is a directory gives an error', async () => {
    const { status, stderr } = await bash('entra-auth-cli inspect < /')
    expect(stderr).toMatch(/^entra-auth-cli: error: (?!unexpected)/)
    expect(status).not.toBe(70)
  })

  test('that never ends does not outlast --timeout', async () => {
    const { status, stderr } = await bash('mkfifo quiet; entra-auth-cli inspect --timeout 1s <> quiet')
    expect({ status, stderr }).toEqual({
      status: 124,
      stderr: expect.stringContaining('not finished after 1 s'),
    })
  })

  test('that is endless is refused', async () => {
    const { status, stderr } = await bash('entra-auth-cli inspect < /dev/zero')
    expect({ status, stderr }).toEqual({ status: 65, stderr: expect.stringContaining('larger than 4 MiB') })
  })
})

describe('a program that a reference starts', () => {
  const marker = `entra-test-${process.pid}`
  /** Processes of the program, and of what it started in turn. */
  const leftOver = () => {
    try {
      return execFileSync('pgrep', ['-f', marker], { encoding: 'utf8' }).trim().split('\n')
    } catch {
      return []
    }
  }

  beforeAll(async () => {
    const script = join(world.home.directory, 'vault.sh')
    writeFileSync(script, '#!/bin/bash\nbash -c "sleep 60; true" "$1"\n', { mode: 0o700 })
    const reference = `command:${script} ${marker}`
    const args = ['create-profile', '--name', 'vault', ...world.identity, '--client-secret-ref', reference]
    expect((await world.cli(args)).status).toBe(0)
  })
  afterEach(() => {
    for (const pid of leftOver()) process.kill(Number(pid), 'SIGKILL')
  })

  test('ends with it when the time is up', async () => {
    const { status } = await world.cli(['get-token', '-p', 'vault', '--timeout', '1s'])
    expect(status).toBe(124)
    await until('the end of what was started', () => leftOver().length === 0, 3)
  })

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends with it by %s', async (signal) => {
    const running = world.cli(['get-token', '-p', 'vault'], {
      onStart: (child) => {
        void until('the program to run', () => leftOver().length >= 2).then(() => child.kill(signal))
      },
    })
    expect(await running).toMatchObject({ status: null, signal, stdout: '' })
    await until('the end of what was started', () => leftOver().length === 0, 3)
  })
})
