/** Certificates as people have them, through the program, against a tenant that verifies what they sign. */
import { createHash, X509Certificate } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSelfSigned } from '../entra/certificates.ts'
import type { Env, Result } from '../parts/cli.ts'
import { run } from '../parts/cli.ts'
import { describeWith } from '../parts/require-part.ts'
import { createWorld, type World } from '../parts/world.ts'

const password = 'correct horse battery'
const day = 24 * 60 * 60 * 1000

let world: World
let certificatePem: string
const at = (name: string) => join(world.home.directory, name)

async function openssl(...args: string[]): Promise<void> {
  const { status, stderr } = await run('openssl', args, { env: world.env, cwd: world.home.directory })
  if (status !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`)
}

beforeAll(async () => {
  world = await createWorld()
  const made = await createSelfSigned({ subject: 'CN=app' })
  certificatePem = made.certificatePem
  world.app.addCertificate(certificatePem)
  writeFileSync(at('cert.pem'), certificatePem)
  writeFileSync(at('key.pem'), made.privateKeyPem, { mode: 0o600 })
  writeFileSync(at('password.txt'), `${password}\n`, { mode: 0o600 })
  writeFileSync(at('both.pem'), made.privateKeyPem + certificatePem, { mode: 0o600 })
})
beforeEach(() => world.entra.resetCounts())
afterEach(async () => {
  if (profiles()) await world.cli(['delete-profile', 'app', '--yes'])
})
afterAll(() => world.close())

const profiles = (): Record<string, { credential: object }> | undefined => {
  const path = at('.config/entra-auth-cli/profiles.json')
  const all = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).profiles : {}
  return Object.keys(all).length > 0 ? all : undefined
}
const sealedFiles = () => {
  const directory = at('.local/share/entra-auth-cli/secrets')
  return existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith('.sealed')) : []
}

const create = (args: readonly string[], options: { env?: Env; input?: string } = {}): Promise<Result> =>
  world.cli(['create-profile', '-n', 'app', ...world.identity, '--use-certificate', ...args], options)

interface Assertion {
  readonly header: Record<string, unknown>
  readonly payload: Record<string, unknown>
}

/** The assertion of the last token request. */
function sentAssertion(): Assertion {
  const assertion = world.entra.requests.at(-1)?.form?.client_assertion ?? ''
  const [header, payload] = assertion
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
  return { header, payload }
}

async function getsToken(env: Env = {}): Promise<Assertion> {
  expect(await world.cli(['get-token', '--no-cache'], { env })).toMatchObject({
    status: 0,
    stderr: '',
    stdout: expect.stringMatching(/^eyJ/),
  })
  expect(world.entra.count('token')).toBe(1)
  return sentAssertion()
}

describeWith(['openssl'], 'a certificate', () => {
  beforeAll(async () => {
    const pass = `pass:${password}`
    const key = ['-in', 'key.pem']
    await openssl('rsa', ...key, '-traditional', '-out', 'pkcs1.pem')
    await openssl('pkey', ...key, '-aes256', '-passout', pass, '-out', 'encrypted.pem')
    await openssl('rsa', ...key, '-traditional', '-aes128', '-passout', pass, '-out', 'encrypted-pkcs1.pem')
    const pfx = ['pkcs12', '-export', '-inkey', 'key.pem', '-in', 'cert.pem']
    const legacy = ['-legacy', '-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']
    await openssl(...pfx, '-passout', pass, '-out', 'modern.pfx')
    await openssl(...pfx, ...legacy, '-passout', pass, '-out', '3des.pfx')
    await openssl(...pfx, '-passout', 'pass:', '-out', 'open.pfx')
    await openssl(...pfx, ...legacy, '-passout', 'pass:', '-out', 'open-3des.pfx')
  })

  test.each([
    ['a pair of PEM files', ['--certificate-path', 'cert.pem', '--private-key-path', 'key.pem']],
    ['one PEM file', ['--certificate-path', 'both.pem']],
    ['a PEM pair with a PKCS#1 key', ['--certificate-path', 'cert.pem', '--private-key-path', 'pkcs1.pem']],
  ])('from %s proves who the application is', async (_, args) => {
    expect(await create(args)).toMatchObject({
      status: 0,
      stderr: 'entra-auth-cli: profile app created; it is the default\n',
    })
    const { header, payload } = await getsToken()
    const sha256 = createHash('sha256').update(new X509Certificate(certificatePem).raw).digest('base64url')
    expect(header).toEqual({ alg: 'PS256', typ: 'JWT', 'x5t#S256': sha256 })
    expect(payload).toMatchObject({
      aud: `${world.entra.authorityHost}/${world.tenant.id}/oauth2/v2.0/token`,
      iss: world.app.clientId,
      sub: world.app.clientId,
    })
    expect(world.entra.requests.at(-1)?.form).not.toHaveProperty('client_secret')
  })

  test('is stored by its absolute path, and sends its chain when that is wanted', async () => {
    await create(['--certificate-path', 'cert.pem', '--private-key-path', 'key.pem', '--send-x5c'])
    expect(profiles()?.app?.credential).toEqual({
      type: 'certificate',
      certificatePath: at('cert.pem'),
      privateKeyPath: at('key.pem'),
      sendX5c: true,
    })
    const { header } = await getsToken()
    expect(header.x5c).toEqual([new X509Certificate(certificatePem).raw.toString('base64')])
  })

  test('is read at each use: a renewed one needs no new profile', async () => {
    await create(['--certificate-path', 'both.pem'])
    const before = readFileSync(at('both.pem'))
    const renewed = await createSelfSigned({ subject: 'CN=renewed' })
    world.app.addCertificate(renewed.certificatePem)
    writeFileSync(at('both.pem'), renewed.privateKeyPem + renewed.certificatePem)
    const { header } = await getsToken()
    const sha256 = createHash('sha256').update(renewed.x509.raw).digest('base64url')
    expect(header['x5t#S256']).toBe(sha256)
    writeFileSync(at('both.pem'), before)
  })

  const ways: [string, string[], { env?: Env; input?: string }][] = [
    ['standard input', ['--certificate-password-stdin'], { input: `${password}\n` }],
    ['a file', ['--certificate-password-file', 'password.txt'], {}],
    ['a variable', ['--certificate-password-env', 'PFX_PASSWORD'], { env: { PFX_PASSWORD: password } }],
  ]
  const encrypted: [string, string[]][] = [
    ['a modern PFX', ['--certificate-path', 'modern.pfx']],
    ['a PFX with 3DES', ['--certificate-path', '3des.pfx']],
    ['an encrypted key', ['--certificate-path', 'cert.pem', '--private-key-path', 'encrypted.pem']],
    [
      'an encrypted PKCS#1 key',
      ['--certificate-path', 'cert.pem', '--private-key-path', 'encrypted-pkcs1.pem'],
    ],
  ]
  test.each(
    encrypted.flatMap(([what, files]) =>
      ways.map(([way, flags, options]) => [what, way, [...files, ...flags], options] as const),
    ),
  )('in %s opens with the password from %s, which is kept', async (_, __, args, options) => {
    expect(await create(args, options)).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/profile app created; it is the default\n$/),
    })
    expect(profiles()?.app?.credential).toMatchObject({ password: 'file-store' })
    await getsToken()
  })

  test.each(encrypted)('in %s opens with a password that is only referred to', async (_, files) => {
    const before = sealedFiles().length
    expect(
      await create([...files, '--certificate-password-ref', `file:${at('password.txt')}`]),
    ).toMatchObject({ status: 0, stderr: 'entra-auth-cli: profile app created; it is the default\n' })
    expect(profiles()?.app?.credential).toMatchObject({ password: `file:${at('password.txt')}` })
    expect(sealedFiles()).toHaveLength(before)
    await getsToken()
  })

  test.each(['open.pfx', 'open-3des.pfx'])('in %s, whose password is empty, needs none', async (file) => {
    expect(await create(['--certificate-path', file])).toMatchObject({ status: 0 })
    expect(profiles()?.app?.credential).not.toHaveProperty('password')
    await getsToken()
  })

  test('whose password was given on the command line works, with a warning', async () => {
    const result = await create(['--certificate-path', 'modern.pfx', '--certificate-password', password])
    expect(result).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/warning: --certificate-password shows the value to other programs/),
    })
    expect(result.stderr).not.toContain(password)
    await getsToken()
  })

  test('loses its password with its profile', async () => {
    await create(['--certificate-path', 'modern.pfx', '--certificate-password-file', 'password.txt'])
    const before = sealedFiles().length
    await world.cli(['delete-profile', 'app', '--yes'])
    expect(sealedFiles()).toHaveLength(before - 1)
  })
})

describeWith(['openssl'], 'a certificate that cannot be used is named, and nothing is written:', () => {
  const refused: [string, string[], number, RegExp, { env?: Env; input?: string }?][] = [
    [
      'expired',
      ['--certificate-path', 'expired.pem'],
      65,
      /the certificate in \S+expired\.pem expired on \d{4}-/,
    ],
    ['not yet valid', ['--certificate-path', 'future.pem'], 65, /future\.pem is not valid before \d{4}-/],
    [
      'with the key of another',
      ['--certificate-path', 'cert.pem', '--private-key-path', 'other.pem'],
      65,
      /the private key in \S+other\.pem does not belong to the certificate in \S+\/cert\.pem/,
    ],
    [
      'with an EC key',
      ['--certificate-path', 'ec.pem'],
      65,
      /the private key in \S+ec\.pem is an EC key .*RSA only/,
    ],
    [
      'with 1024 bits',
      ['--certificate-path', 'short.pem'],
      65,
      /short\.pem has 1024 bits; Entra wants at least 2048/,
    ],
    ['without its key', ['--certificate-path', 'cert.pem'], 65, /cert\.pem has no private key/],
    [
      'that is a key',
      ['--certificate-path', 'key.pem'],
      65,
      /key\.pem has no certificate; it has: PRIVATE KEY/,
    ],
    [
      'that is no certificate',
      ['--certificate-path', 'password.txt'],
      65,
      /password\.txt is not a certificate/,
    ],
    ['that is not there', ['--certificate-path', 'missing.pem'], 66, /missing\.pem is not there/],
    [
      'whose key is not there',
      ['--certificate-path', 'cert.pem', '--private-key-path', 'missing.pem'],
      66,
      /missing\.pem is not there/,
    ],
    ['that is a directory', ['--certificate-path', '.'], 78, /cannot read \S+ \(EISDIR\)/],
    ['not named', [], 64, /--certificate-path is missing/],
    [
      'in a PFX without a password',
      ['--certificate-path', 'pair.pfx'],
      64,
      /pair\.pfx is encrypted and no password/,
    ],
    [
      'in a PFX with a wrong password',
      ['--certificate-path', 'pair.pfx', '--certificate-password-stdin'],
      65,
      /the password of \S+pair\.pfx is wrong/,
      { input: 'hunter2' },
    ],
    [
      'whose key has another password',
      [
        '--certificate-path',
        'cert.pem',
        '--private-key-path',
        'sealed.pem',
        '--certificate-password-env',
        'P',
      ],
      65,
      /cannot decrypt the private key in \S+sealed\.pem: wrong password/,
      { env: { P: 'hunter2' } },
    ],
    [
      'whose password is in a variable that is not set',
      ['--certificate-path', 'pair.pfx', '--certificate-password-env', 'UNSET'],
      66,
      /the variable UNSET is not set/,
    ],
    [
      'beside a client secret',
      ['--certificate-path', 'both.pem', '--client-secret-env', 'P'],
      64,
      /a client secret and a certificate do not go together/,
      { env: { P: 'hunter2' } },
    ],
  ]

  beforeAll(async () => {
    const write = async (name: string, options: Parameters<typeof createSelfSigned>[0]) => {
      const { certificatePem: certificate, privateKeyPem } = await createSelfSigned(options)
      writeFileSync(at(name), privateKeyPem + certificate, { mode: 0o600 })
    }
    const before = new Date(Date.now() - 2 * day)
    await Promise.all([
      write('expired.pem', { notBefore: before, notAfter: new Date(Date.now() - day) }),
      write('future.pem', { notBefore: new Date(Date.now() + day) }),
      write('other.pem', {}),
      write('ec.pem', { ec: true }),
    ])
    const request = ['req', '-x509', '-newkey', 'rsa:1024', '-nodes', '-subj', '/CN=short', '-days', '9']
    await openssl(...request, '-keyout', 'short.pem', '-out', 'short-cert.pem')
    writeFileSync(
      at('short.pem'),
      readFileSync(at('short.pem'), 'utf8') + readFileSync(at('short-cert.pem'), 'utf8'),
    )
    const pass = `pass:${password}`
    await openssl('pkcs12', '-export', '-in', 'both.pem', '-passout', pass, '-out', 'pair.pfx')
    await openssl('pkey', '-in', 'key.pem', '-aes256', '-passout', pass, '-out', 'sealed.pem')
  })

  test.each(refused)('%s', async (_, args, status, message, options = {}) => {
    const before = sealedFiles()
    const result = await create(args, options)
    expect(result).toMatchObject({ status, stdout: '' })
    expect(result.stderr).toMatch(/^entra-auth-cli: error: .*\nentra-auth-cli: hint: .*\n$/)
    expect(result.stderr).toMatch(message)
    expect(result.stderr).not.toContain('hunter2')
    expect(profiles()).toBeUndefined()
    expect(sealedFiles()).toEqual(before)
    expect(world.entra.count()).toBe(0)
  })

  test('one that expired since then, before any request', async () => {
    await create(['--certificate-path', 'both.pem'])
    const before = readFileSync(at('both.pem'))
    writeFileSync(at('both.pem'), readFileSync(at('expired.pem')))
    expect(await world.cli(['get-token', '--no-cache'])).toMatchObject({
      status: 65,
      stdout: '',
      stderr: expect.stringMatching(/expired on/),
    })
    writeFileSync(at('both.pem'), before)
    expect(world.entra.count()).toBe(0)
  })
})
