/** What can be done with a token in one process and one login, seen by other programs. */
import { createPublicKey, verify, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listTokens } from '../../../src/crypto/pkcs11/list.ts'
import { withToken } from '../../../src/crypto/pkcs11/token.ts'
import { parseUri } from '../../../src/crypto/pkcs11/uri.ts'
import { Secret } from '../../../src/secret.ts'
import { createSelfSignedBy } from '../../entra/certificates.ts'
import { run } from '../../parts/cli.ts'
import { type TestToken, tokenWorld } from '../../parts/pkcs11.ts'
import { describeWith } from '../../parts/require-part.ts'
import { createSoftHsm } from '../../parts/softhsm.ts'

describeWith(['softhsm2', 'opensc', 'openssl'], 'a token', () => {
  let directory: string
  let hsm: TestToken
  let asked: string[]

  beforeAll(async () => {
    directory = realpathSync(mkdtempSync(join(tmpdir(), 'entra-token-')))
    hsm = await createSoftHsm(directory)
    await createSoftHsm(directory, { label: 'other' })
  })
  beforeEach(() => {
    asked = []
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  const pin = async (token: string) => {
    asked.push(token)
    return new Secret(hsm.pin)
  }
  const use: <T>(uri: string, work: Parameters<typeof withToken<T>>[3]) => Promise<T> = (uri, work) =>
    withToken({ ...parseUri(uri), 'module-path': hsm.module }, pin, hsm.world, work)

  test('makes a key and its certificate, shows them, and deletes them, for one PIN', async () => {
    const certificate = await use('pkcs11:token=soft;object=new', async (token) => {
      expect((await token.readContents()).privateKeys).toEqual([])
      const key = await token.generateKey({ bits: 2048, label: 'new', id: Buffer.from('0a00ff', 'hex') })
      const publicKey = createPublicKey({ key: key.publicKey, format: 'der', type: 'spki' })
      expect(verify('sha256', Buffer.from('x'), publicKey, await key.sign(Buffer.from('x')))).toBe(true)
      const made = await createSelfSignedBy(key, { subject: 'CN=new, O=Contoso' })
      await token.storeCertificate({ der: made.raw, label: 'new', id: key.id })
      await expect(token.generateKey({ bits: 2048, label: 'new' })).rejects.toMatchObject({
        code: 'usage',
        message: 'there is a key "new" in token "soft" already',
      })
      return made
    })
    expect(asked).toEqual(['soft'])
    expect(certificate.verify(certificate.publicKey)).toBe(true)

    // Another program finds the certificate by the key's ID, and its names and number beside it.
    const der = join(directory, 'new.der')
    const read = await hsm.pkcs11Tool(
      '--read-object',
      '--type',
      'cert',
      '--id',
      '0a00ff',
      '--output-file',
      der,
    )
    expect(read).toMatchObject({ status: 0 })
    expect(new X509Certificate(readFileSync(der)).raw).toEqual(certificate.raw)
    const { stdout } = await hsm.pkcs11Tool('--list-objects', '--type', 'cert')
    expect(stdout).toMatch(/subject: +DN: (CN=new, O=Contoso|O=Contoso, CN=new)/)
    expect(stdout).toMatch(new RegExp(`serial: +${certificate.serialNumber}`, 'i'))

    const [listed] = await listTokens({ token: 'soft', 'module-path': hsm.module }, hsm.world)
    const uri = listed?.tokens[0]?.certificates[0]?.uri ?? ''
    expect(parseUri(uri)).toMatchObject({ token: 'soft', object: 'new', id: Buffer.from('0a00ff', 'hex') })
    // Certificate, public and private key.
    expect(await use(uri, (token) => token.deleteKey())).toBe(3)
    await expect(use(uri, (token) => token.deleteKey())).rejects.toMatchObject({
      code: 'not_found',
      message: 'there is no key "new" in token "soft"',
    })
  })

  test('is told from another of the same module', async () => {
    await expect(use('pkcs11:model=SoftHSM%20v2', async () => undefined)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/^2 tokens fit: "(soft", "other|other", "soft)"$/),
      hint: expect.stringMatching(/pkcs11:serial=[0-9a-f]{16}, pkcs11:serial=/),
    })
    const [{ tokens } = { tokens: [] }] = await listTokens({ 'module-path': hsm.module }, hsm.world)
    const serial = tokens.find(({ label }) => label === 'other')?.serial
    expect(await use(`pkcs11:serial=${serial}`, async ({ label }) => label)).toBe('other')
    await expect(use('pkcs11:library-version=1', async () => undefined)).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  test('is found in the modules of a configuration of the person', async () => {
    await run('mkdir', ['-p', join(directory, 'pkcs11/modules')])
    const world = tokenWorld({ ...hsm.env, XDG_CONFIG_HOME: directory })
    expect(await withToken({ token: 'soft' }, pin, world, async ({ module }) => module)).toBe(hsm.module)
    expect(
      await withToken({ token: 'soft', 'module-name': 'softhsm2' }, pin, world, async ({ module }) => module),
    ).toBe(hsm.module)
    await expect(
      withToken({ 'module-name': 'none' }, pin, world, async () => undefined),
    ).rejects.toMatchObject({
      code: 'not_found',
      hint: expect.stringContaining('softhsm2'),
    })
  })

  test('whose module is named without its directory is not looked for where one happens to be', async () => {
    await expect(
      withToken({ 'module-path': 'none.so' }, pin, hsm.world, async () => undefined),
    ).rejects.toMatchObject({
      code: 'not_found',
      message: 'there is no PKCS#11 module none.so',
    })
  })
})
