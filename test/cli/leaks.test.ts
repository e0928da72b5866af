/** Canaries: no secret and no token is found where it was not asked for, over every command. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../parts/cli.ts'
import { disguises } from '../parts/disguises.ts'
import { addCertificate, createWorld, type World } from '../parts/world.ts'

const password = 'canary-Pa55w0rd+of/the=key'
const passphrase = 'canary-passphrase-of-the-store'

let world: World
let secret: string
/** Every access token that was handed out, as it came to stdout. */
const tokens = new Set<string>()
const seen: { args: readonly string[]; stderr: string; stdout: string; status: number | null }[] = []

const canaries = () => [secret, password, passphrase].flatMap(disguises)

async function say(args: readonly string[], input?: string): Promise<void> {
  for (const extra of [[], ['--debug']]) {
    const result = await world.cli([...args, ...extra], input === undefined ? {} : { input })
    seen.push({ args, ...result })
    for (const token of result.stdout.match(/eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/g) ?? []) tokens.add(token)
  }
}

beforeAll(async () => {
  world = await createWorld({ ENTRA_AUTH_CLI_PASSPHRASE: passphrase })
  secret = world.app.addSecret('canary~S3cr3t~of.the_application-1234567')
  const { certificatePath, privateKeyPath } = await addCertificate(world)
  const { directory } = world.home
  const encrypted = join(directory, 'encrypted.pem')
  await run(
    'openssl',
    ['rsa', '-aes256', '-passout', `pass:${password}`, '-in', privateKeyPath, '-out', encrypted],
    {
      env: world.env,
    },
  )
  const identity = [...world.identity, '--force']
  const withKey = ['--certificate-path', certificatePath, '--private-key-path', encrypted]
  await say(['create-profile', '-n', 'argument', ...identity, '--client-secret', secret])
  await say(['create-profile', '-n', 'stdin', ...identity, '--client-secret-stdin'], secret)
  await say(['create-profile', '-n', 'key', ...identity, ...withKey, '--certificate-password', password])
  await say(
    ['create-profile', '-n', 'key', ...identity, ...withKey, '--certificate-password-stdin'],
    password,
  )
  await say([
    'create-profile',
    '-n',
    'wrong',
    ...identity,
    ...withKey,
    '--certificate-password',
    `${password}x`,
  ])
  for (const profile of ['argument', 'stdin', 'key']) {
    await say(['get-token', '-p', profile])
    await say(['get-token', '-p', profile, '--force', '-o', 'json'])
    await say(['refresh', '-p', profile, '-o', 'env'])
    await say(['show-profile', profile])
    await say(['inspect', '-p', profile])
  }
  const sealed = ['--profile', 'sealed', '--key-size', '2048']
  await say(['cert', 'generate', ...sealed, ...identity, '-o', 'json'])
  await say(['cert', 'show', '--profile', 'sealed'])
  await say(['cert', 'export', '--profile', 'sealed'])
  await say(['cert', 'request', '--profile', 'sealed'])
  await say(['cert', 'list', '-o', 'json'])
  const pfx = ['--out', join(directory, 'made.pfx'), '--key-size', '2048', '--force']
  await say(['cert', 'generate', ...pfx, '--certificate-password-stdin'], password)
  await say(['cert', 'show', join(directory, 'made.pfx'), '--certificate-password', password])
  await say(['cert', 'show', join(directory, 'made.pfx'), '--certificate-password', `${password}x`])
  await say(['get-token', '-p', 'sealed'])
  await say(['list-profiles', '-o', 'json'])
  await say(['cache', 'list', '-o', 'json'])
  // What goes wrong is said without what was given.
  await say(['get-token', `--client-secrt=${secret}`])
  await say(['get-token', '--output', secret])
  await say(['get-token', secret])
  await say(['create-profile', `--client-secret=${secret}`, '--cloud', secret])
  await say(['create-profile', '-n', 'x', ...identity, '--client-secret-ref', secret])
  world.entra.fault({ kind: 'status', status: 500, body: secret, headers: { 'retry-after': '0' } }, 6)
  await say(['get-token', '-p', 'stdin', '--force'])
  world.entra.clearFaults()
  world.entra.fault(
    { kind: 'json', body: { access_token: secret.repeat(2), token_type: 'x', expires_in: 'y' } },
    2,
  )
  await say(['get-token', '-p', 'stdin', '--force'])
  world.entra.clearFaults()
}, 120_000)
afterAll(() => world.close())

test('the commands did their work, or this would prove nothing', () => {
  expect(seen.filter(({ status }) => status === 0).length).toBeGreaterThan(30)
  expect(seen.filter(({ status }) => status !== 0).length).toBeGreaterThan(10)
  expect(tokens.size).toBeGreaterThan(10)
  expect(seen.some(({ stderr }) => stderr.includes('debug: POST'))).toBe(true)
})

test('no secret is on stdout or stderr', () => {
  const hits = seen.filter(({ stderr, stdout }) =>
    canaries().some((canary) => (stderr + stdout).includes(canary)),
  )
  expect(hits.map(({ args }) => args[0])).toEqual([])
})

test('no private key is printed, nor is one in a file of ours', () => {
  const key = /PRIVATE KEY-----/
  const hits = seen.filter(({ stderr, stdout }) => key.test(stderr + stdout))
  expect(hits.map(({ args }) => args)).toEqual([])
  const keys = join(world.home.directory, '.local/share/entra-auth-cli/keys')
  const [file, ...others] = readdirSync(keys)
  expect(others).toEqual([])
  expect(readFileSync(join(keys, file as string), 'utf8').match(/BEGIN [A-Z -]*PRIVATE KEY/g)).toEqual([
    'BEGIN ENTRA-AUTH-CLI SEALED PRIVATE KEY',
  ])
})

test('no token is on stderr', () => {
  const hits = seen.filter(({ stderr }) => [...tokens].some((token) => stderr.includes(token)))
  expect(hits).toEqual([])
})

test('no secret and no token is in any file, and each file is ours alone', () => {
  const ours = ['.config', '.local', '.cache', 'run'].flatMap((folder) => {
    const top = join(world.home.directory, folder)
    return readdirSync(top, { recursive: true, encoding: 'utf8' }).map((name) => join(top, name))
  })
  const files = ours.filter((path) => statSync(path).isFile())
  expect(files.length).toBeGreaterThan(8)
  const wanted = [...canaries(), ...tokens].map((text) => Buffer.from(text))
  const hits = files.filter((path) => {
    const content = readFileSync(path)
    return wanted.some((canary) => content.includes(canary))
  })
  expect(hits).toEqual([])
  expect(ours.filter((path) => statSync(path).mode & 0o077)).toEqual([])
})

test('a command that a reference names sees no secret of ours, in arguments or environment', async () => {
  const { directory } = world.home
  const script = join(directory, 'vault.sh')
  const notes = join(directory, 'seen-by-child.txt')
  writeFileSync(
    script,
    `#!/bin/bash\nfor p in $$ $PPID; do tr '\\0' '\\n' < /proc/$p/cmdline >> ${notes}; done\nenv >> ${notes}\ncat ${join(directory, 'vault.txt')}\n`,
    { mode: 0o700 },
  )
  writeFileSync(join(directory, 'vault.txt'), secret, { mode: 0o600 })
  const args = [
    'create-profile',
    '-n',
    'vault',
    ...world.identity,
    '--client-secret-ref',
    `command:${script}`,
  ]
  expect((await world.cli(args)).status).toBe(0)
  const { stdout } = await world.cli(['get-token', '-p', 'vault'])
  expect(stdout).toMatch(/^eyJ/)
  const noted = readFileSync(notes, 'utf8')
  expect(noted).toContain('get-token')
  expect(canaries().filter((canary) => noted.includes(canary))).toEqual([])
})
