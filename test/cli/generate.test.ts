/** Keys and certificates that the program makes, against a tenant that verifies what they sign. */
import { X509Certificate } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { binary, type Env, type Result, run } from '../parts/cli.ts'
import { type Keyring, startKeyring } from '../parts/keyring.ts'
import { describeWith } from '../parts/require-part.ts'
import { createWorld, type World } from '../parts/world.ts'

const password = 'correct horse battery'
const token = /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+\n$/
const sizes = ['2048', '3072', '4096'] as const

let world: World
beforeEach(async () => {
  world = await createWorld()
  writeFileSync(at('password.txt'), `${password}\n`, { mode: 0o600 })
})
afterEach(() => world.close())

const at = (...parts: string[]) => join(world.home.directory, ...parts)
const kept = (folder: 'keys' | 'secrets') => {
  const directory = at('.local/share/entra-auth-cli', folder)
  return existsSync(directory) ? readdirSync(directory).filter((name) => /\.(pem|sealed)$/.test(name)) : []
}
const profile = (name: string) =>
  JSON.parse(readFileSync(at('.config/entra-auth-cli/profiles.json'), 'utf8')).profiles[name]
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

async function succeed(
  args: readonly string[],
  options: { env?: Env; input?: string } = {},
): Promise<Result> {
  const result = await world.cli(args, options)
  if (result.status !== 0) throw new Error(`${args.join(' ')}: ${result.stderr}`)
  return result
}

interface Made {
  readonly thumbprint_sha1: string
  readonly thumbprint_sha256: string
  readonly files: Readonly<Record<string, string>>
  readonly next_steps: readonly string[]
}

async function generate(args: readonly string[], env: Env = {}): Promise<Made> {
  const { stdout } = await succeed(['cert', 'generate', ...args, '-o', 'json'], { env })
  return JSON.parse(stdout)
}

async function openssl(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await run('openssl', args, { env: world.env, cwd: world.home.directory })
  if (status !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`)
  return stdout
}

/** The tenant verifies the assertion: signature, thumbprint, algorithm. */
async function getsToken(name: string, env: Env = {}): Promise<void> {
  expect(await world.cli(['get-token', '-p', name, '--force', '--quiet'], { env })).toEqual({
    status: 0,
    signal: null,
    stdout: expect.stringMatching(token),
    stderr: '',
  })
}

describeWith(['openssl'], 'a key in files', () => {
  const protection = ['--certificate-password-file', 'password.txt']
  const forms: [string, string[], string[], string[]][] = [
    ['one PEM file', ['--out', 'app.pem'], [], ['--certificate-path', 'app.pem']],
    ['an encrypted PEM file', ['--out', 'app.pem'], protection, ['--certificate-path', 'app.pem']],
    ['a PFX', ['--out', 'app.pfx'], protection, ['--certificate-path', 'app.pfx']],
    [
      'two PEM files',
      ['--cert-out', 'app.crt', '--key-out', 'app.key'],
      [],
      ['--certificate-path', 'app.crt', '--private-key-path', 'app.key'],
    ],
  ]
  test.each(sizes.flatMap((size) => forms.map((form) => [size, ...form] as const)))(
    'of %s bits, as %s, gets tokens once its certificate is uploaded',
    async (size, _, places, secret, use) => {
      const made = await generate([...places, ...secret, '--key-size', size])
      const certificate = made.files.certificate as string
      for (const path of Object.values(made.files)) expect(modeOf(path)).toBe('600')
      const fingerprint = async (digest: string) =>
        (await openssl('x509', '-in', certificate, '-noout', '-fingerprint', `-${digest}`))
          .replace(/.*=|:|\n/g, '')
          .toUpperCase()
      expect(made.thumbprint_sha1).toBe(await fingerprint('sha1'))
      expect(made.thumbprint_sha256).toBe(await fingerprint('sha256'))
      expect(await openssl('x509', '-in', certificate, '-noout', '-text')).toContain(`(${size} bit)`)
      expect(made.next_steps).toEqual([
        `az ad app credential reset --id CLIENT_ID --cert @${certificate} --append`,
      ])
      world.app.addCertificate(readFileSync(certificate, 'utf8'))
      await succeed(['create-profile', '-n', 'app', ...world.identity, ...use, ...secret])
      await getsToken('app')
    },
    60_000,
  )

  test('is in the clear only where no password was given', async () => {
    await generate(['--out', 'open.pem', '--key-size', '2048'])
    await generate(['--out', 'closed.pem', ...protection, '--key-size', '2048'])
    await generate(['--out', 'open.pfx', '--no-password', '--key-size', '2048', '--force'])
    expect(readFileSync(at('open.pem'), 'utf8')).toContain('-----BEGIN PRIVATE KEY-----')
    expect(readFileSync(at('closed.pem'), 'utf8')).toContain('-----BEGIN ENCRYPTED PRIVATE KEY-----')
    expect(await openssl('pkcs12', '-in', 'open.pfx', '-passin', 'pass:', '-nodes')).toContain('PRIVATE KEY')
    for (const name of ['open.crt', 'closed.crt'])
      expect(readFileSync(at(name), 'utf8')).not.toContain('PRIVATE KEY')
  })

  test('is valid from a little before now for the days asked for, under the name asked for', async () => {
    const days = ['--valid-days', '10', '--subject', 'CN=nightly build, O="Acme, Inc"']
    await generate(['--out', 'app.pem', '--key-size', '2048', ...days])
    const certificate = new X509Certificate(readFileSync(at('app.crt')))
    const until = (text: string) => (Date.parse(text) - Date.now()) / 86_400_000
    expect(until(certificate.validFrom)).toBeLessThan(0)
    expect(until(certificate.validTo)).toBeGreaterThan(9.9)
    expect(until(certificate.validTo)).toBeLessThanOrEqual(10)
    expect(certificate.subject).toBe('CN=nightly build\nO=Acme\\, Inc')
  })

  test('never takes the place of another file unless that is said, and then whole', async () => {
    writeFileSync(at('app.crt'), 'mine')
    expect(await world.cli(['cert', 'generate', '--out', 'app.pem'])).toMatchObject({
      status: 64,
      stdout: '',
      stderr: `entra-auth-cli: error: ${at('app.crt')} is there already\nentra-auth-cli: hint: choose another name, or replace it with --force\n`,
    })
    expect(readFileSync(at('app.crt'), 'utf8')).toBe('mine')
    expect(existsSync(at('app.pem'))).toBe(false)
    await generate(['--out', 'app.pem', '--key-size', '2048', '--force'])
    expect(await openssl('verify', '-CAfile', 'app.crt', 'app.crt')).toBe('app.crt: OK\n')
  })

  test('that do not fit on the disk leaves nothing', async () => {
    const before = readdirSync(world.home.directory)
    // A limit of 2 KiB on files: the certificate fits, the key does not.
    const limited = 'trap "" XFSZ; ulimit -f 2; exec "$@"'
    const generate = ['cert', 'generate', '--cert-out', 'a.crt', '--key-out', 'a.key', '--key-size', '4096']
    const result = await run('bash', ['-c', limited, 'bash', process.execPath, binary, ...generate], {
      env: { ...world.env, ENTRA_AUTH_CLI_NO_CODE_CACHE: '1' },
      cwd: world.home.directory,
    })
    expect(result).toMatchObject({ status: 73, stdout: '' })
    expect(result.stderr).toMatch(/error: cannot write .*a\.(crt|key) \(EFBIG\)/)
    expect(readdirSync(world.home.directory)).toEqual(before)
  }, 60_000)

  test.each<[string, string[], RegExp]>([
    ['no place', [], /it is not said where the key goes/],
    ['two places', ['--profile', 'ci', '--out', 'a.pem'], /--profile and --out do not go together/],
    ['a key without its certificate', ['--key-out', 'a.key'], /--key-out is given without --cert-out/],
    ['a certificate without its key', ['--cert-out', 'a.crt'], /it is not said where the key goes/],
    [
      'one name for two files',
      ['--cert-out', 'a', '--key-out', './a'],
      /key and certificate would be one file/,
    ],
    [
      'a PFX in two files',
      ['--cert-out', 'a', '--key-out', 'b', '--format', 'pfx'],
      /a PFX holds key and certificate/,
    ],
    ['a PFX without a word about its password', ['--out', 'a.pfx'], /a PFX needs a password/],
    [
      'a question without a terminal',
      ['--out', 'a.pem', '--ask-password'],
      /--ask-password needs a terminal/,
    ],
    [
      'two words about the password',
      ['--out', 'a.pem', '--no-password', '--certificate-password-file', 'password.txt'],
      /there is one password, or none/,
    ],
    [
      'a password for a sealed key',
      ['--profile', 'ci', '--certificate-password-file', 'password.txt', '--force'],
      /a key under a profile has no password/,
    ],
    ['a size that is none', ['--out', 'a.pem', '--key-size', '1024'], /--key-size is not one of its values/],
    [
      'no days',
      ['--out', 'a.pem', '--valid-days', '0'],
      /--valid-days is not a number of days from 1 to 3650/,
    ],
    ['too many days', ['--out', 'a.pem', '--valid-days', '4000'], /--valid-days is not a number of days/],
    [
      'a name that is none',
      ['--out', 'a.pem', '--subject', 'CN=a,,'],
      /the subject is not a distinguished name/,
    ],
    ['an empty name for a file', ['--out', ''], /--out is empty/],
    [
      'a store of secrets that it does not use',
      ['--out', 'a.pem', '--secret-store', 'file'],
      /--secret-store goes with/,
    ],
    [
      'a tenant that it does not use',
      ['--out', 'a.pem', '-t', 'contoso.com'],
      /--tenant-id goes with --profile/,
    ],
  ])('is not made for %s', async (_, args, message) => {
    await world.createProfile('ci')
    const before = readdirSync(world.home.directory)
    const result = await world.cli(['cert', 'generate', ...args])
    expect(result).toMatchObject({ status: 64, stdout: '' })
    expect(result.stderr).toMatch(message)
    expect(result.stderr).toMatch(/^entra-auth-cli: error: .*\nentra-auth-cli: hint: .*\n$/)
    expect(readdirSync(world.home.directory)).toEqual(before)
  })

  test('into a directory that is not there is an error before the work', async () => {
    expect(await world.cli(['cert', 'generate', '--out', 'nowhere/a.pem'])).toMatchObject({
      status: 73,
      stderr: expect.stringMatching(/cannot write .*nowhere\/a\.pem \(ENOENT\)/),
    })
  })
})

describeWith(['openssl'], 'a key under a profile', () => {
  const generateFor = (name: string, extra: readonly string[] = []) =>
    generate(['--profile', name, '--key-size', '2048', ...extra])

  /** Runs the first of the printed commands, and gives the tenant the file that the second one names. */
  async function upload({ next_steps: [exportCommand, uploadCommand] }: Made): Promise<void> {
    const options = { env: world.env, cwd: world.home.directory }
    expect(await run('bash', ['-c', exportCommand as string], options)).toMatchObject({
      status: 0,
      stdout: '',
    })
    const file = / --cert @(\S+) --append$/.exec(uploadCommand as string)?.[1] as string
    expect(uploadCommand).toContain(`--id ${world.app.clientId} `)
    expect(readFileSync(at(file), 'utf8')).not.toContain('PRIVATE')
    world.app.addCertificate(readFileSync(at(file), 'utf8'))
  }

  test.each(sizes)(
    'of %s bits is sealed, and gets tokens once its certificate is uploaded',
    async (size) => {
      const made = await generate(['--profile', 'ci', ...world.identity, '--key-size', size])
      expect(profile('ci').credential).toEqual({ type: 'certificate', key: 'file-store' })
      await upload(made)
      await getsToken('ci')
      const [file, ...others] = kept('keys')
      expect(others).toEqual([])
      const text = readFileSync(at('.local/share/entra-auth-cli/keys', file as string), 'utf8')
      expect(text).toMatch(
        /^-----BEGIN CERTIFICATE-----\n[\s\S]*BEGIN ENTRA-AUTH-CLI SEALED PRIVATE KEY-----\n/,
      )
      expect(text).not.toMatch(/BEGIN (RSA |ENCRYPTED )?PRIVATE KEY/)
    },
    60_000,
  )

  test('takes the place of a client secret only when that is said, and is then all that is kept', async () => {
    await world.createProfile('ci')
    expect(await world.cli(['cert', 'generate', '--profile', 'CI'])).toMatchObject({
      status: 64,
      stderr: expect.stringMatching(
        /profile ci has a credential already: client secret\n.*hint: replace it with --force/,
      ),
    })
    const secrets = kept('secrets')
    const made = await generateFor('CI', ['--force'])
    expect(kept('secrets')).toHaveLength(1)
    expect(kept('secrets')).not.toEqual(secrets)
    await upload(made)
    await getsToken('ci')
  })

  test('follows its profile: copied, renamed, changed, deleted', async () => {
    await upload(await generateFor('ci', world.identity))
    await succeed(['copy-profile', 'ci', 'second'])
    await succeed(['rename-profile', 'ci', 'first'])
    await succeed(['edit-profile', 'first', '--scope', 'User.Read', '--send-x5c'])
    expect(profile('first').credential).toEqual({ type: 'certificate', key: 'file-store', sendX5c: true })
    expect(kept('keys')).toHaveLength(2)
    await succeed(['delete-profile', 'second', '--yes'])
    expect(kept('keys')).toHaveLength(1)
    expect(kept('secrets')).toHaveLength(1)
    await getsToken('first')
    await succeed(['delete-profile', 'first', '--yes'])
    expect(kept('keys')).toEqual([])
    // What is left seals cached tokens.
    expect(kept('secrets')).toHaveLength(1)
  })

  test('goes along in an export with secrets, and is asked for without', async () => {
    await upload(await generateFor('ci', world.identity))
    const passphrase = ['--passphrase-file', 'password.txt']
    await succeed(['export-profile', 'ci', '--include-secrets', ...passphrase, '--file', 'sealed.txt'])
    await succeed(['export-profile', 'ci', '--file', 'plain.json'])
    await succeed(['delete-profile', 'ci', '--yes'])
    expect(kept('keys')).toEqual([])
    await succeed(['import-profile', 'sealed.txt', ...passphrase, '--secret-store', 'file'])
    await getsToken('ci')
    await succeed(['cert', 'show', '-p', 'ci'])
    await succeed(['delete-profile', 'ci', '--yes'])
    const { stdout, stderr } = await succeed(['import-profile', 'plain.json'])
    expect(stdout + stderr).toContain(
      'its private key did not come along: entra-auth-cli cert generate --profile ci --force',
    )
    await upload(
      await generateFor('ci', ['--force']).then((made) => ({
        ...made,
        next_steps: made.next_steps.map((step) => step.replaceAll('ci.crt', 'new.crt')),
      })),
    )
    await getsToken('ci')
  })

  test('made by several at once is one key with its certificate', async () => {
    const attempts = await Promise.all(
      [1, 2, 3, 4].map(() =>
        world.cli(['cert', 'generate', '--profile', 'ci', ...world.identity, '--key-size', '2048']),
      ),
    )
    expect(attempts.filter(({ status }) => status === 0)).toHaveLength(1)
    for (const { status, stderr } of attempts)
      if (status !== 0)
        expect(stderr).toMatch(/there is a profile ci already|profile ci has a credential already/)
    expect(kept('keys')).toHaveLength(1)
    await Promise.all([1, 2, 3].map(() => generateFor('ci', ['--force'])))
    await succeed(['cert', 'export', '--profile', 'ci', '--out', 'ci.crt'])
    world.app.addCertificate(readFileSync(at('ci.crt'), 'utf8'))
    await getsToken('ci')
  }, 60_000)

  test('stays as it was when the new one cannot be kept', async () => {
    await upload(await generateFor('ci', world.identity))
    writeFileSync(at('ci.crt'), 'mine')
    const failed = await world.cli([
      'cert',
      'generate',
      '-p',
      'ci',
      '--force',
      '--cert-out',
      'nowhere/ci.crt',
    ])
    expect(failed.status).toBe(73)
    await getsToken('ci')
  })

  test('that is damaged, or whose opening key is lost, is named', async () => {
    await generateFor('ci', world.identity)
    const path = at('.local/share/entra-auth-cli/keys', kept('keys')[0] as string)
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace(/(SEALED PRIVATE KEY-----\n.{10})./, '$1_'))
    expect(await world.cli(['get-token', '-p', 'ci'])).toMatchObject({ status: 78, stdout: '' })
    writeFileSync(path, '')
    expect(await world.cli(['get-token', '-p', 'ci'])).toMatchObject({
      status: 78,
      stderr: expect.stringMatching(/is damaged, or sealed with another key\n.*cert generate/),
    })
    const { stderr, status } = await world.cli(['cert', 'show', '-p', 'ci'])
    expect({ status, stderr }).toMatchObject({
      status: 66,
      stderr: expect.stringContaining('not there any more'),
    })
  })

  test('can get a certificate from an authority, which then goes before its own', async () => {
    await generateFor('ci', [...world.identity, '--subject', 'CN=ci, O="Acme, Inc"'])
    await succeed(['cert', 'request', '-p', 'ci', '--out', 'ci.csr'])
    expect(await openssl('req', '-in', 'ci.csr', '-verify', '-noout', '-subject')).toContain(
      'subject=CN = ci, O = "Acme, Inc"',
    )
    await openssl(
      ...'req -x509 -newkey rsa:2048 -noenc -keyout ca.key -out ca.crt -subj /CN=ca -days 3'.split(' '),
    )
    const issue =
      'x509 -req -in ci.csr -CA ca.crt -CAkey ca.key -copy_extensions copyall -days 2 -out issued.crt'
    await openssl(...issue.split(' '))
    await succeed(['edit-profile', 'ci', '--certificate-path', 'issued.crt'])
    expect(profile('ci').credential).toEqual({
      type: 'certificate',
      certificatePath: at('issued.crt'),
      key: 'file-store',
    })
    world.app.addCertificate(readFileSync(at('issued.crt'), 'utf8'))
    await getsToken('ci')
    const { stdout } = await succeed(['cert', 'show', '-p', 'ci'])
    expect(stdout).toMatch(/^issuer +CN=ca$/m)
    expect(stdout).toMatch(
      /^private key +belongs to the certificate \(sealed under profile ci \(file-store\)\)$/m,
    )
    // A file with a key of its own takes the place of both.
    await generate(['--out', 'other.pem', '--key-size', '2048'])
    await succeed(['edit-profile', 'ci', '--certificate-path', 'other.pem'])
    expect(profile('ci').credential).toEqual({ type: 'certificate', certificatePath: at('other.pem') })
    expect(kept('keys')).toEqual([])
  }, 60_000)

  test('of a profile that is not there needs an identity', async () => {
    expect(await world.cli(['cert', 'generate', '--profile', 'nobody'])).toMatchObject({
      status: 66,
      stderr: expect.stringMatching(
        /there is no profile "nobody"\n.*hint: give --tenant-id and --client-id too/,
      ),
    })
  })
})

describeWith(['gnome-keyring', 'libsecret-tools', 'dbus-daemon', 'openssl'], 'a key in the keychain', () => {
  let keyring: Keyring
  beforeEach(async () => {
    keyring = await startKeyring({ home: world.home })
  })
  afterEach(() => keyring.stop())

  test.each(sizes)(
    'of %s bits is sealed in a file, under a random key that alone is in the keychain',
    async (size) => {
      const { env } = keyring
      await generate(['-p', 'ci', ...world.identity, '--key-size', size, '--cert-out', 'ci.crt'], env)
      expect(profile('ci').credential).toEqual({ type: 'certificate', key: 'keychain' })
      expect(Buffer.from((await keyring.lookUp('ci/private-key')) as string, 'base64url')).toHaveLength(32)
      world.app.addCertificate(readFileSync(at('ci.crt'), 'utf8'))
      await getsToken('ci', env)
      await succeed(['rename-profile', 'ci', 'other'], { env })
      await getsToken('other', env)
      expect(await keyring.lookUp('ci/private-key')).toBeUndefined()
      await succeed(['delete-profile', 'other', '--yes'], { env })
      expect(await keyring.lookUp('other/private-key')).toBeUndefined()
      expect(kept('keys')).toEqual([])
    },
    60_000,
  )

  test('moves to another store whole, and is not made while the keychain is locked', async () => {
    const { env } = keyring
    await generate(['-p', 'ci', ...world.identity, '--key-size', '2048'], env)
    await generate(
      ['-p', 'ci', '--force', '--secret-store', 'file', '--cert-out', 'a.crt', '--key-size', '2048'],
      env,
    )
    expect(profile('ci').credential).toEqual({ type: 'certificate', key: 'file-store' })
    expect(await keyring.lookUp('ci/private-key')).toBeUndefined()
    expect(kept('keys')).toHaveLength(1)
    world.app.addCertificate(readFileSync(at('a.crt'), 'utf8'))
    await getsToken('ci')
    await keyring.lock()
    const locked = [
      'cert',
      'generate',
      '-p',
      'ci',
      '--force',
      '--secret-store',
      'keychain',
      '--key-size',
      '2048',
    ]
    expect(await world.cli(locked, { env })).toMatchObject({ status: 79, stdout: '' })
    expect(profile('ci').credential).toEqual({ type: 'certificate', key: 'file-store' })
    await getsToken('ci')
  }, 60_000)
})
