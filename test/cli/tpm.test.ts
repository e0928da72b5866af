/** A key in a TPM 2.0 in software, through the program: the same code as for every other token. */
import { join } from 'node:path'
import { withToken } from '../../src/crypto/pkcs11/token.ts'
import { AppError } from '../../src/errors.ts'
import { Secret } from '../../src/secret.ts'
import { uriOf } from '../parts/pkcs11.ts'
import { describeWith } from '../parts/require-part.ts'
import { startTpm, type Tpm } from '../parts/tpm.ts'
import { createWorld, type World } from '../parts/world.ts'

const parts = ['swtpm', 'tpm2-abrmd', 'tpm2-tools', 'libtpm2-pkcs11-tools', 'dbus-daemon', 'opensc'] as const

describeWith(parts, 'a key in a TPM', () => {
  let world: World
  let tpm: Tpm

  beforeAll(async () => {
    world = await createWorld()
    tpm = await startTpm(join(world.home.directory, 'tpm'))
    Object.assign(world.env, tpm.token.env)
    const certificate = await tpm.token.generate('app')
    world.app.addCertificate(certificate.toString())
  }, 120_000)
  afterAll(async () => {
    await tpm?.stop()
    await world.close()
  })

  const getToken = (pin = tpm.token.pin) =>
    world.cli(['get-token', '--no-cache', '-p', 'app'], { env: { TPM_PIN: pin } })

  test('signs an assertion that Entra takes', async () => {
    const made = await world.cli([
      ...['create-profile', '-n', 'app', ...world.identity],
      ...['--pkcs11-uri', uriOf(tpm.token, 'app'), '--pin-source', 'env:TPM_PIN'],
    ])
    expect(made).toMatchObject({ status: 0 })
    expect(await getToken()).toMatchObject({ status: 0, stdout: expect.stringMatching(/^eyJ/) })
    const assertion = world.entra.requests.at(-1)?.form?.client_assertion ?? ''
    expect(JSON.parse(Buffer.from(assertion.split('.')[0] ?? '', 'base64url').toString())).toMatchObject({
      alg: 'PS256',
    })
  })

  test('signs for four processes at once', async () => {
    for (const result of await Promise.all([1, 2, 3, 4].map(() => getToken())))
      expect(result).toMatchObject({ status: 0 })
  })

  test('can never leave it', async () => {
    const { stdout } = await tpm.token.pkcs11Tool('--list-objects', '--type', 'privkey')
    expect(stdout).toMatch(/Access: +sensitive, always sensitive, never extractable, local/)
  })

  test('has no 4096 bits, and two keys are found by their labels', async () => {
    const failure = await tpm.token.generate('large', { bits: 4096 }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(AppError)
    expect(failure).toMatchObject({ code: 'usage', message: 'token "tpm" makes no RSA keys of 4096 bits' })
    await tpm.token.generate('second', { bits: 3072 })
    const pin = async () => new Secret(tpm.token.pin)
    const uri = { token: 'tpm', object: 'second', 'module-path': tpm.token.module }
    expect(await withToken(uri, pin, tpm.token.world, (token) => token.deleteKey())).toBe(3)
    expect(await getToken()).toMatchObject({ status: 0 })
  })

  test('is closed after wrong PINs, each of them tried once, and says so', async () => {
    await tpm.allowTries(3)
    const results = [await getToken('111111'), await getToken('222222'), await getToken('333333')]
    for (const { status } of results) expect(status).toBe(77)
    expect(results[0]?.stderr).toMatch(/the PIN of token "tpm" is wrong/)
    expect(await getToken()).toMatchObject({
      status: 77,
      stdout: '',
      stderr: expect.stringMatching(/token "tpm" is locked: too many wrong PINs\n.*--clear-lockout/),
    })
    await tpm.unlock()
    expect(await getToken()).toMatchObject({ status: 0 })
  })
})
