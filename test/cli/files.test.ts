/** What the program leaves on disk, and what it does when others have touched it. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { commands } from '../../src/commands.ts'
import { seal } from '../../src/crypto/seal.ts'
import type { AccessToken } from '../../src/tokens/access-token.ts'
import { readEntry, writeEntry } from '../../src/tokens/cache.ts'
import { binary, type Env, type RunOptions, run } from '../parts/cli.ts'
import { createPeople, type People } from '../parts/people.ts'
import { addCertificate } from '../parts/world.ts'

const accessToken = /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+\n$/
const nobody = 65534
const isRoot = process.getuid?.() === 0

let world: People

beforeEach(async () => {
  world = await createPeople()
})
afterEach(() => world.close())

const at = (...parts: string[]) => join(world.home.directory, ...parts)
const profilesFile = () => at('.config/entra-auth-cli/profiles.json')
const cacheDirectory = () => at('.cache/entra-auth-cli')
const tokensDirectory = () => join(cacheDirectory(), 'tokens')

/** The one cached token's file. */
function entryFile(): string {
  const names = readdirSync(tokensDirectory()).filter((name) => name.endsWith('.token'))
  expect(names).toHaveLength(1)
  return join(tokensDirectory(), names[0] as string)
}

/** All files and directories below, each by its path. */
function below(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name)
    return entry.isDirectory() ? [path, ...below(path)] : [path]
  })
}

const modeOf = (path: string) => (lstatSync(path).mode & 0o777).toString(8)

/** Bytes, mode and time of what stands somewhere: equal when nobody touched it. */
const stateOf = (path: string) => ({
  bytes: readFileSync(path).toString('base64'),
  mode: modeOf(path),
  changed: statSync(path).mtimeMs,
})

const tokenWith = (warning: RegExp | string) => ({
  status: 0,
  signal: null,
  stdout: expect.stringMatching(accessToken) as string,
  stderr: expect.stringMatching(warning) as string,
})
const quietToken = {
  status: 0,
  signal: null,
  stdout: expect.stringMatching(accessToken) as string,
  stderr: '',
}

const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
const tokenOf = (claims: object) => `${encoded({ alg: 'RS256' })}.${encoded(claims)}.c2lnbmF0dXJl`

describe('modes', () => {
  const underUmask = (umask: string, args: readonly string[], options: RunOptions = {}) =>
    run('bash', ['-c', `umask ${umask}; exec "$@"`, 'bash', process.execPath, binary, ...args], {
      cwd: world.home.directory,
      env: world.env,
      ...options,
    })

  const passphrase = 'correct horse battery'

  /** Each command at its work, and what is its input. */
  const every = (identity: readonly string[]): readonly (readonly [string, string[], string?])[] => [
    ['create-profile', ['--name', 'ci', ...identity, '--client-secret-stdin'], world.secret],
    ['create-profile', ['--name', 'gone', ...identity, '--client-secret-stdin'], world.secret],
    ['create-profile', ['--name', 'cert', ...identity, '--certificate-path', at('both.pem')]],
    ['get-token', ['-p', 'ci']],
    ['get-token', ['-p', 'ci', '-o', 'json', '--file', at('token.json')]],
    ['get-token', ['-p', 'cert']],
    ['get-token', ['-p', 'gone']],
    ['refresh', ['-p', 'ci', '--file', at('refreshed.txt')]],
    ['inspect', ['-p', 'ci']],
    ['use-profile', ['cert']],
    ['list-profiles', []],
    ['show-profile', ['ci']],
    ['doctor', []],
    ['copy-profile', ['ci', 'copy']],
    ['rename-profile', ['copy', 'other']],
    ['edit-profile', ['other', '--scope', 'https://vault.azure.net/.default']],
    ['delete-profile', ['gone', '--yes']],
    ['export-profile', ['--include-secrets', '--passphrase-stdin', '--file', at('sealed.txt')], passphrase],
    ['export-profile', ['ci', '--file', at('plain.json')]],
    [
      'import-profile',
      [at('sealed.txt'), '--passphrase-stdin', '--rename', '--secret-store', 'file'],
      passphrase,
    ],
    ['autocomplete', ['bash']],
    ['explain', ['AADSTS7000215']],
    ['federation:show', ['--federated', `file:${at('assertion.jwt')}`]],
    ['federation:check', ['--assertion-file', at('assertion.jwt'), '--issuer', 'https://issuer.example']],
    ['federation:plan', ['--github', 'octo/app', '--branch', 'main']],
    [
      'cert:generate',
      ['--profile', 'sealed', ...identity, '--key-size', '2048', '--cert-out', at('made.crt')],
    ],
    [
      'cert:generate',
      ['--out', at('made.pfx'), '--no-password', '--key-size', '2048', '--cert-out', at('p.crt')],
    ],
    [
      'cred:secret',
      [
        '--profile',
        'cred',
        '--domain',
        'contoso.onmicrosoft.com',
        '--client-id',
        world.app.clientId,
        '--secret-stdin',
      ],
      world.secret,
    ],
    ['cred:cert', ['--profile', 'cred', '--key-size', '2048', '--cert-out', at('cred.crt')]],
    ['cred:list', ['--profile', 'cred']],
    ['cred:delete', ['--profile', 'cred', '--old', '--yes']],
    ['cert:show', ['--profile', 'sealed']],
    ['cert:list', []],
    ['cert:export', ['--profile', 'cert', '--out', at('exported.crt')]],
    ['cert:request', ['--key-out', at('made.key'), '--subject', 'app', '--out', at('made.csr')]],
    [
      'create-profile',
      ['--name', 'work', '-t', world.tenant.id, '--client-id', world.native.clientId, '-f', 'browser'],
    ],
    ['get-token', ['-p', 'work', '--browser', 'firefox']],
    ['rename-profile', ['work', 'job']],
    ['list-accounts', []],
    ['logout', ['-p', 'ci']],
    ['cache:list', []],
    ['cache:clear', ['-p', 'cert']],
  ]

  test.each(['000', '0777'])(
    'under umask %s every file is 0600 and every directory 0700, after every command',
    async (umask) => {
      const { certificatePath, privateKeyPath } = await addCertificate(world)
      writeFileSync(
        at('both.pem'),
        [certificatePath, privateKeyPath].map((path) => readFileSync(path, 'utf8')).join('\n'),
        {
          mode: 0o600,
        },
      )
      const claims = { iss: 'https://issuer.example', sub: 's', aud: 'api://AzureADTokenExchange' }
      writeFileSync(at('assertion.jwt'), tokenOf({ ...claims, exp: Math.floor(Date.now() / 1000) + 300 }))
      const before = new Set(below(world.home.directory))
      const steps = every(world.identity)
      expect([...new Set(steps.map(([id]) => id))].sort()).toEqual(Object.keys(commands).sort())
      for (const [id, args, input] of steps) {
        const result = await underUmask(
          umask,
          [...id.split(':'), ...args],
          input === undefined ? {} : { input },
        )
        expect({ id, ...result }).toMatchObject({ id, status: 0 })
      }
      const made = below(world.home.directory).filter((path) => !before.has(path))
      expect(made).toContain(profilesFile())
      expect(made).toContain(at('token.json'))
      expect(made).toContain(at('plain.json'))
      expect(made.some((path) => path.endsWith('.token'))).toBe(true)
      const wrong = made.filter((path) => modeOf(path) !== (lstatSync(path).isDirectory() ? '700' : '600'))
      expect(wrong.map((path) => `${modeOf(path)} ${path}`)).toEqual([])
      expect(made.filter((path) => path.endsWith('.tmp'))).toEqual([])
    },
  )

  const asRoot = isRoot ? test : test.skip
  asRoot('another user can read none of it, nor list a directory', async () => {
    await world.createProfile('ci')
    await world.cli(['get-token'])
    chmodSync(world.home.directory, 0o755)
    const ours = ['.config', '.local', '.cache', 'run'].map((name) => at(name))
    const script = 'find "$@" -type f -exec cat {} + ; ls -R "$@"'
    const { stdout } = await run('bash', ['-c', script, 'bash', ...ours], { uid: nobody, env: world.env })
    expect(stdout).toBe('')
  })
})

describe('profiles.json that is damaged', () => {
  const good = {
    cloud: 'public',
    tenant: 'contoso.onmicrosoft.com',
    clientId: '11111111-2222-3333-4444-555555555555',
  }
  const credential = { type: 'client-secret', secret: 'env:X' }
  const document = (profile: object) =>
    JSON.stringify({ version: 1, profiles: { ci: profile } }, undefined, 2)

  test.each<[string, string, string]>([
    ['cut off', '{\n  "version": 1,\n  "profiles": {\n', '4:1'],
    ['empty', '', '1:1'],
    ['not JSON at all', 'hello', '1:1'],
    ['with a comma too many', '{\n  "version": 1,\n  "profiles": {},\n}\n', '4:1'],
    ['with a comment', '{\n  // mine\n  "version": 1, "profiles": {} }', '2:3'],
    ['of another version', '{ "version": 2, "profiles": {} }', '1:14'],
    ['a list', '[]', '1:1'],
    ['with an unknown field', document({ ...good, credential, colour: 'red' }), '\\d+:\\d+'],
    [
      'with a secret for a reference',
      document({ ...good, credential: { ...credential, secret: 'hunter2' } }),
      '\\d+:\\d+',
    ],
    ['with a tenant that is none', document({ ...good, credential, tenant: 'a/../b' }), '\\d+:\\d+'],
    ['with zero bytes', '\0\0\0\0', '1:1'],
    ['with two profiles of one name', '{"version":1,"profiles":{"A":{},"a":{}}}', '1:\\d+'],
  ])('%s: error 78 with line and column, and nobody writes to it', async (_, text, position) => {
    mkdirSync(dirname(profilesFile()), { recursive: true, mode: 0o700 })
    writeFileSync(profilesFile(), text, { mode: 0o600 })
    utimesSync(profilesFile(), 1, 1)
    const before = stateOf(profilesFile())
    const create = [
      'create-profile',
      '--force',
      '--name',
      'ci',
      ...world.identity,
      '--client-secret-env',
      'SECRET',
    ]
    for (const args of [
      ['get-token', '-p', 'ci'],
      create,
      ['delete-profile', 'ci', '--yes'],
      ['use-profile', 'ci'],
    ]) {
      const result = await world.cli(args, { env: { SECRET: world.secret } })
      expect({ args, ...result }).toMatchObject({ status: 78, stdout: '' })
      expect(result.stderr).toMatch(
        new RegExp(`^entra-auth-cli: error: ${profilesFile()}:${position}: [^\n]+\n.*hint: `),
      )
      expect(result.stderr).not.toContain('hunter2')
      expect(stateOf(profilesFile())).toEqual(before)
    }
    expect(world.entra.count()).toBe(0)
  })

  test('bytes that are no UTF-8 in a name are an error with a position too', async () => {
    mkdirSync(dirname(profilesFile()), { recursive: true, mode: 0o700 })
    writeFileSync(profilesFile(), Buffer.from('{"version":1,"profiles":{"\xff\xfe":{}}}', 'latin1'), {
      mode: 0o600,
    })
    const { status, stderr } = await world.cli(['list-profiles'])
    expect(status).toBe(78)
    expect(stderr).toMatch(/profiles\.json:1:\d+: /)
  })

  test('others may read it but not write to it', async () => {
    await world.createProfile('ci')
    chmodSync(profilesFile(), 0o644)
    expect(await world.cli(['get-token'])).toEqual(quietToken)
    for (const mode of [0o660, 0o606, 0o622]) {
      chmodSync(profilesFile(), mode)
      const { status, stdout, stderr } = await world.cli(['get-token'])
      expect({ mode, status, stdout }).toEqual({ mode, status: 78, stdout: '' })
      expect(stderr).toContain('chmod 600')
    }
  })
})

describe('a cached token that is damaged', () => {
  const token: AccessToken = {
    accessToken: 'eyJ0.eyJ1.sig',
    tokenType: 'Bearer',
    expiresOn: 2000,
    obtainedOn: 1000,
    scope: 'https://graph.microsoft.com/.default',
    tenant: 'contoso.onmicrosoft.com',
    clientId: '11111111-2222-3333-4444-555555555555',
    authorityHost: 'https://login.microsoftonline.com',
    flow: 'client-credentials',
  }
  const name = 'a'.repeat(64)
  const key = randomBytes(32)
  let directory: string

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'entra-cache-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const cache = (with_: Uint8Array = key) => ({ directory, key: with_, uid: process.getuid?.() })
  const file = () => join(directory, `${name}.token`)
  const put = (bytes: Uint8Array | string) => writeFileSync(file(), bytes, { mode: 0o600 })
  const read = (with_?: Uint8Array) => readEntry(cache(with_), name, 1500)

  test('is a miss when cut off at any byte', () => {
    writeEntry(cache(), name, token)
    expect(read()).toEqual(token)
    const whole = readFileSync(file())
    for (let length = 0; length < whole.length; length++) {
      put(whole.subarray(0, length))
      expect({ length, found: read() }).toEqual({ length, found: undefined })
    }
  })

  test('is a miss when a bit of any byte is another, or a byte is added', () => {
    writeEntry(cache(), name, token)
    const whole = readFileSync(file())
    for (let index = 0; index < whole.length; index++) {
      const flipped = Buffer.from(whole)
      flipped[index] = (flipped[index] as number) ^ (1 << (index & 7))
      put(flipped)
      expect({ index, found: read() }).toEqual({ index, found: undefined })
    }
    put(Buffer.concat([whole, Buffer.of(0)]))
    expect(read()).toBeUndefined()
  })

  test('is a miss when sealed with another key, or as another entry', () => {
    writeEntry(cache(), name, token)
    expect(read(randomBytes(32))).toBeUndefined()
    writeEntry(cache(), 'b'.repeat(64), token)
    renameSync(join(directory, `${'b'.repeat(64)}.token`), file())
    expect(read()).toBeUndefined()
  })

  test.each<[string, unknown]>([
    ['no JSON', 'hello'],
    ['null', null],
    ['a list', []],
    ['of another shape', { version: 2 }],
    ['without a time', { ...token, expiresOn: undefined }],
    ['with a time that is a text', { ...token, expiresOn: '2000' }],
    ['with a time in the year 9999', { ...token, expiresOn: 253402300799 }],
    ['with a token that a shell or terminal would read', { ...token, accessToken: "x'; rm -rf /; '" }],
    ['with a token that breaks a header', { ...token, accessToken: 'a\r\nb' }],
    ['with an empty token', { ...token, accessToken: '' }],
    ['with a time that is no time', { ...token, expiresOn: 1e308 }],
    ['with a negative time', { ...token, expiresOn: -1e308 }],
  ])('is a miss or harmless when its content, well sealed, is %s', (_, content) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    put(seal(key, `access-token:${name}`, text))
    const found = read()
    // An expired one is never handed out.
    if (found) expect(found.expiresOn).toBeLessThan(1500)
  })

  test('is replaced by a new token, without a word', async () => {
    await world.createProfile('ci')
    const { stdout: old } = await world.cli(['get-token'])
    const whole = readFileSync(entryFile())
    const damages: Uint8Array[] = [
      ...[0, 1, 13, whole.length >> 1, whole.length - 1].map((length) => whole.subarray(0, length)),
      Buffer.alloc(whole.length),
      randomBytes(whole.length),
      randomBytes(300 * 1024),
      seal(randomBytes(32), `access-token:${name}`, JSON.stringify(token)),
      Buffer.from(JSON.stringify(token)),
    ]
    for (const damage of damages) {
      writeFileSync(entryFile(), damage)
      world.entra.resetCounts()
      const result = await world.cli(['get-token'])
      expect(result).toEqual(quietToken)
      expect(result.stdout).not.toBe(old)
      expect(world.entra.count()).toBe(1)
      expect((await world.cli(['get-token'])).stdout).toBe(result.stdout)
      expect(world.entra.count()).toBe(1)
    }
  })

  test('is listed as unreadable, and cleared', async () => {
    await world.createProfile('ci')
    await world.cli(['get-token'])
    writeFileSync(entryFile(), 'garbage')
    const { status, stdout } = await world.cli(['cache', 'list', '-o', 'json'])
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ tokens: [expect.objectContaining({ state: 'unreadable' })] })
    expect((await world.cli(['cache', 'clear'])).status).toBe(0)
    expect(readdirSync(tokensDirectory()).filter((file) => file.endsWith('.token'))).toEqual([])
  })

  test('is a miss when the key that sealed it is gone, in the session and the store', async () => {
    await world.createProfile('ci')
    const { stdout: old } = await world.cli(['get-token'])
    rmSync(at('run/entra-auth-cli'), { recursive: true })
    const env: Env = { SECRET: world.secret }
    const create = [
      'create-profile',
      '--force',
      '--name',
      'ci',
      ...world.identity,
      '--client-secret-stdin',
      '-q',
    ]
    rmSync(at('.local/share/entra-auth-cli/secrets'), { recursive: true })
    expect((await world.cli(create, { env, input: world.secret })).status).toBe(0)
    const result = await world.cli(['get-token'])
    expect(result).toEqual(quietToken)
    expect(result.stdout).not.toBe(old)
  })
})

describe('a cache that cannot be written', () => {
  beforeEach(() => world.createProfile('ci'))

  test.each([
    ['cache directory', '.cache/entra-auth-cli'],
    ["tokens' directory", '.cache/entra-auth-cli/tokens'],
    ['directory above', '.cache'],
  ])('%s is a file: the token, and a warning', async (_, path) => {
    rmSync(at(path), { recursive: true, force: true })
    mkdirSync(dirname(at(path)), { recursive: true })
    writeFileSync(at(path), 'mine')
    const result = await world.cli(['get-token'])
    expect(result).toEqual(tokenWith(/^(entra-auth-cli: warning: [^\n]+\n)+$/))
    expect(readFileSync(at(path), 'utf8')).toBe('mine')
    expect(await world.cli(['get-token', '--quiet'])).toEqual(quietToken)
  })

  test('others may write in its directory: the token, a warning, and nothing from the cache', async () => {
    await world.cli(['get-token'])
    chmodSync(tokensDirectory(), 0o777)
    world.entra.resetCounts()
    const result = await world.cli(['get-token', '--force'])
    expect(result).toEqual(tokenWith(/warning: .*chmod 700|warning: .*write in/))
  })

  const asRoot = isRoot ? describe : describe.skip
  asRoot('for a user without rights', () => {
    /** Hands the whole home to the other user, with the CA's file. */
    function giveAway(): { env: Env; uid: number } {
      copyFileSync(world.entra.caFile, at('ca.pem'))
      for (const path of [world.home.directory, ...below(world.home.directory)])
        if (!lstatSync(path).isSymbolicLink()) chownSync(path, nobody, nobody)
      return { uid: nobody, env: { NODE_EXTRA_CA_CERTS: at('ca.pem') } }
    }

    test.each([
      ['the cache directory', ['.cache/entra-auth-cli', '.cache/entra-auth-cli/tokens']],
      ['the whole home', ['.']],
    ])('%s is read-only: the token, and a warning', async (_, paths) => {
      mkdirSync(tokensDirectory(), { recursive: true, mode: 0o700 })
      rmSync(at('run'), { recursive: true })
      const options = giveAway()
      if (paths[0] === '.') rmSync(at('.cache'), { recursive: true })
      for (const path of paths) chmodSync(at(path), 0o500)
      const result = await world.cli(['get-token'], options)
      for (const path of paths) chmodSync(at(path), 0o700)
      expect(result).toEqual(tokenWith(/^(entra-auth-cli: warning: [^\n]+\n)+$/))
    })

    test('a profile cannot be written: 73, and nothing is half there', async () => {
      const options = giveAway()
      const before = readFileSync(profilesFile())
      const secrets = readdirSync(at('.local/share/entra-auth-cli/secrets'))
      chmodSync(dirname(profilesFile()), 0o500)
      const args = ['create-profile', '--name', 'new', ...world.identity, '--client-secret-stdin']
      const { status, stderr } = await world.cli(args, { ...options, input: world.secret })
      chmodSync(dirname(profilesFile()), 0o700)
      expect({ status, stderr }).toEqual({
        status: 73,
        stderr: expect.stringMatching(/^entra-auth-cli: error: [^\n]+\nentra-auth-cli: hint: [^\n]+\n$/),
      })
      expect(readFileSync(profilesFile())).toEqual(before)
      expect(readdirSync(at('.local/share/entra-auth-cli/secrets'))).toEqual(secrets)
    })

    test('files of another user are refused, or ignored where they are only a cache', async () => {
      await world.cli(['get-token'])
      const options = giveAway()
      chownSync(entryFile(), 0, 0)
      expect(await world.cli(['get-token'], options)).toEqual(quietToken)
      chownSync(profilesFile(), 0, 0)
      chmodSync(profilesFile(), 0o644)
      const { status, stderr } = await world.cli(['get-token'], options)
      expect({ status, stderr }).toEqual({
        status: 78,
        stderr: expect.stringContaining('belongs to another user'),
      })
    })
  })

  describe('on a full disk', () => {
    /** Mounts a file system of 64 KiB there, fills it, and says whether that could be done. */
    function mountFull(directory: string): boolean {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'tmpfs', directory])
      if (mounted.status !== 0) return false
      spawnSync('bash', ['-c', 'cat /dev/zero > "$1/full"', 'bash', directory])
      return true
    }
    const mountable = (() => {
      const directory = mkdtempSync(join(tmpdir(), 'entra-mount-'))
      const works = mountFull(directory)
      if (works) spawnSync('umount', [directory])
      rmSync(directory, { recursive: true })
      return works
    })()
    const full = mountable ? test : test.skip
    const why = mountable ? '' : ' (skipped: this user cannot mount a tmpfs)'

    full(`get-token prints the token and warns, and leaves nothing half written${why}`, async () => {
      mountFull(cacheDirectory())
      try {
        const result = await world.cli(['get-token'])
        expect(result).toEqual(tokenWith(/^(entra-auth-cli: warning: [^\n]+\n)+$/))
        expect(below(cacheDirectory()).filter((path) => /\.(tmp|token|bin)$/.test(path))).toEqual([])
      } finally {
        spawnSync('umount', [cacheDirectory()])
      }
    })

    full(`create-profile and use-profile fail with 73 and keep what was there${why}`, async () => {
      const directory = dirname(profilesFile())
      const kept = readFileSync(profilesFile())
      mountFull(directory)
      try {
        unlinkSync(join(directory, 'full'))
        writeFileSync(profilesFile(), kept, { mode: 0o600 })
        spawnSync('bash', ['-c', 'cat /dev/zero > "$1/full"', 'bash', directory])
        const args = [
          'create-profile',
          '--name',
          'new',
          ...world.identity,
          '--client-secret-stdin',
          '--force',
        ]
        for (const result of [
          await world.cli(args, { input: world.secret }),
          await world.cli(['use-profile', 'ci']),
        ]) {
          expect(result).toMatchObject({ status: 73, stdout: '' })
          expect(result.stderr).toMatch(/error: cannot write .*\(ENOSPC\)/)
        }
        expect(readFileSync(profilesFile())).toEqual(kept)
        expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([])
      } finally {
        spawnSync('umount', [directory])
      }
    })
  })
})

describe('something else at the place of a file', () => {
  beforeEach(() => world.createProfile('ci'))

  /** Things that are no regular file of ours. Each says afterwards whether it was left alone. */
  const intruders: Record<string, (path: string) => () => void> = {
    'a symbolic link': (path) => {
      const victim = at('victim')
      writeFileSync(victim, 'precious', { mode: 0o600 })
      utimesSync(victim, 1, 1)
      const before = stateOf(victim)
      symlinkSync(victim, path)
      return () => expect(stateOf(victim)).toEqual(before)
    },
    'a dangling symbolic link': (path) => {
      symlinkSync(at('nowhere'), path)
      return () => expect(lstatSync(at('nowhere'), { throwIfNoEntry: false })).toBeUndefined()
    },
    'a FIFO': (path) => {
      spawnSync('mkfifo', ['-m', '600', path])
      return () => {}
    },
    'a directory': (path) => {
      mkdirSync(path, { mode: 0o700 })
      writeFileSync(join(path, 'inside'), 'precious')
      return () => expect(readFileSync(join(path, 'inside'), 'utf8')).toBe('precious')
    },
    'a link to a device': (path) => {
      symlinkSync('/dev/zero', path)
      return () => expect(statSync('/dev/zero').isCharacterDevice()).toBe(true)
    },
  }
  const kinds = Object.keys(intruders)
  const few = ['a symbolic link', 'a FIFO', 'a directory']

  async function replace(path: string, kind: string): Promise<() => void> {
    rmSync(path, { recursive: true, force: true })
    return intruders[kind]?.(path) as () => void
  }

  /** What hangs is killed, and fails the test. */
  const cliThatEnds = (args: readonly string[], options: RunOptions = {}) =>
    world.cli(args, { ...options, onStart: (child) => setTimeout(() => child.kill('SIGKILL'), 8000).unref() })

  test.each(kinds)("%s at the cached token's place: a token, the victim is left alone", async (kind) => {
    await cliThatEnds(['get-token'])
    const check = await replace(entryFile(), kind)
    const result = await cliThatEnds(['get-token'])
    expect(result).toMatchObject({ status: 0, stdout: expect.stringMatching(accessToken) })
    check()
  })

  test.each(kinds)("%s at the lock's place: a token, the victim is left alone", async (kind) => {
    await cliThatEnds(['get-token'])
    const check = await replace(`${entryFile()}.lock`, kind)
    unlinkSync(entryFile())
    const result = await cliThatEnds(['get-token'])
    expect(result).toEqual(tokenWith(/warning: .*not a regular file/))
    check()
  })

  test.each(kinds)('%s at the place of the note that says to wait: a token', async (kind) => {
    await cliThatEnds(['get-token'])
    const check = await replace(`${entryFile()}.wait`, kind)
    const result = await cliThatEnds(['get-token', '--force'])
    expect(result).toMatchObject({ status: 0, stdout: expect.stringMatching(accessToken) })
    check()
  })

  test.each(kinds)("%s at profiles.json's place: 78, the victim is left alone", async (kind) => {
    const check = await replace(profilesFile(), kind)
    const create = ['create-profile', '--name', 'x', ...world.identity, '--client-secret-env', 'SECRET']
    for (const args of [['get-token'], ['list-profiles'], create, ['use-profile', 'ci']]) {
      const result = await cliThatEnds(args, { env: { SECRET: world.secret } })
      expect({ args, ...result }).toMatchObject({ status: 78, stdout: '' })
      expect(result.stderr).toContain(profilesFile())
    }
    check()
  })

  test.each(few)("%s at the place of profiles.json's lock: 78, nothing is written", async (kind) => {
    const check = await replace(`${profilesFile()}.lock`, kind)
    const before = stateOf(profilesFile())
    const { status } = await cliThatEnds(['use-profile', 'ci'])
    expect(status).toBe(78)
    expect(stateOf(profilesFile())).toEqual(before)
    check()
  })

  test.each(few)("%s at the machine key's place: no hang, and nothing is sealed with it", async (kind) => {
    const key = at('.local/share/entra-auth-cli/secrets/machine.key')
    const check = await replace(key, kind)
    const { status, stdout } = await cliThatEnds(['get-token'])
    expect({ status, stdout }).toEqual({ status: 78, stdout: '' })
    check()
  })

  test.each(few)("%s at the place of the session's key: a token", async (kind) => {
    await cliThatEnds(['get-token'])
    const [name] = readdirSync(at('run/entra-auth-cli'))
    const check = await replace(at('run/entra-auth-cli', name as string), kind)
    const result = await cliThatEnds(['get-token'])
    expect(result).toMatchObject({ status: 0, stdout: expect.stringMatching(accessToken) })
    check()
  })

  test.each(few)('%s at the place of the compiled code: every command works', async (kind) => {
    await cliThatEnds(['list-profiles'])
    const code = join(cacheDirectory(), 'code')
    const names = readdirSync(code)
    expect(names.length).toBeGreaterThan(0)
    const checks: (() => void)[] = []
    for (const name of names.slice(0, 1)) checks.push(await replace(join(code, name), kind))
    expect(await cliThatEnds(['list-profiles'])).toMatchObject({ status: 0 })
    for (const check of checks) check()
  })

  test('compiled code that was changed is not run', async () => {
    await cliThatEnds(['list-profiles'])
    const code = join(cacheDirectory(), 'code')
    const { stdout } = await cliThatEnds(['list-profiles'])
    for (const name of readdirSync(code)) {
      const bytes = readFileSync(join(code, name))
      for (let index = 100; index < bytes.length; index += 1000)
        bytes[index] = (bytes[index] as number) ^ 0xff
      writeFileSync(join(code, name), bytes)
    }
    expect(await cliThatEnds(['list-profiles'])).toEqual({ status: 0, signal: null, stdout, stderr: '' })
  })

  test('a link in place of a directory leads nowhere: its target is not written to by --file', async () => {
    const victim = at('victim')
    writeFileSync(victim, 'precious', { mode: 0o600 })
    symlinkSync(victim, at('out.txt'))
    spawnSync('mkfifo', [at('fifo')])
    for (const path of [at('out.txt'), at('fifo'), at('bin'), '/dev/null']) {
      const { status, stdout } = await cliThatEnds(['get-token', '--file', path])
      expect({ path, status, stdout }).toEqual({ path, status: 64, stdout: '' })
    }
    expect(readFileSync(victim, 'utf8')).toBe('precious')
    expect(readlinkSync(at('out.txt'))).toBe(victim)
  })
})

describe('where the files are', () => {
  test.each([
    'XDG_CONFIG_HOME',
    'XDG_DATA_HOME',
    'XDG_CACHE_HOME',
    'XDG_RUNTIME_DIR',
    'ENTRA_AUTH_CLI_CONFIG_DIR',
  ])('a relative %s is an error, and nothing is written', async (variable) => {
    const before = below(world.home.directory)
    for (const args of [['get-token'], ['list-profiles'], ['cache', 'list']]) {
      const result = await world.cli(args, { env: { [variable]: 'relative/path' } })
      expect({ args, ...result }).toMatchObject({ status: 78, stdout: '' })
      expect(result.stderr).toContain(variable)
    }
    expect(below(world.home.directory)).toEqual(before)
  })

  test('a relative HOME is an error, and nothing is written', async () => {
    const before = below(world.home.directory)
    const args = ['create-profile', '--name', 'x', ...world.identity, '--client-secret-stdin']
    const { status, stderr } = await world.cli(args, { env: { HOME: 'relative' }, input: world.secret })
    expect({ status, stderr }).toEqual({ status: 78, stderr: expect.stringContaining('HOME') })
    expect(below(world.home.directory)).toEqual(before)
  })

  test('ENTRA_AUTH_CLI_CONFIG_DIR holds everything but the session', async () => {
    const env = { ENTRA_AUTH_CLI_CONFIG_DIR: at('own') }
    const args = ['create-profile', '--name', 'ci', ...world.identity, '--client-secret-stdin']
    expect((await world.cli(args, { env, input: world.secret })).status).toBe(0)
    expect(await world.cli(['get-token'], { env })).toEqual(quietToken)
    expect(readdirSync(world.home.directory).sort()).toEqual(['bin', 'own', 'run'])
  })

  test('the cached token is found under the hash of what was asked, which tells nothing', async () => {
    await world.createProfile('ci')
    await world.cli(['get-token'])
    const names = below(cacheDirectory()).join('\n')
    for (const word of [world.tenant.id, world.app.clientId, 'ci.', 'graph'])
      expect(names).not.toContain(word)
  })
})
