/** Profiles: made, listed, shown, chosen, replaced and deleted. */
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../parts/cli.ts'
import { addCertificate, createWorld, type World } from '../parts/world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const configDirectory = () => join(world.home.directory, '.config/entra-auth-cli')
const path = () => join(configDirectory(), 'profiles.json')
const document = () => JSON.parse(readFileSync(path(), 'utf8'))
const secretFiles = () => {
  const directory = join(world.home.directory, '.local/share/entra-auth-cli/secrets')
  return existsSync(directory) ? readdirSync(directory).filter((file) => file.endsWith('.sealed')) : []
}
const create = (name: string, ...extra: string[]) =>
  world.cli(['create-profile', '--name', name, ...world.identity, ...extra])
const ok = { status: 0 }

describe('profiles', () => {
  test('are listed by name, the default marked', async () => {
    await world.createProfile('prod')
    await create('dev', '--client-secret-ref', 'env:SECRET')
    const { certificatePath, privateKeyPath } = await addCertificate(world)
    await create('app', '--certificate-path', certificatePath, '--private-key-path', privateKeyPath)
    expect(
      (await world.cli(['list-profiles'])).stdout.split('\n').map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ['NAME', 'TENANT', 'CREDENTIAL'],
      ['app', world.tenant.id, 'certificate'],
      ['dev', world.tenant.id, 'client secret'],
      ['prod *', world.tenant.id, 'client secret'],
      [''],
    ])
    const { default: chosen, profiles } = JSON.parse((await world.cli(['list-profiles', '--json'])).stdout)
    expect(chosen).toBe('prod')
    expect(
      profiles.map((profile: { name: string; default: boolean }) => [profile.name, profile.default]),
    ).toEqual([
      ['app', false],
      ['dev', false],
      ['prod', true],
    ])
  })

  test('are none at first, which is no error and says what to do', async () => {
    expect(await world.cli(['list-profiles'])).toEqual({
      ...ok,
      signal: null,
      stdout: '',
      stderr: 'entra-auth-cli: no profiles yet; create one: entra-auth-cli create-profile\n',
    })
    expect(await world.cli(['show-profile'])).toMatchObject({ status: 66, stdout: '' })
    expect(await world.cli(['get-token'])).toMatchObject({ status: 66, stdout: '' })
    expect(existsSync(configDirectory())).toBe(false)
  })

  test('are shown with what they refer to, and no secret', async () => {
    await world.createProfile('ci', ['--scope', 'https://vault.azure.net/.default', '--cloud', 'public'])
    const shown = await world.cli(['show-profile', 'CI'])
    expect(
      shown.stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ['name', 'ci (default)'],
      ['cloud', 'public'],
      ['tenant', world.tenant.id],
      ['client ID', world.app.clientId],
      ['scopes', 'https://vault.azure.net/.default'],
      ['credential', 'client secret'],
      ['secret', 'file-store'],
    ])
    const { stdout } = await world.cli(['show-profile', '--output', 'json'])
    expect(JSON.parse(stdout)).toEqual({ name: 'ci', default: true, ...document().profiles.ci })
  })

  test('answer to the names of other tools too', async () => {
    const made = await world.cli([
      'config',
      'create',
      '-n',
      'a',
      ...world.identity,
      '--client-secret-ref',
      'env:S',
    ])
    expect(made).toMatchObject(ok)
    for (const [alias, command] of [
      [['config', 'list'], ['list-profiles']],
      [
        ['config', 'list', '--json'],
        ['list-profiles', '--json'],
      ],
      [
        ['config', 'show', 'a'],
        ['show-profile', 'a'],
      ],
    ] as const)
      expect(await world.cli(alias)).toEqual(await world.cli(command))
    expect(await world.cli(['config', 'delete', 'a', '--yes'])).toMatchObject(ok)
    expect(document().profiles).toEqual({})
  })

  test('match whatever the case, and keep the one they were made with', async () => {
    await world.createProfile('MyApp')
    expect(await create('myapp', '--client-secret-ref', 'env:SECRET')).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('there is a profile MyApp already'),
    })
    expect(await world.cli(['get-token', '-p', 'MYAPP'])).toMatchObject(ok)
    expect(await world.cli(['use-profile', 'myapp'])).toMatchObject({
      ...ok,
      stderr: 'entra-auth-cli: the default profile is MyApp\n',
    })
    expect(Object.keys(document().profiles)).toEqual(['MyApp'])
    expect(await world.cli(['delete-profile', 'MYapp', '--yes'])).toMatchObject(ok)
    expect(document()).toMatchObject({ profiles: {} })
  })

  test.each([
    ['show-profile', 'nobody'],
    ['use-profile', 'nobody'],
    ['delete-profile', 'nobody', '--yes'],
    ['get-token', '-p', 'nobody'],
    ['refresh', '-p', 'nobody'],
    ['inspect', '-p', 'nobody'],
    ['cache', 'clear', '-p', 'nobody'],
  ])('that are not there are an error of %s', async (...args) => {
    await world.createProfile('ci')
    const before = readFileSync(path(), 'utf8')
    expect(await world.cli(args)).toMatchObject({
      status: 66,
      stdout: '',
      stderr: expect.stringContaining('there is no profile "nobody"'),
    })
    expect(readFileSync(path(), 'utf8')).toBe(before)
  })

  test.each([
    ['show-profile', 'C1'],
    ['use-profile', 'c1'],
    ['delete-profile', 'c1', '--yes'],
    ['copy-profile', 'c1', 'other'],
    ['rename-profile', 'c1', 'other'],
    ['edit-profile', 'c1', '--cloud', 'china'],
    ['get-token', '-p', 'c1'],
    ['cache', 'clear', '-p', 'c1'],
  ])('that are nearly there are guessed by %s', async (...args) => {
    await world.createProfile('ci')
    const { status, stderr } = await world.cli(args)
    expect(status).toBe(66)
    expect(stderr).toMatch(/error: there is no profile "c1"\n.*hint: did you mean ci\?\n$/i)
  })

  test('are not deleted without a terminal or --yes', async () => {
    await world.createProfile('ci')
    expect(await world.cli(['delete-profile', 'ci'])).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('hint: add --yes'),
    })
    expect(await world.cli(['delete-profile', '--yes'])).toMatchObject({ status: 64 })
    expect(Object.keys(document().profiles)).toEqual(['ci'])
  })
})

describe('the default profile', () => {
  test('is the first, then the one that is made or chosen so', async () => {
    await world.createProfile('first')
    await world.createProfile('second')
    expect(document().default).toBe('first')
    await world.createProfile('third', ['--default'])
    expect(document().default).toBe('third')
    await world.cli(['use-profile', 'second'])
    expect(document().default).toBe('second')
  })

  test('that is deleted leaves no default; the only one left is meant then', async () => {
    await world.createProfile('first')
    await world.createProfile('second', ['--scope', 'https://vault.azure.net/.default'])
    await world.createProfile('third')
    await world.cli(['delete-profile', 'first', '--yes'])
    expect(document()).not.toHaveProperty('default')
    expect(await world.cli(['get-token'])).toMatchObject({
      status: 64,
      stdout: '',
      stderr: expect.stringMatching(
        /there are several profiles, and none is the default\n.*use-profile NAME/,
      ),
    })
    await world.cli(['delete-profile', 'third', '--yes'])
    expect(await world.cli(['get-token'])).toMatchObject(ok)
  })

  test('stays the default when it is replaced, under another case too', async () => {
    await world.createProfile('ci')
    await world.createProfile('other')
    await world.createProfile('CI', ['--force'])
    expect(document().default).toBe('CI')
    expect(Object.keys(document().profiles).sort()).toEqual(['CI', 'other'])
  })

  test('may be written by a person in another case', async () => {
    await world.createProfile('ci')
    await world.createProfile('other')
    writeFileSync(path(), readFileSync(path(), 'utf8').replace('"default": "ci"', '"default": "CI"'))
    expect((await world.cli(['list-profiles'])).stdout).toContain('ci *')
    expect(await world.cli(['show-profile'])).toMatchObject({
      stdout: expect.stringContaining('ci (default)'),
    })
    await world.cli(['delete-profile', 'ci', '--yes'])
    expect(document()).not.toHaveProperty('default')
    expect(await world.cli(['get-token'])).toMatchObject(ok)
  })

  test('gives way to the variable, and that to the flag', async () => {
    for (const name of ['a', 'b', 'c']) await world.createProfile(name)
    const env = { ENTRA_AUTH_CLI_PROFILE: 'B' }
    const profileOf = async (...args: string[]) =>
      JSON.parse((await world.cli(['get-token', '--json', ...args], { env })).stdout).profile
    expect(await profileOf()).toBe('b')
    expect(await profileOf('-p', 'c')).toBe('c')
  })
})

describe('a profile that is replaced', () => {
  test('loses the secret of its old kind', async () => {
    await world.createProfile('ci')
    expect(secretFiles()).toHaveLength(1)
    const { certificatePath, privateKeyPath } = await addCertificate(world)
    const certificate = ['--certificate-path', certificatePath, '--private-key-path', privateKeyPath]
    expect(await create('ci', '--force', ...certificate)).toMatchObject({
      ...ok,
      stderr: 'entra-auth-cli: profile ci replaced; it is the default\n',
    })
    expect(secretFiles()).toEqual([])
    expect(await world.cli(['get-token'])).toMatchObject(ok)
  })

  test('loses the secret that it now refers to elsewhere', async () => {
    await world.createProfile('ci')
    expect(await create('ci', '--force', '--client-secret-ref', 'env:SECRET')).toMatchObject(ok)
    expect(secretFiles()).toEqual([])
    expect(await world.cli(['get-token'], { env: { SECRET: world.secret } })).toMatchObject(ok)
  })

  test('uses its new secret at the next request', async () => {
    await world.createProfile('ci')
    await world.cli([
      ...['create-profile', '--force', '-n', 'ci', ...world.identity, '--client-secret', 'wrong', '-q'],
    ])
    expect(await world.cli(['refresh'])).toMatchObject({ status: 77, stdout: '' })
    expect(secretFiles()).toHaveLength(2) // and the key of the cache
  })

  test('keeps everything when the new one cannot be written', async () => {
    await world.createProfile('ci')
    const before = readFileSync(path(), 'utf8')
    writeFileSync(path(), `${before.slice(0, -2)}, "version": 1}\n`)
    const spoilt = readFileSync(path(), 'utf8')
    const result = await world.cli(
      ['create-profile', '--force', '-n', 'ci', ...world.identity, '--client-secret-stdin'],
      { input: 'another' },
    )
    expect(result).toMatchObject({ status: 78, stderr: expect.stringContaining('is there twice') })
    expect(readFileSync(path(), 'utf8')).toBe(spoilt)
    writeFileSync(path(), before)
    expect(await world.cli(['get-token'])).toMatchObject(ok)
  })
})

describe('what a profile stores', () => {
  test.each(['usgov', 'china', 'bleu', 'USGov-DoD'])('the cloud %s', async (cloud) => {
    await create('ci', '--cloud', cloud, '--client-secret-ref', 'env:SECRET')
    expect(document().profiles.ci.cloud).toBe(cloud.toLowerCase())
  })

  test('an authority host, which is then asked', async () => {
    const host = world.entra.authorityHost
    await create('ci', '--authority-host', `${host}/`, '--client-secret-ref', 'env:SECRET')
    expect(document().profiles.ci.authorityHost).toBe(host)
    const env = { AZURE_AUTHORITY_HOST: undefined, SECRET: world.secret }
    expect(await world.cli(['get-token'], { env })).toMatchObject(ok)
  })

  test.each([
    ['--cloud', 'mars'],
    ['--authority-host', 'http://localhost'],
    ['--authority-host', 'login.microsoftonline.com'],
    ['--authority-host', 'https://localhost/tenant'],
    ['--authority-host', 'https://user:hunter2@localhost'],
    ['--tenant-id', 'contoso'],
    ['--client-id', 'app'],
    ['--name', '-'],
    ['--name', 'a/b'],
    ['--name', '__proto__'],
    ['--flow', 'password'],
    ['--client-secret-ref', 'hunter2'],
    ['--secret-store', 'nowhere'],
  ])('%s %s is refused, and nothing is written', async (flag, value) => {
    const args = ['create-profile', '--name', 'ci', ...world.identity, '--client-secret-ref', 'env:SECRET']
    const at = args.indexOf(flag)
    const changed = at < 0 ? [...args, flag, value] : args.with(at + 1, value)
    const { status, stdout, stderr } = await world.cli(changed)
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' })
    expect(stderr).not.toContain('hunter2')
    expect(existsSync(configDirectory())).toBe(false)
  })

  test('names that JavaScript knows are names like any other', async () => {
    for (const name of ['constructor', 'toString', 'hasOwnProperty'])
      expect(await create(name, '--client-secret-ref', 'env:SECRET')).toMatchObject(ok)
    expect(Object.keys(document().profiles)).toEqual(['constructor', 'toString', 'hasOwnProperty'])
    expect(await world.cli(['get-token', '-p', 'valueOf'])).toMatchObject({ status: 66 })
    expect(await world.cli(['get-token', '-p', '__proto__'])).toMatchObject({ status: 66 })
  })
})

describe('the file of profiles', () => {
  /** As much of JSON Schema (2020-12) as profiles.schema.json uses. */
  type Schema = {
    $ref?: string
    type?: string
    const?: unknown
    enum?: unknown[]
    pattern?: string
    minLength?: number
    required?: string[]
    properties?: Record<string, Schema>
    additionalProperties?: boolean | Schema
    propertyNames?: Schema
    items?: Schema
    oneOf?: Schema[]
    $defs?: Record<string, Schema>
  }
  const root: Schema = JSON.parse(readFileSync(join(projectRoot, 'profiles.schema.json'), 'utf8'))

  function isValid(value: unknown, schema: Schema): boolean {
    if (schema.$ref) return isValid(value, root.$defs?.[schema.$ref.replace('#/$defs/', '')] as Schema)
    const kind = Array.isArray(value) ? 'array' : typeof value
    if (schema.type && kind !== schema.type) return false
    if (schema.const !== undefined && value !== schema.const) return false
    if (schema.enum && !schema.enum.includes(value)) return false
    if (schema.pattern && !new RegExp(schema.pattern, 'u').test(String(value))) return false
    if (schema.minLength && String(value).length < schema.minLength) return false
    if (schema.oneOf && schema.oneOf.filter((option) => isValid(value, option)).length !== 1) return false
    if (Array.isArray(value)) return value.every((item) => !schema.items || isValid(item, schema.items))
    if (kind !== 'object') return true
    const entries = Object.entries(value as object)
    return (
      (schema.required ?? []).every((name) => entries.some(([given]) => given === name)) &&
      entries.every(([name, content]) => {
        if (schema.propertyNames && !isValid(name, schema.propertyNames)) return false
        const property = schema.properties?.[name]
        if (property) return isValid(content, property)
        const { additionalProperties } = schema
        return typeof additionalProperties === 'object'
          ? isValid(content, additionalProperties)
          : additionalProperties !== false
      })
    )
  }

  test('is as the schema says, whatever the profiles are', async () => {
    await world.createProfile('secret', ['--cloud', 'usgov', '--scope', 'User.Read'])
    await create('file', '--client-secret-ref', `file:${path()}`, '--flow', 'ClientCredentials')
    await create(
      'command',
      '--client-secret-ref',
      'command:pass show x',
      '--authority-host',
      world.entra.authorityHost,
    )
    const { certificatePath, privateKeyPath } = await addCertificate(world)
    await create(
      ...(['app', '--certificate-path', certificatePath, '--private-key-path', privateKeyPath] as const),
      '--send-x5c',
    )
    const written = document()
    expect(Object.keys(written.profiles)).toEqual(['secret', 'file', 'command', 'app'])
    expect(isValid(written, root)).toBe(true)
  })

  const profile = {
    tenant: 'contoso.onmicrosoft.com',
    clientId: '11111111-2222-3333-4444-555555555555',
    credential: { type: 'client-secret', secret: 'env:SECRET' },
  }
  test.each<[string, unknown]>([
    ['an unknown field', { version: 1, profiles: {}, other: 1 }],
    ['another version', { version: 2, profiles: {} }],
    ['no version', { profiles: {} }],
    ['profiles as a list', { version: 1, profiles: [] }],
    ['a bad name', { version: 1, profiles: { 'a/b': profile } }],
    ['an unknown field of a profile', { version: 1, profiles: { a: { ...profile, secret: 'x' } } }],
    [
      'a profile without a credential',
      { version: 1, profiles: { a: { ...profile, credential: undefined } } },
    ],
    ['an unknown cloud', { version: 1, profiles: { a: { ...profile, cloud: 'mars' } } }],
    ['an unknown flow', { version: 1, profiles: { a: { ...profile, flow: 'implicit' } } }],
    ['scopes as a text', { version: 1, profiles: { a: { ...profile, scopes: 'a' } } }],
    ['an empty scope', { version: 1, profiles: { a: { ...profile, scopes: [''] } } }],
    [
      'a secret in the place of its reference',
      {
        version: 1,
        profiles: { a: { ...profile, credential: { type: 'client-secret', secret: 'hunter2' } } },
      },
    ],
    [
      'fields of two credentials',
      {
        version: 1,
        profiles: { a: { ...profile, credential: { ...profile.credential, certificatePath: '/x' } } },
      },
    ],
  ])('with %s is refused, by the schema and by the program', async (_, content) => {
    const text = JSON.stringify(content)
    expect(isValid(JSON.parse(text), root)).toBe(false)
    await world.createProfile('ci')
    writeFileSync(path(), text)
    const { status, stdout, stderr } = await world.cli(['list-profiles'])
    expect({ status, stdout }).toEqual({ status: 78, stdout: '' })
    expect(stderr).toMatch(/profiles\.json:1:\d+: /)
    expect(stderr).not.toContain('hunter2')
    expect(readFileSync(path(), 'utf8')).toBe(text)
  })

  test('that others may write is not believed', async () => {
    await world.createProfile('ci')
    chmodSync(path(), 0o666)
    expect(await world.cli(['get-token'])).toMatchObject({
      status: 78,
      stdout: '',
      stderr: expect.stringContaining(`hint: run: chmod 600 ${path()}`),
    })
  })
})
