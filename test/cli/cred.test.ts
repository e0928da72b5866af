/** The credentials of an application: how a new one takes the place of the one before. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startKeyring } from '../parts/keyring.ts'
import type { TestToken } from '../parts/pkcs11.ts'
import { describeWith } from '../parts/require-part.ts'
import { createSoftHsm } from '../parts/softhsm.ts'
import { closeTerminals, openTerminal } from '../parts/terminal.ts'
import { createWorld, type World } from '../parts/world.ts'

let world: World
const at = (name: string) => join(world.home.directory, name)
const ours = (name: string) => at(`.local/share/entra-auth-cli/${name}`)
const profiles = () => JSON.parse(readFileSync(at('.config/entra-auth-cli/profiles.json'), 'utf8')).profiles
const cert = (...args: string[]) =>
  world.cli(['cred', 'cert', '--key-size', '2048', '--cert-out', at('new.crt'), '--force', ...args])
const getToken = (...args: string[]) => world.cli(['get-token', '--force', ...args])
const upload = (file = 'new.crt') => world.app.addCertificate(readFileSync(at(file), 'utf8'))
const byPrevious = {
  status: 0,
  stdout: expect.stringMatching(/^eyJ/),
  stderr: expect.stringMatching(/AADSTS700027/),
}
const quietly = { status: 0, stdout: expect.stringMatching(/^eyJ/), stderr: '' }

beforeEach(async () => {
  world = await createWorld()
})
afterEach(async () => {
  closeTerminals()
  await world.close()
})

test('the former secret serves until the certificate is uploaded, twice made or not', async () => {
  await world.createProfile('ci')
  expect(await cert()).toMatchObject({ status: 0 })
  expect(await getToken()).toMatchObject(byPrevious)
  expect(await cert()).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('instead of the certificate that was never used; the previous one stays'),
  })
  expect(await getToken()).toMatchObject(byPrevious)
  upload()
  expect(await getToken()).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('works; the previous'),
  })
  expect(await getToken()).toMatchObject(quietly)
})

test('a token by the previous credential is cached for a minute, so that Entra is not asked at each call', async () => {
  await world.createProfile('ci')
  await cert()
  expect(await world.cli(['get-token'])).toMatchObject(byPrevious)
  world.entra.resetCounts()
  expect(await world.cli(['get-token'])).toMatchObject(quietly)
  expect(world.entra.requests).toEqual([])
})

test('a renewed certificate drops the one before, and its files', async () => {
  expect(await cert('--domain', 'contoso.onmicrosoft.com', '--client-id', world.app.clientId)).toMatchObject({
    status: 0,
  })
  upload()
  expect(await getToken()).toMatchObject({ status: 0 })
  await cert()
  expect(readdirSync(ours('keys'))).toHaveLength(2)
  expect(await getToken()).toMatchObject(byPrevious)
  upload()
  expect(await getToken()).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('the previous one is dropped'),
  })
  expect(readdirSync(ours('keys'))).toHaveLength(1)
  expect(profiles()['contoso.onmicrosoft.com']).not.toHaveProperty('previous')
})

test('what works for another application says nothing of this one', async () => {
  await world.createProfile('ci')
  await cert()
  const other = world.tenant.addApp({ name: 'other', roles: ['User.Read.All'] })
  other.addCertificate(readFileSync(at('new.crt'), 'utf8'))
  expect(await getToken('--client-id', other.clientId)).toMatchObject(quietly)
  expect(profiles().ci).toHaveProperty('previous')
  expect(profiles().ci).not.toHaveProperty('keepPrevious')
})

test('--keep-old keeps it until it is deleted', async () => {
  await cert('--domain', 'contoso.onmicrosoft.com', '--client-id', world.app.clientId)
  upload()
  await cert('--keep-old')
  upload()
  expect(await getToken()).toMatchObject({ status: 0 })
  expect(readdirSync(ours('keys'))).toHaveLength(2)
  const refused = await world.cli(['cred', 'cert', '--key-size', '2048'])
  expect(refused).toMatchObject({ status: 64, stderr: expect.stringContaining('there is room for one') })
  expect(await world.cli(['cred', 'delete', '--old', '--yes'])).toMatchObject({ status: 0 })
  expect(readdirSync(ours('keys'))).toHaveLength(1)
  expect(await getToken()).toMatchObject(quietly)
})

test('without a previous credential the refusal says what to do', async () => {
  await cert('--domain', 'contoso.onmicrosoft.com', '--client-id', world.app.clientId)
  expect(await getToken()).toMatchObject({
    status: 77,
    stdout: '',
    stderr: expect.stringMatching(/AADSTS700027.*\n.*hint: upload the certificate/),
  })
})

test('copies, renamed and imported profiles have both', async () => {
  await world.createProfile('ci')
  await cert('-p', 'ci')
  expect(await world.cli(['copy-profile', 'ci', 'copy'])).toMatchObject({ status: 0 })
  expect(await world.cli(['rename-profile', 'copy', 'other'])).toMatchObject({ status: 0 })
  writeFileSync(at('pass.txt'), 'correct horse battery\n', { mode: 0o600 })
  const sealed = ['--passphrase-file', at('pass.txt')]
  await world.cli(['export-profile', 'other', '--include-secrets', ...sealed, '--file', at('x')])
  expect(await world.cli(['import-profile', at('x'), '--name', 'third', ...sealed])).toMatchObject({
    status: 0,
  })
  for (const name of ['ci', 'other', 'third']) expect(await getToken('-p', name)).toMatchObject(byPrevious)
  upload()
  for (const name of ['ci', 'other', 'third'])
    expect(await getToken('-p', name)).toMatchObject({ status: 0, stderr: expect.stringContaining('works') })
  for (const name of ['ci', 'other', 'third'])
    expect(await world.cli(['cred', 'delete', '-p', name, '--yes'])).toMatchObject({ status: 0 })
  expect(profiles()).toEqual({})
  expect(readdirSync(ours('keys'))).toEqual([])
})

test('what goes back to the secret before has it under its own name', async () => {
  await world.createProfile('ci')
  await cert()
  expect(await world.cli(['cred', 'delete', '--cert', '--yes'])).toMatchObject({ status: 0 })
  expect(profiles().ci).not.toHaveProperty('previous')
  expect(profiles().ci.credential).toEqual({ type: 'client-secret', secret: 'file-store' })
  expect(await getToken()).toMatchObject(quietly)
  expect(readdirSync(ours('keys'))).toEqual([])
})

test('a wrong secret is told from the certificate that goes on serving', async () => {
  await cert('--domain', 'contoso.onmicrosoft.com', '--client-id', world.app.clientId)
  upload()
  await world.cli(['cred', 'secret', '--secret-stdin'], { input: 'wrong' })
  expect(await getToken()).toMatchObject({
    status: 0,
    stderr: expect.stringMatching(/new client secret .*\(AADSTS7000215\).*cred secret --profile/),
  })
})

test('flags that could mean several profiles, or another, are refused', async () => {
  await world.createProfile('a')
  await world.createProfile('b')
  const domain = ['--domain', world.tenant.id]
  expect(await world.cli(['cred', 'list', ...domain])).toMatchObject({
    status: 64,
    stderr: expect.stringContaining(': a, b\n'),
  })
  expect(await world.cli(['cred', 'list', '-p', 'a', '--domain', 'fabrikam.com'])).toMatchObject({
    status: 64,
  })
  expect(await world.cli(['cred', 'delete', '-p', 'a', '--old', '--secret', '--yes'])).toMatchObject({
    status: 64,
  })
  expect(await world.cli(['cred', 'secret', '-p', 'a'])).toMatchObject({
    status: 64,
    stderr: expect.stringContaining('no terminal'),
  })
  expect(await world.cli(['cred', 'delete', '-p', 'a', '--cert', '--yes'])).toMatchObject({
    status: 66,
    stderr: expect.stringContaining('profile a has no certificate'),
  })
})

test('doctor looks at both', async () => {
  await world.createProfile('ci')
  await cert()
  const { stdout } = await world.cli(['doctor', '--offline', '-o', 'json'])
  expect(stdout).toMatch(/profile ci: the certificate is good for 36\d days/)
  expect(stdout).toMatch(/profile ci: previous credential: the client secret is there/)
})

describeWith(['tmux'], 'on a terminal', () => {
  test('it is asked for what is missing, and before anything is deleted', async () => {
    const open = (command: string) =>
      openTerminal({ command, env: world.env, cwd: world.home.directory, columns: 160 })
    const asking = open(
      `entra-auth-cli cred secret --domain ${world.tenant.id} --client-id ${world.app.clientId}`,
    )
    await asking.waitFor(/Client secret/)
    asking.type(world.secret)
    asking.press('Enter')
    expect(await asking.status()).toBe(0)
    expect(asking.screen()).not.toContain(world.secret)
    await cert()
    const refusing = open('entra-auth-cli cred delete')
    await refusing.waitFor(
      /Delete the certificate and the previous client secret of .*and with it the profile\?/s,
    )
    refusing.press('Enter')
    expect(await refusing.status()).toBe(0)
    expect(refusing.screen()).toContain('nothing deleted')
    expect(Object.keys(profiles())).toHaveLength(1)
  })
})

describeWith(['gnome-keyring', 'dbus-daemon', 'libsecret-tools'], 'in a keychain', () => {
  test('both credentials have items of their own, and a locked one is not opened to list them', async () => {
    const keyring = await startKeyring({ home: world.home })
    try {
      Object.assign(world.env, keyring.env)
      await world.createProfile('ci')
      await cert()
      expect(await getToken()).toMatchObject(byPrevious)
      upload()
      await getToken()
      await world.cli(['cred', 'delete', '--old', '--yes'])
      await cert()
      for (const account of ['ci/private-key', 'ci/previous-private-key'])
        expect(await keyring.lookUp(account)).toBeDefined()
      expect(await getToken()).toMatchObject(byPrevious)
      upload()
      expect(await getToken()).toMatchObject({ status: 0, stderr: expect.stringContaining('is dropped') })
      expect(await keyring.lookUp('ci/previous-private-key')).toBeUndefined()
      await world.cli(['cred', 'secret', '--secret-stdin'], { input: world.secret })
      await keyring.lock()
      const { stdout } = await world.cli(['cred', 'list', '-o', 'json'])
      expect(JSON.parse(stdout).credentials).toMatchObject([
        { kind: 'client-secret', state: 'in_use', present: 'unknown' },
        { kind: 'certificate', state: 'previous', present: 'yes' },
      ])
    } finally {
      await keyring.stop()
    }
  }, 60_000)
})

describeWith(['softhsm2', 'opensc'], 'a key in a token', () => {
  let hsm: TestToken
  const labels = async () =>
    [...(await hsm.pkcs11Tool('--list-objects', '--type', 'privkey')).stdout.matchAll(/label: +(\S+)/g)].map(
      ([, label]) => label,
    )
  beforeEach(async () => {
    hsm = await createSoftHsm(at('hsm'))
    Object.assign(world.env, hsm.env)
    writeFileSync(at('pin.txt'), `${hsm.pin}\n`, { mode: 0o600 })
  }, 60_000)

  test('is made where the variable says, renewed beside the old one, and deleted with a question', async () => {
    Object.assign(world.env, { ENTRA_AUTH_CLI_PKCS11_TOKEN: hsm.label })
    const pin = ['--pin-source', 'file:pin.txt']
    const made = await cert(
      '-p',
      'ci',
      '--domain',
      world.tenant.id,
      '--client-id',
      world.app.clientId,
      ...pin,
    )
    expect(made).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('pkcs11:token=soft;object=ci;id='),
    })
    Object.assign(world.env, { ENTRA_AUTH_CLI_PKCS11_TOKEN: undefined })
    upload()
    expect(await getToken()).toMatchObject({ status: 0 })

    // Renewal needs no flags: the key is where the one before is.
    expect(await cert()).toMatchObject({ status: 0 })
    expect((await labels()).sort()).toEqual(['ci', 'ci-2'])
    expect(await getToken()).toMatchObject(byPrevious)
    upload()
    expect(await getToken()).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('the previous key stays in its token until'),
    })
    expect(await getToken()).toMatchObject(quietly)
    const listed = JSON.parse((await world.cli(['cred', 'list', '-o', 'json'])).stdout).credentials
    expect(listed.map((one: { subject: string }) => one.subject)).toEqual(['CN=ci', 'CN=ci'])

    expect(await world.cli(['cred', 'delete', '--old'])).toMatchObject({ status: 64 })
    expect(await world.cli(['cred', 'delete', '--old', '--yes'])).toMatchObject({ status: 0 })
    expect(await labels()).toEqual(['ci-2'])
    expect(await getToken()).toMatchObject(quietly)
    expect(await world.cli(['cred', 'delete', '--yes'])).toMatchObject({ status: 0 })
    expect(await labels()).toEqual([])
    expect(profiles()).toEqual({})
  }, 60_000)

  test('is renewed with the PIN that is kept, which the old key needs as well', async () => {
    const target = ['-p', 'ci', '--domain', world.tenant.id, '--client-id', world.app.clientId]
    const place = [
      '--token-label',
      hsm.label,
      '--pin-stdin',
      '--key-size',
      '2048',
      '--cert-out',
      at('new.crt'),
    ]
    const made = await world.cli(['cred', 'cert', ...target, ...place], { input: hsm.pin })
    expect(made).toMatchObject({ status: 0 })
    upload()
    expect(await cert()).toMatchObject({ status: 0 })
    expect(await getToken()).toMatchObject(byPrevious)
    expect(await world.cli(['cred', 'delete', '--old', '--yes'])).toMatchObject({ status: 0 })
    upload()
    expect(await getToken()).toMatchObject(quietly)
    expect(await labels()).toEqual(['ci-2'])
  })

  test('that cannot be opened is not deleted, and neither is what refers to it', async () => {
    const token = ['--token-label', hsm.label, '--pin-source', 'env:PIN']
    Object.assign(world.env, { PIN: hsm.pin })
    await cert('-p', 'ci', '--domain', world.tenant.id, '--client-id', world.app.clientId, ...token)
    const wrong = await world.cli(['cred', 'delete', '--yes'], { env: { PIN: '000000' } })
    expect(wrong).toMatchObject({
      status: 77,
      stderr: expect.stringContaining('PIN of token "soft" is wrong'),
    })
    expect(await labels()).toEqual(['ci'])
    expect(Object.keys(profiles())).toEqual(['ci'])
  })
})
