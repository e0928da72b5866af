/** What is said of certificates, and what is made from them: show, list, export, request. */
import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSelfSigned } from '../entra/certificates.ts'
import { run } from '../parts/cli.ts'
import { describeWith } from '../parts/require-part.ts'
import { createWorld, type World } from '../parts/world.ts'

const password = 'correct horse battery'
const day = 86_400_000

let world: World
let certificate: X509Certificate
const at = (name: string) => join(world.home.directory, name)

async function openssl(line: string): Promise<string> {
  const args = line.split(' ').map((word) => word.replace('%', password))
  const { status, stdout, stderr } = await run('openssl', args, { env: world.env, cwd: world.home.directory })
  if (status !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`)
  return stdout
}

const cert = (...args: string[]) => world.cli(['cert', ...args])

describeWith(['openssl'], 'certificates in files', () => {
  beforeAll(async () => {
    world = await createWorld()
    const write = async (name: string, options: Parameters<typeof createSelfSigned>[0]) => {
      const { certificatePem, privateKeyPem, x509 } = await createSelfSigned(options)
      writeFileSync(at(`${name}.crt`), `${certificatePem}\n`)
      writeFileSync(at(`${name}.pem`), `${privateKeyPem}${certificatePem}\n`)
      writeFileSync(at(`${name}.key`), privateKeyPem)
      return x509
    }
    certificate = await write('app', { subject: 'CN=app, O="Acme, Inc"' })
    await write('other', {})
    await write('old', { notBefore: new Date(Date.now() - 9 * day), notAfter: new Date(Date.now() - day) })
    await write('new', { notBefore: new Date(Date.now() + day) })
    await write('ec', { ec: true })
    writeFileSync(
      at('mixed.pem'),
      readFileSync(at('app.crt'), 'utf8') + readFileSync(at('other.key'), 'utf8'),
    )
    await openssl('x509 -in app.crt -outform DER -out app.der')
    await openssl('pkey -in app.key -aes256 -passout pass:% -out closed.key')
    writeFileSync(
      at('closed.pem'),
      readFileSync(at('app.crt'), 'utf8') + readFileSync(at('closed.key'), 'utf8'),
    )
    await openssl('pkcs12 -export -in app.pem -passout pass:% -out app.pfx')
    const ca = 'req -x509 -newkey rsa:2048 -noenc -days 9 -addext basicConstraints=critical,CA:true'
    await openssl(`${ca} -keyout root.key -out root.crt -subj /CN=root`)
    await openssl('req -x509 -key app.key -days 9 -CA root.crt -CAkey root.key -out leaf.crt -subj /CN=leaf')
    // Root first: order does not matter.
    const chain = ['root.crt', 'leaf.crt', 'app.key'].map((name) => readFileSync(at(name), 'utf8')).join('\n')
    writeFileSync(at('chain.pem'), chain)
    writeFileSync(
      at('public-chain.pem'),
      ['root.crt', 'leaf.crt'].map((name) => readFileSync(at(name), 'utf8')).join(''),
    )
  })
  afterAll(() => world.close())

  test('are shown with all that is to be known, for people', async () => {
    const { status, stdout, stderr } = await cert('show', 'app.pem')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const shown = Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/ {2,}/)),
    )
    expect(shown).toEqual({
      subject: 'CN=app, O=Acme\\, Inc',
      issuer: 'itself',
      'serial number': certificate.serialNumber,
      key: 'RSA 2048',
      'valid from': expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(1 day ago\)$/),
      'valid until': expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(89 days left\)$/),
      'SHA-1 thumbprint': certificate.fingerprint.replaceAll(':', ''),
      'SHA-256 thumbprint': certificate.fingerprint256.replaceAll(':', ''),
      'private key': `belongs to the certificate (${at('app.pem')})`,
    })
  })

  test('and for scripts', async () => {
    const { stdout } = await cert('show', 'app.pem', '-o', 'json')
    expect(JSON.parse(stdout)).toEqual({
      source: at('app.pem'),
      subject: 'CN=app, O=Acme\\, Inc',
      issuer: 'CN=app, O=Acme\\, Inc',
      serial_number: certificate.serialNumber,
      not_before: new Date(certificate.validFrom).toISOString().replace('.000Z', 'Z'),
      not_after: new Date(certificate.validTo).toISOString().replace('.000Z', 'Z'),
      days_left: 89,
      validity: 'valid',
      key: { type: 'RSA', size: 2048 },
      thumbprint_sha1: certificate.fingerprint.replaceAll(':', ''),
      thumbprint_sha256: certificate.fingerprint256.replaceAll(':', ''),
      chain: [],
      private_key: { state: 'matches', place: at('app.pem') },
    })
  })

  const withPassword = ['--certificate-password-env', 'PASSWORD']
  test.each<[string, string[], string]>([
    ['app.crt', [], 'not here'],
    ['app.der', [], 'not here'],
    ['app.pfx', withPassword, 'belongs to the certificate (~/app.pfx)'],
    ['closed.pem', [], 'not checked: ~/closed.pem is encrypted and no password was given'],
    ['closed.pem', withPassword, 'belongs to the certificate (~/closed.pem)'],
    ['mixed.pem', [], 'belongs to another certificate (~/mixed.pem)'],
    [
      'ec.pem',
      [],
      'not checked: the private key in ~/ec.pem is an EC key (prime256v1); Entra accepts RSA only',
    ],
  ])('%s (%j) says of the key what is known', async (file, flags, words) => {
    const result = await world.cli(['cert', 'show', file, ...flags], { env: { PASSWORD: password } })
    expect(result).toMatchObject({ status: 0, stderr: '' })
    const line = result.stdout.split('\n').find((text) => text.startsWith('private key'))
    expect(line?.replaceAll(world.home.directory, '~')).toBe(`private key         ${words}`)
  })

  test('a chain is shown from the leaf on, whatever its order', async () => {
    for (const file of ['chain.pem', 'public-chain.pem']) {
      const { stdout } = await cert('show', file, '-o', 'json')
      expect(JSON.parse(stdout)).toMatchObject({ subject: 'CN=leaf', issuer: 'CN=root', chain: ['CN=root'] })
    }
  })

  test.each([
    ['old.crt', 'expired'],
    ['new.crt', 'not-yet-valid'],
  ])('%s is shown, and its exit status tells', async (file, validity) => {
    const { status, stdout, stderr } = await cert('show', file, '-o', 'json')
    expect({ status, stderr }).toEqual({ status: 80, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ validity })
  })

  test('come from standard input too, as bytes', async () => {
    for (const file of ['app.pem', 'app.der', 'app.pfx'])
      expect(
        await world.cli(['cert', 'export', '-', ...withPassword], {
          input: readFileSync(at(file)),
          env: { PASSWORD: password },
        }),
      ).toMatchObject({ status: 0, stdout: certificate.toString(), stderr: '' })
  })

  test('are exported without their key, as PEM or DER, and never over another file', async () => {
    expect(await cert('export', 'app.pem')).toMatchObject({ status: 0, stdout: certificate.toString() })
    expect(await cert('export', 'chain.pem')).toMatchObject({
      stdout: new X509Certificate(readFileSync(at('leaf.crt'))).toString(),
    })
    const der = ['export', 'app.pem', '--format', 'der', '--out', 'out.der']
    expect(await cert(...der)).toMatchObject({
      status: 0,
      stdout: '',
      stderr: `entra-auth-cli: certificate written to ${at('out.der')}\n`,
    })
    expect(readFileSync(at('out.der')).equals(certificate.raw)).toBe(true)
    expect(await cert(...der)).toMatchObject({ status: 64 })
    expect(await cert(...der, '--force', '-o', 'json')).toMatchObject({ status: 0, stderr: '' })
    const piped = await run(
      'bash',
      ['-c', 'entra-auth-cli cert export app.pem --format der | openssl x509 -inform DER -noout -subject'],
      {
        env: world.env,
        cwd: world.home.directory,
      },
    )
    expect(piped.stdout).toBe('subject=CN = app, O = "Acme, Inc"\n')
  })

  test('are requested for a key that is there, under the name that its certificate has', async () => {
    for (const [file, env] of [
      ['app.pem', {}],
      ['app.pfx', { PASSWORD: password }],
      ['closed.pem', { PASSWORD: password }],
    ] as const) {
      const flags = 'PASSWORD' in env ? withPassword : []
      const { status, stdout } = await world.cli(['cert', 'request', file, ...flags], { env })
      expect(status).toBe(0)
      writeFileSync(at('one.csr'), stdout)
      expect(await openssl('req -in one.csr -verify -noout -subject')).toContain('CN = app, O = "Acme, Inc"')
      expect(await openssl('req -in one.csr -noout -pubkey')).toBe(
        certificate.publicKey.export({ type: 'spki', format: 'pem' }),
      )
    }
  })

  test('are requested for a new key, which is written first', async () => {
    const request = ['request', '--key-out', 'fresh.key', '--subject', 'fresh', '--key-size', '2048']
    const { status, stdout, stderr } = await cert(...request)
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: `entra-auth-cli: private key written to ${at('fresh.key')}\n`,
    })
    writeFileSync(at('fresh.csr'), stdout)
    expect(await openssl('req -in fresh.csr -noout -subject')).toBe('subject=CN = fresh\n')
    expect(await openssl('req -in fresh.csr -noout -pubkey')).toBe(
      await openssl('pkey -in fresh.key -pubout'),
    )
    expect(await cert(...request)).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('is there already'),
    })
  })

  test.each<[string, string[], number, RegExp]>([
    ['what is not there', ['show', 'nothing.pem'], 66, /nothing\.pem is not there/],
    ['a key alone', ['show', 'app.key'], 65, /app\.key has no certificate/],
    [
      'a PFX without its password',
      ['show', 'app.pfx'],
      64,
      /app\.pfx is encrypted and no password was given/,
    ],
    ['a file and a profile', ['show', 'app.pem', '-p', 'ci'], 64, /a file and --profile do not go together/],
    ['no profile at all', ['show'], 66, /there is no profile yet/],
    ['a request without a key', ['request', 'app.crt'], 65, /app\.crt has no private key/],
    ['a request for an EC key', ['request', 'ec.pem'], 65, /is an EC key/],
    ['a request for a key without a name', ['request', 'app.key'], 64, /--subject is missing/],
    ['a new key without a name', ['request', '--key-out', 'x.key'], 64, /--subject is missing/],
    [
      'an old key and a new one',
      ['request', 'app.pem', '--key-out', 'x.key'],
      64,
      /--key-out makes a new key/,
    ],
    [
      'one file for both',
      ['request', '--key-out', 'x', '--out', './x', '--subject', 'x'],
      64,
      /would be one file/,
    ],
    [
      'a size for a key that is there',
      ['request', 'app.pem', '--key-size', '4096'],
      64,
      /--key-size goes with/,
    ],
    ['an endless file', ['show', '/dev/zero'], 65, /\/dev\/zero is larger than 4096 KiB/],
  ])('an error says what is wrong with %s', async (_, args, status, message) => {
    const result = await cert(...args)
    expect(result).toMatchObject({ status, stdout: '' })
    expect(result.stderr).toMatch(message)
    expect(existsSync(at('x.key'))).toBe(false)
  })
})

describeWith(['openssl'], 'certificates of profiles', () => {
  beforeEach(async () => {
    world = await createWorld()
  })
  afterEach(() => world.close())

  test('are listed with their expiry, and the exit status tells what expires', async () => {
    expect(await cert('list')).toMatchObject({
      status: 0,
      stdout: '',
      stderr: 'entra-auth-cli: no profile has a certificate\n',
    })
    await world.createProfile('secret')
    const made = ['cert', 'generate', ...world.identity, '--key-size', '2048', '--quiet']
    await world.cli([...made, '-p', 'long', '--valid-days', '100'])
    await world.cli([...made, '-p', 'short', '--valid-days', '20'])
    expect(await cert('list')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(
        /^PROFILE +SUBJECT +KEY +EXPIRES +WHERE\nlong +CN=long +RSA 2048 +\S+ \(99 days left\) +sealed \(file-store\)\nshort +CN=short +RSA 2048 +\S+ \(19 days left\) +sealed \(file-store\)\n$/,
      ),
    })
    const expiring = await cert('list', '--expiring', '30d', '-o', 'json')
    expect(expiring.status).toBe(80)
    expect(JSON.parse(expiring.stdout)).toMatchObject({
      certificates: [
        { profile: 'short', private_key: 'sealed (file-store)', days_left: 19, validity: 'valid' },
      ],
    })
    expect(await cert('list', '--expiring', '10d')).toMatchObject({
      status: 0,
      stdout: '',
      stderr: 'entra-auth-cli: no certificate expires by then\n',
    })
  })

  test('that cannot be read are rows too, and never count as fine', async () => {
    await world.cli(['cert', 'generate', '--out', 'app.pem', '--key-size', '2048'])
    await world.cli(['create-profile', '-n', 'app', ...world.identity, '--certificate-path', 'app.pem'])
    writeFileSync(at('app.pem'), 'garbage')
    expect(await cert('list')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^app +- +- +\S+app\.pem is not a certificate/m),
    })
    expect(await cert('list', '--expiring', '1d')).toMatchObject({
      status: 65,
      stdout: expect.stringContaining('is not a certificate'),
    })
  })

  test('with another credential have none to show', async () => {
    await world.createProfile('ci')
    for (const verb of ['show', 'export', 'request'])
      expect(await cert(verb)).toMatchObject({
        status: 64,
        stderr: expect.stringMatching(
          /profile ci has no certificate; its credential: client secret\n.*cred cert --profile ci`/,
        ),
      })
  })
})
