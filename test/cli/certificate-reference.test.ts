/** Certificates that are fetched at each use: from variables and commands, as key vaults and pipelines hand them out. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Env, run } from '../parts/cli.ts'
import { describeWith } from '../parts/require-part.ts'
import { addCertificate, createWorld, type World } from '../parts/world.ts'

const password = 'correct horse battery'
const token = /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+\n$/

let world: World
let pem: string
const at = (name: string) => join(world.home.directory, name)
const base64 = (name: string) => readFileSync(at(name)).toString('base64')

describeWith(['openssl'], 'a certificate by reference', () => {
  beforeAll(async () => {
    world = await createWorld()
    await addCertificate(world)
    pem = readFileSync(at('cert.pem'), 'utf8') + readFileSync(at('key.pem'), 'utf8')
    writeFileSync(at('both.pem'), pem, { mode: 0o600 })
    const pfx = ['pkcs12', '-export', '-inkey', 'key.pem', '-in', 'cert.pem']
    for (const [name, secret] of [
      ['open.pfx', ''],
      ['closed.pfx', password],
    ] as const)
      await run('openssl', [...pfx, '-passout', `pass:${secret}`, '-out', name], {
        env: world.env,
        cwd: world.home.directory,
      })
    writeFileSync(at('open.b64'), `${base64('open.pfx')}\n`, { mode: 0o600 })
    for (const name of ['open.pfx', 'closed.pfx', 'key.pem']) chmodSync(at(name), 0o600)
  })
  afterAll(() => world.close())

  const create = (reference: string, env: Env = {}, extra: readonly string[] = []) =>
    world.cli(
      ['create-profile', '-n', 'app', ...world.identity, '--force', '--certificate-ref', reference, ...extra],
      { env },
    )

  const forms: [string, () => [string, Env]][] = [
    ['a base64 PFX in a variable', () => ['env:CERT', { CERT: base64('open.pfx') }]],
    ['PEM in a variable', () => ['env:CERT', { CERT: pem }]],
    ['PEM whose line breaks became blanks', () => ['env:CERT', { CERT: pem.replaceAll('\n', ' ') }]],
    ['PEM whose line breaks became "\\n"', () => ['env:CERT', { CERT: pem.replaceAll('\n', '\\n') }]],
    ['PEM whose line breaks are all gone', () => ['env:CERT', { CERT: pem.replaceAll('\n', '') }]],
    ['PEM in base64', () => ['env:CERT', { CERT: Buffer.from(pem).toString('base64') }]],
    ['a base64 PFX that a command prints', () => [`command:cat ${at('open.b64')}`, {}]],
    ['PEM that a command prints', () => [`command:cat ${at('both.pem')}`, {}]],
    ['a PFX that a command prints as it is', () => [`command:cat ${at('open.pfx')}`, {}]],
    ['a file', () => [`file:${at('open.pfx')}`, {}]],
  ]
  test.each(forms)('as %s gets tokens; the profile holds the reference alone', async (_, make) => {
    const [reference, env] = make()
    expect(await create(reference, env)).toMatchObject({ status: 0, stdout: '' })
    const document = readFileSync(at('.config/entra-auth-cli/profiles.json'), 'utf8')
    expect(JSON.parse(document).profiles.app.credential).toEqual({
      type: 'certificate',
      certificate: reference,
    })
    expect(await world.cli(['get-token', '-p', 'app', '--force', '--quiet'], { env })).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(token),
      stderr: '',
    })
    expect(await world.cli(['cert', 'show', '-p', 'app'], { env })).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^private key +belongs to the certificate/m),
    })
  })

  test('is opened with a password from wherever that is', async () => {
    const env = { CERT: base64('closed.pfx'), PASSWORD: password }
    const reference = ['--certificate-password-ref', 'env:PASSWORD']
    expect(await create('env:CERT', env, reference)).toMatchObject({ status: 0 })
    expect(await world.cli(['get-token', '-p', 'app', '--force'], { env })).toMatchObject({ status: 0 })
    const wrong = await world.cli(['get-token', '-p', 'app', '--force'], {
      env: { ...env, PASSWORD: 'hunter2' },
    })
    expect(wrong).toMatchObject({
      status: 65,
      stderr: expect.stringMatching(/error: the password of the variable CERT is wrong/),
    })
    expect(wrong.stderr).not.toContain('hunter2')
  })

  test('is fetched at each use: what is renewed there needs no new profile', async () => {
    await create(`command:cat ${at('both.pem')}`)
    writeFileSync(at('both.pem'), 'garbage')
    expect(await world.cli(['get-token', '-p', 'app', '--force'])).toMatchObject({ status: 65 })
    writeFileSync(at('both.pem'), pem)
    expect(await world.cli(['get-token', '-p', 'app', '--force'])).toMatchObject({ status: 0 })
  })

  const hunter = 'hunter2'.repeat(20)
  test.each<[string, string, Env, number, RegExp]>([
    ['is not set', 'env:NOT_SET', {}, 66, /the variable NOT_SET is not set/],
    ['is empty', 'env:CERT', { CERT: '' }, 66, /the variable CERT is empty/],
    ['is none', 'env:CERT', { CERT: hunter }, 65, /the variable CERT is not a certificate/],
    [
      'is cut short',
      'env:CERT',
      { CERT: '-----BEGIN CERTIFICATE-----\nAAAA' },
      65,
      /the variable CERT is cut short/,
    ],
    [
      'a command cannot print',
      'command:false',
      {},
      69,
      /the command false of a reference failed with status 1/,
    ],
    [
      'a command prints as nothing',
      'command:true',
      {},
      69,
      /the command true of a reference printed nothing/,
    ],
    ['is endless', 'command:cat /dev/zero', {}, 69, /the command cat of a reference printed more than 4 MiB/],
    [
      'is too large',
      'command:head -c 2000000 /dev/zero',
      {},
      65,
      /what the command head printed is larger than 1 MiB/,
    ],
    ['is in no file', 'file:/nowhere/cert.pfx', {}, 66, /\/nowhere\/cert\.pfx is not there/],
    [
      'would be in our own store',
      'keychain',
      {},
      64,
      /--certificate-ref must be env:NAME, file:\/path or command:…/,
    ],
    ['is no reference', hunter, {}, 64, /a reference to a secret must begin with env:, file: or command:/],
  ])('that %s is named by its reference, never quoted', async (_, reference, env, status, message) => {
    const result = await create(reference, env)
    expect(result).toMatchObject({ status, stdout: '' })
    expect(result.stderr).toMatch(message)
    expect(result.stderr).not.toContain('hunter2')
  })

  test('without a key in it says so; with a path too, that one is too many', async () => {
    const env = { CERT: readFileSync(at('cert.pem'), 'utf8') }
    expect(await create('env:CERT', env)).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('the variable CERT has no private key'),
    })
    expect(await create('env:CERT', env, ['--private-key-path', 'key.pem'])).toMatchObject({ status: 0 })
    expect(await world.cli(['get-token', '-p', 'app', '--force'], { env })).toMatchObject({ status: 0 })
    expect(await create('env:CERT', env, ['--certificate-path', 'both.pem'])).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('--certificate-path and --certificate-ref do not go together'),
    })
  })

  test('changes by flag alone', async () => {
    await create(`command:cat ${at('both.pem')}`)
    const edit = (args: readonly string[]) => world.cli(['edit-profile', 'app', ...args])
    expect(await edit(['--send-x5c'])).toMatchObject({ status: 0 })
    expect(await edit(['--certificate-path', 'both.pem'])).toMatchObject({ status: 0 })
    expect(await edit(['--certificate-ref', `file:${at('open.pfx')}`])).toMatchObject({ status: 0 })
    expect(await world.cli(['get-token', '-p', 'app', '--force'])).toMatchObject({ status: 0 })
  })
})
