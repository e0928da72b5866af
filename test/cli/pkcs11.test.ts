/** Keys in PKCS#11 tokens, through the program, against a tenant that verifies what they sign. */
import { createHash, type X509Certificate } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { binary, type Env, run } from '../parts/cli.ts'
import { certify, type TestToken, uriOf } from '../parts/pkcs11.ts'
import { describeWith } from '../parts/require-part.ts'
import { createSoftHsm } from '../parts/softhsm.ts'
import { closeTerminals, openTerminal } from '../parts/terminal.ts'
import { createWorld, type World } from '../parts/world.ts'

let world: World
const at = (name: string) => join(world.home.directory, name)

/** The header of the last assertion that was sent. */
function sentHeader(): Record<string, unknown> {
  const assertion = world.entra.requests.at(-1)?.form?.client_assertion ?? ''
  return JSON.parse(Buffer.from(assertion.split('.')[0] ?? '', 'base64url').toString())
}

const thumbprint = (certificate: X509Certificate, algorithm: string) =>
  createHash(algorithm).update(certificate.raw).digest('base64url')

const create = (args: readonly string[], options: { env?: Env; input?: string } = {}) =>
  world.cli(['create-profile', '-n', 'app', '--force', ...world.identity, ...args], options)

const getToken = () => world.cli(['get-token', '--no-cache', '-p', 'app'])

const credential = () =>
  JSON.parse(readFileSync(at('.config/entra-auth-cli/profiles.json'), 'utf8')).profiles.app.credential

/** How keys sign, as it is remembered. */
const memory = () => at('.cache/entra-auth-cli/signatures')
const memories = () => readdirSync(memory()).filter((name) => name.endsWith('.json'))
const remembered = (): unknown[] =>
  existsSync(memory()) ? memories().map((name) => JSON.parse(readFileSync(join(memory(), name), 'utf8'))) : []

const aToken = { status: 0, stdout: expect.stringMatching(/^eyJ[\w.-]+\n$/), stderr: '' }

describeWith(['softhsm2', 'opensc', 'strace', 'tmux'], 'a key in a SoftHSM token', () => {
  let hsm: TestToken
  let certificate: X509Certificate

  const uses = async (label: string, extra: readonly string[] = []) => {
    const flags = ['--pkcs11-uri', uriOf(hsm, label), '--pin-source', 'file:pin.txt', ...extra]
    expect(await create(flags)).toMatchObject({ status: 0 })
  }

  beforeAll(async () => {
    world = await createWorld()
    hsm = await createSoftHsm(at('hsm'))
    Object.assign(world.env, hsm.env)
    certificate = await hsm.generate('app')
    world.app.addCertificate(certificate.toString())
    writeFileSync(at('pin.txt'), `${hsm.pin}\n`, { mode: 0o600 })
    // The first to need it makes the cache's key, and says where it is.
    await world.createProfile('first')
    await world.cli(['get-token', '-p', 'first'])
  }, 120_000)
  beforeEach(() => world.entra.resetCounts())
  afterAll(() => world.close())

  test('signs as PS256, and the profile names the module that was found', async () => {
    const labels = ['--token-label', 'soft', '--key-label', 'app', '--pin-source', 'file:pin.txt']
    expect(await create(labels)).toMatchObject({ status: 0 })
    expect(credential()).toEqual({
      type: 'certificate',
      key: uriOf(hsm, 'app'),
      pin: `file:${at('pin.txt')}`,
    })
    expect(await getToken()).toMatchObject(aToken)
    expect(sentHeader()).toEqual({ alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint(certificate, 'sha256') })
    expect(remembered()).toEqual([])
    expect((await world.cli(['show-profile', 'app'])).stdout).toMatch(
      /certificate +in the token\nprivate key +pkcs11:token=soft;object=app\?module-path=\/.*\nPIN +file:/,
    )
  })

  test.each([3072, 4096])('of %i bits', async (bits) => {
    const made = await hsm.generate(`app${bits}`, { bits })
    world.app.addCertificate(made.toString())
    await uses(`app${bits}`, ['--send-x5c'])
    expect(await getToken()).toMatchObject(aToken)
    expect(sentHeader()).toMatchObject({ alg: 'PS256', x5c: [made.raw.toString('base64')] })
  })

  test('that another program made, with its certificate in a file', async () => {
    const made = await hsm.pkcs11Tool(
      '--keypairgen',
      '--key-type',
      'rsa:2048',
      '--label',
      'other',
      '--id',
      '0a0b',
    )
    expect(made).toMatchObject({ status: 0 })
    const certificate = await certify(hsm, 'other')
    world.app.addCertificate(certificate.toString())
    writeFileSync(at('other.pem'), certificate.toString())
    expect(
      await create(['--pkcs11-uri', 'pkcs11:token=soft;id=%0a%0b', '--pin-source', 'file:pin.txt']),
    ).toMatchObject({
      status: 66,
      stderr: expect.stringMatching(/no certificate with ID 0a0b in token "soft"[\s\S]*--certificate-path/),
    })
    const args = [
      '--pkcs11-uri',
      'pkcs11:token=soft;id=%0a%0b?pin-source=file:pin.txt',
      '--certificate-path',
      'other.pem',
    ]
    expect(await create(args)).toMatchObject({ status: 0 })
    expect(credential()).toMatchObject({ certificatePath: at('other.pem'), pin: `file:${at('pin.txt')}` })
    expect(await getToken()).toMatchObject(aToken)
    // The certificate of one key with another key is found out before any PIN is used.
    const mixed = await create([
      '--token-label',
      'soft',
      '--key-label',
      'app',
      '--certificate-path',
      'other.pem',
    ])
    expect(mixed).toMatchObject({
      status: 65,
      stderr: expect.stringMatching(/the key "app" in token "soft" does not belong to the certificate/),
    })
  })

  test('that wants its PIN at each use gets it', async () => {
    const args = [
      '--keypairgen',
      '--key-type',
      'rsa:2048',
      '--label',
      'slot9c',
      '--id',
      '9c',
      '--always-auth',
    ]
    expect(await hsm.pkcs11Tool(...args)).toMatchObject({ status: 0 })
    const certificate = await certify(hsm, 'slot9c')
    world.app.addCertificate(certificate.toString())
    writeFileSync(at('slot9c.pem'), certificate.toString())
    await uses('slot9c', ['--certificate-path', 'slot9c.pem'])
    expect(await getToken()).toMatchObject(aToken)
  })

  test('can never leave the token', async () => {
    const { stdout } = await hsm.pkcs11Tool('--list-objects', '--type', 'privkey', '--label', 'app')
    expect(stdout).toMatch(/Access: +sensitive, always sensitive, never extractable, local/)
  })

  test('is not touched for a token that is cached', async () => {
    await uses('app')
    expect(
      await world.cli(['get-token', '-p', 'app', '--scope', 'https://vault.azure.net/.default']),
    ).toMatchObject(aToken)
    renameSync(at('hsm'), at('taken-away'))
    try {
      expect(
        await world.cli(['get-token', '-p', 'app', '--scope', 'https://vault.azure.net/.default']),
      ).toMatchObject(aToken)
      expect(await getToken()).toMatchObject({ status: 69, stdout: '' })
    } finally {
      renameSync(at('taken-away'), at('hsm'))
    }
    expect(await getToken()).toMatchObject(aToken)
  })

  test('signs for four processes at once', async () => {
    await uses('app')
    const results = await Promise.all([1, 2, 3, 4].map(() => getToken()))
    for (const result of results) expect(result).toMatchObject(aToken)
    expect(world.entra.count('token')).toBe(4)
  })

  describe('whose PIN', () => {
    test('is kept by us when asked to, goes with its profile, and is forgotten with it', async () => {
      const args = ['--token-label', 'soft', '--key-label', 'app', '--pin-source', 'keychain', '--pin-stdin']
      expect(await create(args, { input: `${hsm.pin}\n` })).toMatchObject({ status: 0 })
      expect(credential()).toMatchObject({ pin: 'file-store' })
      expect(await getToken()).toMatchObject(aToken)
      expect(await world.cli(['rename-profile', 'app', 'renamed'])).toMatchObject({ status: 0 })
      expect(await world.cli(['copy-profile', 'renamed', 'app'])).toMatchObject({ status: 0 })
      expect(await world.cli(['delete-profile', 'renamed', '--yes'])).toMatchObject({ status: 0 })
      expect(await getToken()).toMatchObject(aToken)
      const sealed = () =>
        readdirSync(at('.local/share/entra-auth-cli/secrets')).filter((name) => name.endsWith('.sealed'))
      const before = sealed().length
      expect(await world.cli(['delete-profile', 'app', '--yes'])).toMatchObject({ status: 0 })
      expect(sealed()).toHaveLength(before - 1)
    })

    test('comes from a variable, or from the flags of one call', async () => {
      expect(
        await create(['--token-label', 'soft', '--key-label', 'app', '--pin-source', 'env:HSM_PIN']),
      ).toMatchObject({ status: 0 })
      expect(
        await world.cli(['get-token', '--no-cache', '-p', 'app'], { env: { HSM_PIN: hsm.pin } }),
      ).toMatchObject(aToken)
      expect(await getToken()).toMatchObject({
        status: 66,
        stderr: expect.stringMatching(/HSM_PIN is not set/),
      })
      const given = await world.cli(['get-token', '--no-cache', '-p', 'app', '--pin-stdin'], {
        input: hsm.pin,
      })
      expect(given).toMatchObject(aToken)
    })

    test('is missing: nothing is sent, and what to do is said', async () => {
      expect(await create(['--token-label', 'soft', '--key-label', 'app'])).toMatchObject({ status: 0 })
      expect(await getToken()).toMatchObject({
        status: 79,
        stderr: expect.stringMatching(/token "soft" needs a PIN\n.*--pin-source/),
      })
      expect(world.entra.count('token')).toBe(0)
    })

    test('is wrong: it is tried once, and no request is made', async () => {
      writeFileSync(at('wrong.txt'), '654321', { mode: 0o600 })
      await uses('app')
      const wrong = await world.cli([
        'get-token',
        '--no-cache',
        '-p',
        'app',
        '--debug',
        '--pin-source',
        'file:wrong.txt',
      ])
      expect(wrong).toMatchObject({
        status: 77,
        stderr: expect.stringMatching(/error: the PIN of token "soft" is wrong; few tries may be left/),
      })
      expect(wrong.stderr).not.toContain('654321')
      expect(world.entra.count('token')).toBe(0)
    })

    test.each([
      ['--pin-source', '123456'],
      ['--pkcs11-uri', 'pkcs11:token=soft;object=app?pin-value=123456'],
    ])('in %s is refused, and never shown', async (...flags) => {
      const result = await create(['--key-label', 'app', ...flags])
      expect(result).toMatchObject({ status: 64, stdout: '' })
      expect(result.stderr).toMatch(/--pin-source/)
      expect(result.stderr).not.toContain('123456')
    })

    test('is in no argument and no variable of any process that is started', async () => {
      const flags = ['--pkcs11-uri', uriOf(hsm, 'app'), '--pin-source', 'env:HSM_PIN']
      expect(await create(flags)).toMatchObject({ status: 0 })
      const trace = at('trace.txt')
      const args = ['-f', '-v', '-s', '4096', '-e', 'trace=execve', '-o', trace]
      const program = [process.execPath, binary, 'get-token', '--no-cache', '-p', 'app']
      const { status } = await run('strace', [...args, ...program], {
        env: { ...world.env, HSM_PIN: hsm.pin, ENTRA_AUTH_CLI_PASSPHRASE: 'canary' },
        cwd: world.home.directory,
      })
      expect(status).toBe(0)
      const [, ...started] = readFileSync(trace, 'utf8')
        .split('\n')
        .filter((line) => line.includes('execve('))
      expect(started.join('\n')).toMatch(/pkcs11-helper\.cjs/)
      expect(started.join('\n')).not.toMatch(new RegExp(`${hsm.pin}|canary`))
    })

    test('is asked for at a terminal, without echo', async () => {
      expect(await create(['--pkcs11-uri', uriOf(hsm, 'app'), '--pin-source', 'prompt'])).toMatchObject({
        status: 0,
      })
      const terminal = openTerminal({
        command: 'entra-auth-cli get-token --no-cache -p app',
        env: world.env,
        cwd: world.home.directory,
      })
      try {
        await terminal.waitFor(/\? PIN of token soft/)
        terminal.type(hsm.pin)
        terminal.press('Enter')
        const screen = await terminal.waitFor(/eyJ[\w-]+/)
        expect(screen).not.toContain(hsm.pin)
      } finally {
        closeTerminals()
      }
    })
  })

  test('is looked at by doctor, without a PIN', async () => {
    await uses('app')
    const look = async () => {
      const { stdout } = await world.cli(['doctor', '-p', 'app', '--offline', '-o', 'json'])
      return JSON.parse(stdout).results.filter(({ check }: { check: string }) => check === 'certificate')
    }
    expect(await look()).toEqual([
      expect.objectContaining({
        status: 'ok',
        message: expect.stringMatching(/its key fits \(token "soft"\)$/),
      }),
    ])
    renameSync(at('hsm'), at('taken-away'))
    try {
      expect(await look()).toEqual([
        expect.objectContaining({
          status: 'failed',
          message: expect.stringMatching(/PKCS#11 module .* failed/),
        }),
      ])
    } finally {
      renameSync(at('taken-away'), at('hsm'))
    }
  })

  test('is taken by the wizard, where a file would be', async () => {
    const args = `-n asked ${world.identity.join(' ')} --scope api://x/.default`
    const terminal = openTerminal({
      command: `entra-auth-cli create-profile ${args}`,
      env: world.env,
      cwd: world.home.directory,
    })
    try {
      await terminal.waitFor(/How does the application authenticate/)
      terminal.press('Down')
      terminal.press('Enter')
      await terminal.waitFor(/Certificate file \(or the pkcs11: URI/)
      terminal.type('pkcs11:object=app')
      terminal.press('Enter')
      await terminal.waitFor(/profile asked created[\s\S]*Get a token now/)
      terminal.press('Enter')
      await terminal.waitFor(/\? PIN of token soft/)
      terminal.type(hsm.pin)
      terminal.press('Enter')
      await terminal.waitFor(/eyJ[\w-]+|AADSTS/)
    } finally {
      closeTerminals()
    }
  })

  describe('cannot be used when', () => {
    test.each<[string, string[], number, RegExp]>([
      [
        'the token is not there',
        ['--token-label', 'softer', '--key-label', 'app'],
        66,
        /no token "softer" in any PKCS#11 module\n.*there: "soft"/,
      ],
      [
        'no key has that label',
        ['--token-label', 'soft', '--key-label', 'ap'],
        66,
        /no key or certificate "ap" in token "soft"\n.*the certificates .*"app".*the keys .*"app"/,
      ],
      [
        'the module is missing',
        ['--pkcs11-module', '/nowhere/p11.so', '--key-label', 'app'],
        66,
        /there is no PKCS#11 module \/nowhere\/p11\.so/,
      ],
      [
        'the module is a text',
        ['--pkcs11-module', 'pin.txt', '--key-label', 'app'],
        65,
        /pin\.txt is not a PKCS#11 module: (file too short|invalid ELF)/,
      ],
      [
        'the key is said to be in a file too',
        ['--key-label', 'app', '--private-key-path', 'key.pem'],
        64,
        /do not go together/,
      ],
      ['the URI is none', ['--pkcs11-uri', 'pkcs11:token=a;token=b'], 64, /has the attribute token twice/],
      [
        'a label is given twice',
        ['--pkcs11-uri', 'pkcs11:token=a', '--token-label', 'b'],
        64,
        /--token-label does not go/,
      ],
      ['a PIN has no key', ['--pin-source', 'prompt'], 64, /not said which PKCS#11 token/],
    ])('%s', async (_, args, status, message) => {
      expect(await create(args)).toMatchObject({ status, stdout: '', stderr: expect.stringMatching(message) })
    })

    test('its certificate has expired, or a label is that of several keys', async () => {
      const day = 86_400_000
      await hsm.generate('old', {
        notBefore: new Date(Date.now() - 9 * day),
        notAfter: new Date(Date.now() - day),
      })
      expect(await create(['--token-label', 'soft', '--key-label', 'old'])).toMatchObject({
        status: 65,
        stderr: expect.stringMatching(/the certificate in token "soft" expired/),
      })
      for (const id of ['01', '02']) {
        await hsm.pkcs11Tool('--keypairgen', '--key-type', 'rsa:2048', '--label', 'twin', '--id', id)
        writeFileSync(at(`twin${id}.der`), (await certify(hsm, 'twin', id)).raw)
        await hsm.pkcs11Tool(
          '--write-object',
          at(`twin${id}.der`),
          '--type',
          'cert',
          '--label',
          'twin',
          '--id',
          id,
        )
      }
      expect(await create(['--token-label', 'soft', '--key-label', 'twin'])).toMatchObject({
        status: 64,
        stderr: expect.stringMatching(
          /2 certificates "twin" are in token "soft"\n.*id=%0[12] \(0[12], "twin"\), id=%0/,
        ),
      })
      expect(await create(['--pkcs11-uri', 'pkcs11:token=soft;object=twin;id=%02'])).toMatchObject({
        status: 0,
      })
    })
  })

  test('edit-profile changes its PIN source alone, or its key', async () => {
    await uses('app', ['--send-x5c'])
    const edit = (...args: string[]) => world.cli(['edit-profile', 'app', ...args])
    expect(await edit('--pin-source', 'env:HSM_PIN')).toMatchObject({ status: 0 })
    expect(credential()).toEqual({
      type: 'certificate',
      key: uriOf(hsm, 'app'),
      pin: 'env:HSM_PIN',
      sendX5c: true,
    })
    expect(await edit('--key-label', 'app3072')).toMatchObject({ status: 0 })
    expect(credential()).toEqual({ type: 'certificate', key: uriOf(hsm, 'app3072') })
    expect(await edit('--client-secret-ref', 'env:SECRET')).toMatchObject({ status: 0 })
    expect(credential()).toEqual({ type: 'client-secret', secret: 'env:SECRET' })
  })

  test.each([
    ['no PSS', 'RSA-PKCS,SHA256-RSA-PKCS', { algorithm: 'RS256', mechanism: 'SHA256_RSA_PKCS' }],
    ['bare RSA', 'RSA-X-509,SHA256-RSA-PKCS', { algorithm: 'PS256', mechanism: 'RSA_X_509' }],
  ])('with %s signs as well as it can, which is remembered', async (label, allowed, way) => {
    const args = ['--keypairgen', '--key-type', 'rsa:2048', '--label', label, '--allowed-mechanisms', allowed]
    const id = Buffer.from(label).toString('hex')
    expect(await hsm.pkcs11Tool(...args, '--id', id)).toMatchObject({ status: 0 })
    const certificate = await certify(hsm, label)
    world.app.addCertificate(certificate.toString())
    writeFileSync(at(`${label}.pem`), certificate.toString())
    await uses(label, ['--certificate-path', `${label}.pem`])
    rmSync(memory(), { recursive: true, force: true })

    expect(await getToken()).toMatchObject(aToken)
    const header = { alg: way.algorithm, typ: 'JWT' }
    const thumbprints = {
      RS256: { x5t: thumbprint(certificate, 'sha1') },
      PS256: { 'x5t#S256': thumbprint(certificate, 'sha256') },
    }
    expect(sentHeader()).toEqual({ ...header, ...thumbprints[way.algorithm as 'RS256'] })
    expect(remembered()).toEqual([way])

    const [file] = memories()
    const path = join(memory(), String(file))
    expect(statSync(path).mode & 0o777).toBe(0o600)
    // What was refused is not tried again; what cannot be read is found out again.
    const debugged = () => world.cli(['get-token', '--no-cache', '-p', 'app', '--debug'])
    expect((await debugged()).stderr).not.toMatch(/MECHANISM_INVALID/)
    writeFileSync(path, 'damaged')
    expect((await debugged()).stderr).toMatch(/no PS256 by SHA256_RSA_PKCS_PSS: CKR_MECHANISM_INVALID/)
    expect(remembered()).toEqual([way])
  })
})
