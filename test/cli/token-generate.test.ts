/** `cert generate` in a token: what fails leaves nothing behind, and a device's limits are said. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestToken } from '../parts/pkcs11.ts'
import { describeWith } from '../parts/require-part.ts'
import { createSoftHsm } from '../parts/softhsm.ts'
import { closeTerminals, openTerminal } from '../parts/terminal.ts'
import { startTpm, type Tpm } from '../parts/tpm.ts'
import { createWorld, type World } from '../parts/world.ts'

let world: World
const at = (name: string) => join(world.home.directory, name)

describeWith(['softhsm2', 'opensc', 'tmux'], 'a key that is made in a SoftHSM token', () => {
  let hsm: TestToken
  const flags = () => ['--token-label', hsm.label, '--pin-source', 'file:pin.txt', '--key-size', '2048']
  const generate = (...args: string[]) => world.cli(['cert', 'generate', ...flags(), ...args])
  const objects = async () => (await hsm.pkcs11Tool('--list-objects')).stdout

  beforeAll(async () => {
    world = await createWorld()
    hsm = await createSoftHsm(at('hsm'))
    Object.assign(world.env, hsm.env)
    writeFileSync(at('pin.txt'), `${hsm.pin}\n`, { mode: 0o600 })
  }, 60_000)
  afterAll(() => world.close())

  test('is deleted again when a later step fails, and the profile is not made', async () => {
    // Nobody can make a file there.
    const failed = await generate('--profile', 'app', ...world.identity, '--cert-out', '/proc/made.crt')
    expect(failed).toMatchObject({ status: 73, stdout: '' })
    expect(await objects()).toBe('')
    expect(await world.cli(['list-profiles'])).toMatchObject({ stdout: '' })
  })

  test('keeps the PIN with the profile when that is asked for', async () => {
    const made = await world.cli(
      [
        ...['cert', 'generate', '--profile', 'kept', ...world.identity, '--token-label', hsm.label],
        ...['--pin-stdin', '--key-size', '2048', '-o', 'json', '--cert-out', at('kept.crt')],
      ],
      { input: `${hsm.pin}\n` },
    )
    expect(made).toMatchObject({ status: 0 })
    expect(JSON.parse(made.stdout)).toMatchObject({
      profile: 'kept',
      private_key: expect.stringMatching(/^pkcs11:token=soft;object=kept;id=%/),
    })
    world.app.addCertificate(readFileSync(at('kept.crt'), 'utf8'))
    expect(await world.cli(['get-token', '--no-cache', '-p', 'kept'])).toMatchObject({ status: 0 })
    expect(await objects()).toMatch(/sensitive, always sensitive, never extractable, local/)
  })

  test('has one try at a wrong PIN, and leaves what is there', async () => {
    writeFileSync(at('wrong.txt'), '000000\n', { mode: 0o600 })
    const before = await objects()
    const args = [
      '--profile',
      'kept',
      '--force',
      '--token-label',
      hsm.label,
      '--pin-source',
      'file:wrong.txt',
    ]
    expect(await world.cli(['cert', 'generate', ...args])).toMatchObject({
      status: 77,
      stderr: expect.stringContaining('the PIN of token "soft" is wrong'),
    })
    expect(await objects()).toBe(before)
    expect(await world.cli(['get-token', '--no-cache', '-p', 'kept'])).toMatchObject({ status: 0 })
  })

  test('asks for the PIN on a terminal, and before a credential is replaced', async () => {
    const open = (command: string) =>
      openTerminal({ command, env: world.env, cwd: world.home.directory, columns: 160 })
    try {
      const asked = open('entra-auth-cli cert generate --token-label soft --key-label asked --key-size 2048')
      await asked.waitFor(/PIN of token soft/)
      asked.type(hsm.pin)
      asked.press('Enter')
      expect(await asked.status()).toBe(0)
      expect(asked.screen()).toMatch(/private key +pkcs11:token=soft;object=asked;id=/)
      expect(asked.output()).not.toContain(hsm.pin)
      const before = await objects()
      const refused = open('entra-auth-cli cert generate --profile kept --token-label soft --key-label new')
      await refused.waitFor(/Replace the certificate of kept\?/)
      refused.press('Enter')
      expect(await refused.status()).toBe(0)
      expect(await objects()).toBe(before)
    } finally {
      closeTerminals()
    }
  })

  test('with the ID of another key is refused', async () => {
    const { private_key: key } = JSON.parse((await generate('--key-label', 'one', '-o', 'json')).stdout)
    const taken = await world.cli(['cert', 'generate', '--pkcs11-uri', key, '--pin-source', 'file:pin.txt'])
    expect(taken).toMatchObject({ status: 64, stderr: expect.stringContaining('that ID is taken') })
    const shown = await world.cli(['cert', 'show', key, '-o', 'json'])
    expect(JSON.parse(shown.stdout)).toMatchObject({
      subject: 'CN=one',
      private_key: { state: 'matches', place: key },
    })
  })

  test('without a certificate gets a request by a name that is given', async () => {
    await hsm.pkcs11Tool('--keypairgen', '--key-type', 'RSA:2048', '--label', 'bare', '--id', '77')
    const request = (...args: string[]) =>
      world.cli(['cert', 'request', 'pkcs11:token=soft;object=bare', '--pin-source', 'file:pin.txt', ...args])
    expect(await request('--subject', 'bare')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^-----BEGIN CERTIFICATE REQUEST-----/),
    })
    expect(await request()).toMatchObject({ status: 66, stdout: '' })
  })
})

const tpmParts = [
  ...(['swtpm', 'tpm2-abrmd', 'tpm2-tools', 'libtpm2-pkcs11-tools'] as const),
  ...(['dbus-daemon', 'opensc'] as const),
]

describeWith(tpmParts, 'a key that is made in a TPM', () => {
  let tpm: Tpm

  beforeAll(async () => {
    world = await createWorld()
    tpm = await startTpm(join(world.home.directory, 'tpm'))
    Object.assign(world.env, tpm.token.env, { TPM_PIN: tpm.token.pin })
  }, 120_000)
  afterAll(async () => {
    await tpm?.stop()
    await world.close()
  })

  const generate = (bits: string) =>
    world.cli([
      ...['cert', 'generate', '--profile', 'app', ...world.identity, '--cert-out', at('tpm.crt')],
      ...['--pkcs11-module', tpm.token.module, '--token-label', tpm.token.label],
      ...['--pin-source', 'env:TPM_PIN', '--key-size', bits],
    ])

  test('has no 4096 bits there, and with 2048 it works', async () => {
    expect(await generate('4096')).toMatchObject({
      status: 64,
      stderr: expect.stringMatching(/makes no RSA keys of 4096 bits\n.*most TPMs have 2048 bits/),
    })
    expect(await generate('2048')).toMatchObject({ status: 0 })
    world.app.addCertificate(readFileSync(at('tpm.crt'), 'utf8'))
    expect(await world.cli(['get-token', '--no-cache', '-p', 'app'])).toMatchObject({ status: 0 })
  })
})
