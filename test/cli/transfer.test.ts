/** Moving profiles between homes, at a terminal and without one. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { binary, cli, createHome, type Env, type Home, run } from '../parts/cli.ts'
import { startKeyring } from '../parts/keyring.ts'
import { describeWith } from '../parts/require-part.ts'
import { closeTerminals, openTerminal } from '../parts/terminal.ts'
import { createWorld, type World } from '../parts/world.ts'

const passphrase = 'correct horse battery staple'

let world: World
let other: Home
beforeEach(async () => {
  world = await createWorld()
  other = createHome()
})
afterEach(async () => {
  closeTerminals()
  other.remove()
  await world.close()
})

const at = (...parts: string[]) => join(world.home.directory, ...parts)
const profilesOf = (home: Home) => join(home.directory, '.config/entra-auth-cli/profiles.json')

/** Runs the CLI in the other home, which reaches the same Entra. */
const there = (args: readonly string[], options: { input?: string | Uint8Array; env?: Env } = {}) => {
  const { NODE_EXTRA_CA_CERTS, AZURE_AUTHORITY_HOST } = world.env
  const env = { ...other.env, NODE_EXTRA_CA_CERTS, AZURE_AUTHORITY_HOST, ...options.env }
  return cli(args, { cwd: other.directory, ...options, env })
}

async function sealedExport(...args: string[]): Promise<string> {
  const { stdout, status } = await world.cli(
    ['export-profile', ...args, '--include-secrets', '--passphrase-stdin'],
    { input: `${passphrase}\n` },
  )
  expect(status).toBe(0)
  return stdout
}

const opening = { PASSPHRASE: passphrase }
const withPassphrase = ['--passphrase-env', 'PASSPHRASE']

describe('another machine', () => {
  test('gets tokens with what came through a pipe, sealed, and wrapped on its way', async () => {
    await world.createProfile('ci')
    const line = await sealedExport()
    expect(line).toMatch(/^entra-auth-cli-export:v1:\S+\n$/)
    const input = (line.match(/.{1,64}/g) ?? []).join('\n')
    const imported = await there(['import-profile', ...withPassphrase], { input, env: opening })
    expect(imported).toMatchObject({ status: 0, stdout: expect.stringContaining('with its client secret') })
    expect((await there(['get-token'])).stdout).toMatch(/^eyJ/)
  })

  test('refuses another passphrase, and is left as it was', async () => {
    await world.createProfile('ci')
    const input = await sealedExport('ci')
    const env = { PASSPHRASE: 'incorrect horse' }
    const refused = await there(['import-profile', ...withPassphrase], { input, env })
    expect(refused).toMatchObject({ status: 77, stdout: '' })
    expect(refused.stderr).toContain('the passphrase does not open standard input')
    expect(existsSync(profilesOf(other))).toBe(false)
    expect(existsSync(join(other.directory, '.local'))).toBe(false)
  })

  test('reads the export from a pipe of the shell, and in UTF-16', async () => {
    await world.createProfile('ci')
    const script = `"$0" "${binary}" import-profile <("$0" "${binary}" export-profile) --rename -q -o json`
    const { status, stdout } = await run('bash', ['-c', script, process.execPath], { env: world.env })
    expect({ status, names: JSON.parse(stdout).profiles.map((one: { name: string }) => one.name) }).toEqual({
      status: 0,
      names: ['ci-2'],
    })
    const file = at('utf16.json')
    writeFileSync(file, Buffer.from(`\uFEFF${(await world.cli(['export-profile', 'ci'])).stdout}`, 'utf16le'))
    expect((await there(['import-profile', file])).status).toBe(0)
  })
})

describe('--overwrite', () => {
  test('takes the old secret and cached tokens away', async () => {
    await world.createProfile('ci')
    await world.cli(['get-token', '-p', 'ci'])
    const { stdout: input } = await world.cli(['export-profile', 'ci', '-q'])
    expect((await world.cli(['import-profile', '--overwrite'], { input })).status).toBe(0)
    expect((await world.cli(['cache', 'list', '-o', 'json'])).stdout).toBe('{"tokens":[]}\n')
    const refused = await world.cli(['get-token', '-p', 'ci'])
    expect(refused).toMatchObject({ status: 66, stdout: '' })
    expect(refused.stderr).toContain('the client secret of profile ci is not in the file store')
  })

  test('with secrets brings new ones', async () => {
    await world.createProfile('ci')
    const input = await sealedExport()
    await world.cli(['edit-profile', 'ci', '--client-secret-stdin'], { input: 'wrong' })
    const args = ['import-profile', '--overwrite', ...withPassphrase]
    expect((await world.cli(args, { input, env: opening })).status).toBe(0)
    expect((await world.cli(['get-token', '-p', 'ci'])).stdout).toMatch(/^eyJ/)
  })
})

describe('--file', () => {
  test('is for its owner alone, and replaces nothing unless told to', async () => {
    await world.createProfile('ci')
    const file = at('export.json')
    writeFileSync(file, 'mine', { mode: 0o644 })
    const refused = await world.cli(['config', 'export', '-p', 'ci', '-o', file])
    expect(refused).toMatchObject({ status: 64, stdout: '' })
    expect(readFileSync(file, 'utf8')).toBe('mine')
    expect((await world.cli(['export-profile', '--output', file, '--force'])).status).toBe(0)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')).profiles)).toEqual(['ci'])
    mkdirSync(at('directory'))
    expect((await world.cli(['export-profile', '--file', at('directory'), '--force'])).status).toBe(64)
  })
})

test('what was never set is said, and the rest exported', async () => {
  await world.createProfile('ci')
  const { stdout: input } = await world.cli(['export-profile', 'ci', '-q'])
  await world.cli(['import-profile', '--name', 'empty'], { input })
  const { stdout, stderr, status } = await world.cli(
    ['export-profile', '--include-secrets', ...withPassphrase],
    {
      env: opening,
    },
  )
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr:
      'entra-auth-cli: warning: the client secret of profile empty is not in the file store: it is not in the export\n',
  })
  const env = { PASSPHRASE: passphrase }
  const imported = await there(['import-profile', '-o', 'json', ...withPassphrase], { input: stdout, env })
  expect(JSON.parse(imported.stdout)).toEqual({
    dry_run: false,
    profiles: [
      {
        name: 'ci',
        source_name: 'ci',
        action: 'create',
        default: true,
        notes: ['the default profile', 'with its client secret'],
      },
      {
        name: 'empty',
        source_name: 'empty',
        action: 'create',
        default: false,
        notes: ['set its client secret: entra-auth-cli edit-profile empty --client-secret-stdin'],
      },
    ],
  })
})

test('fifty megabytes are refused, from a file and from a pipe', async () => {
  const bytes = Buffer.alloc(50_000_000, '[')
  writeFileSync(at('large.json'), bytes)
  for (const result of [
    await world.cli(['import-profile', at('large.json')]),
    await world.cli(['import-profile'], { input: bytes }),
  ]) {
    expect(result).toMatchObject({ status: 65, stdout: '' })
    expect(result.stderr).toMatch(/is larger than (4 MiB|4096 KiB)/)
  }
})

test('a full disk leaves neither profiles nor secrets', async () => {
  await world.createProfile('ci')
  const input = await sealedExport()
  const limit = `ulimit -f 0; trap '' XFSZ; exec "$@"`
  const { NODE_EXTRA_CA_CERTS } = world.env
  const result = await run(
    'bash',
    ['-c', limit, 'bash', process.execPath, binary, 'import-profile', ...withPassphrase],
    { env: { ...other.env, NODE_EXTRA_CA_CERTS, ...opening }, input, cwd: other.directory },
  )
  expect(result).toMatchObject({ status: 73, stdout: '' })
  expect(existsSync(profilesOf(other))).toBe(false)
})

describeWith(['tmux'], 'at a terminal', () => {
  const open = (command: string) => openTerminal({ command, env: world.env, cwd: world.home.directory })
  const answer = async (terminal: ReturnType<typeof open>, question: RegExp, text: string) => {
    await terminal.waitFor(question)
    terminal.type(text)
    terminal.press('Enter')
  }

  test('the passphrase is asked for twice, without echo, until it is long enough and the same', async () => {
    await world.createProfile('ci')
    const terminal = open('entra-auth-cli export-profile --include-secrets --file ci.sealed')
    await answer(terminal, /\? Passphrase for the export/, 'short')
    await terminal.waitFor(/at least 8 characters/)
    terminal.press('C-u')
    terminal.type(passphrase)
    terminal.press('Enter')
    await answer(terminal, /\? The same passphrase again/, `${passphrase}x`)
    await answer(terminal, /\? The two differ\. Passphrase for the export/, passphrase)
    await answer(terminal, /The two differ.*\? The same passphrase again/, passphrase)
    expect(await terminal.status()).toBe(0)
    expect(terminal.output()).not.toContain('horse')
    const input = readFileSync(at('ci.sealed'), 'utf8')
    expect((await there(['import-profile', ...withPassphrase], { input, env: opening })).status).toBe(0)
  })

  test('each clash is asked about, and so is the passphrase', async () => {
    for (const name of ['a', 'b', 'c']) await world.createProfile(name)
    writeFileSync(at('all.sealed'), await sealedExport())
    const terminal = open('entra-auth-cli import-profile all.sealed')
    await answer(terminal, /\? Passphrase of all\.sealed/, passphrase)
    await terminal.waitFor(/There is a profile a already/)
    terminal.press('Enter')
    await terminal.waitFor(/There is a profile b already/)
    terminal.press('Down', 'Enter')
    await terminal.waitFor(/There is a profile c already.*rename: import as c-2/)
    terminal.press('Down', 'Down', 'Enter')
    expect(await terminal.status()).toBe(0)
    const screen = terminal.screen().replace(/\s+/g, ' ')
    expect(screen).toMatch(/a skipped .* b replaced .* c-2 created/)
    const { profiles } = JSON.parse(readFileSync(profilesOf(world.home), 'utf8'))
    expect(Object.keys(profiles)).toEqual(['a', 'b', 'c', 'c-2'])
  })

  test('without a file it says how to name one', async () => {
    const terminal = open('entra-auth-cli import-profile')
    expect(await terminal.status()).toBe(64)
    expect(terminal.screen()).toMatch(/it is not said what to import/)
  })
})

describeWith(['gnome-keyring', 'dbus-daemon', 'libsecret-tools'], 'with a keychain', () => {
  test('a secret goes from the keychain to sealed files where there is none', async () => {
    const keyring = await startKeyring({ home: world.home })
    try {
      const create = ['create-profile', '--name', 'ci', ...world.identity, '--client-secret-stdin']
      await world.cli(create, { input: world.secret, env: keyring.env })
      expect(readFileSync(profilesOf(world.home), 'utf8')).toContain('"secret": "keychain"')
      const exported = await world.cli(['export-profile', '--include-secrets', ...withPassphrase], {
        env: { ...keyring.env, ...opening },
      })
      const input = exported.stdout
      expect((await there(['import-profile', ...withPassphrase], { input, env: opening })).status).toBe(0)
      expect(readFileSync(profilesOf(other), 'utf8')).toContain('"secret": "file-store"')
      expect((await there(['get-token'])).stdout).toMatch(/^eyJ/)
    } finally {
      await keyring.stop()
    }
  })
})
