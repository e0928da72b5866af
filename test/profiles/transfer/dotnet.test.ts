/** Profiles of the .NET tool, made into ours. */
import { DocumentFault, parseProfiles } from '../../../src/profiles/parse.ts'
import { formatProfiles } from '../../../src/profiles/store.ts'
import { readDotnetProfile, readDotnetProfiles } from '../../../src/profiles/transfer/dotnet.ts'
import { Secret } from '../../../src/secret.ts'

const clientId = '11111111-2222-3333-4444-555555555555'
const tenantId = 'contoso.onmicrosoft.com'
const minimal = { name: 'ci', tenantId, clientId, scopes: [], authMethod: 'ClientSecret' }

const read = (more: object, secrets = new Map()) => readDotnetProfile({ ...minimal, ...more }, [], secrets)

test('its own file, as it writes it', () => {
  const [ci, ...others] = readDotnetProfiles(
    [
      {
        ...minimal,
        scopes: ['https://graph.microsoft.com/.default'],
        cacheCertificatePassword: false,
        defaultFlow: 'ClientCredentials',
        createdAt: '2025-12-17T10:00:00.1234567+00:00',
        updatedAt: '2026-01-09T10:00:00+01:00',
      },
    ],
    [],
  )
  expect(others).toEqual([])
  expect(ci).toEqual({
    name: 'ci',
    profile: {
      tenant: tenantId,
      clientId,
      scopes: ['https://graph.microsoft.com/.default'],
      flow: 'client-credentials',
      credential: { type: 'client-secret', secret: 'keychain' },
    },
    secrets: new Map(),
    lost: [],
    wanting: [],
  })
})

test('whatever is made of one is a profile of ours', () => {
  for (const more of [
    {},
    { authMethod: 'Certificate', certificatePath: '/x/a.pfx' },
    { resource: 'api://x' },
  ]) {
    const { name, profile } = read(more)
    expect(
      parseProfiles(formatProfiles({ profiles: new Map([[name, profile]]) })).profiles.get(name),
    ).toEqual(profile)
  }
})

test.each([
  ['certificate', { authMethod: 'Certificate' }, ['certificate-password']],
  ['certificate without password', { authMethod: 'PasswordlessCertificate' }, []],
])('a %s', (_, more, wanting) => {
  const one = read({ ...more, certificatePath: '/home/me/app.pfx' })
  expect(one.profile.credential).toEqual({ type: 'certificate', certificatePath: '/home/me/app.pfx' })
  expect(one.wanting).toEqual(wanting)
})

test('a path from Windows stays as it is, and a relative one becomes absolute', () => {
  const pathOf = (certificatePath: string) =>
    read({ authMethod: 'PasswordlessCertificate', certificatePath }).profile.credential
  expect(pathOf('C:\\certs\\app.pfx')).toMatchObject({ certificatePath: 'C:\\certs\\app.pfx' })
  expect(pathOf('app.pfx')).toMatchObject({ certificatePath: `${process.cwd()}/app.pfx` })
})

test.each([
  [{ scopes: ['User.Read Mail.Read', 'api://x/.default'] }, ['User.Read', 'Mail.Read', 'api://x/.default']],
  [{ scopes: [], resource: 'https://vault.azure.net' }, ['https://vault.azure.net/.default']],
  [{ scopes: ['a'], resource: 'https://vault.azure.net' }, ['a']],
  [{ scopes: null, scope: 'User.Read,Mail.Read' }, ['User.Read', 'Mail.Read']],
  [{}, undefined],
])('scopes of %j', (more, scopes) => {
  expect(read(JSON.parse(JSON.stringify(more))).profile.scopes).toEqual(scopes)
})

test.each([
  ['InteractiveBrowser', 'interactive-browser'],
  ['AuthorizationCode', 'authorization-code'],
  ['DeviceCode', 'device-code'],
])('where people sign in by %s it is a public client, and needs no dummy secret', (defaultFlow, flow) => {
  const one = read({ defaultFlow, redirectUri: 'http://localhost:8080' })
  expect(one).toMatchObject({
    profile: { flow, redirectUri: 'http://localhost:8080', credential: { type: 'none' } },
    lost: [],
    wanting: [],
  })
  expect(read({ defaultFlow, redirectUri: 'https://example.com/back' }).lost).toEqual(['redirectUri'])
})

test('what has no place here is named', () => {
  const { lost } = read({
    redirectUri: 'http://localhost:8080',
    cacheCertificatePassword: true,
    colour: 'blue',
  })
  expect(lost).toEqual(expect.arrayContaining(['cacheCertificatePassword', 'colour']))
  expect(read({ defaultFlow: 'Telepathy' }).lost).toEqual(['defaultFlow Telepathy'])
  expect(read({ 'e\u001b[2J': 1 }).lost).toEqual(['e\\u{1b}[2J'])
})

test('case and underscores of its keys and values do not count', () => {
  expect(
    readDotnetProfile(
      { Name: 'ci', tenant_id: tenantId, ClientId: clientId, auth_method: 'client_secret' },
      [],
      new Map([['client-secret', new Secret('x')]]),
    ),
  ).toMatchObject({
    name: 'ci',
    profile: { tenant: tenantId, clientId },
    secrets: new Map([['client-secret', {}]]),
  })
})

test('names become names of ours, each another one', () => {
  const names = readDotnetProfiles(
    ['My App', 'My/App', 'Größe', '…', '../../etc/passwd', 'x'.repeat(100), 'my-app-2'].map((name) => ({
      ...minimal,
      name,
    })),
    [],
  )
  expect(names.map(({ name }) => name)).toEqual([
    'My-App',
    'My-App-2',
    'Gro-e',
    'profile',
    'etc-passwd',
    'x'.repeat(64),
    'my-app-2-2',
  ])
  expect(names[0]?.foreignName).toBe('My App')
})

test.each([
  ['no list', { name: 'x' }, [], 'must be a list of profiles'],
  ['no object', [1], [0], 'must be an object'],
  ['no name', [{ ...minimal, name: undefined }], [0], 'lacks the field "name"'],
  ['an empty name', [{ ...minimal, name: '' }], [0, 'name'], 'is empty'],
  ['a tenant that is none', [{ ...minimal, tenantId: 'x y' }], [0, 'tenantId'], 'must be a tenant ID'],
  ['a number for a text', [{ ...minimal, clientId: 5 }], [0, 'clientId'], 'must be a text'],
  ['scopes that are none', [{ ...minimal, scopes: [1] }], [0, 'scopes'], 'must be a list of texts'],
  ['another method', [{ ...minimal, authMethod: '__proto__' }], [0, 'authMethod'], 'must be ClientSecret'],
  ['a certificate without its file', [{ ...minimal, authMethod: 'Certificate' }], [0], 'lacks the field'],
  ['a field in two spellings', [{ ...minimal, TenantId: 'x' }], [0, 'TenantId'], 'in two spellings'],
  ['a name twice', [minimal, { ...minimal, name: 'CI' }], [1], 'has the name of another one'],
])('%s is a fault, with its place', (_, value, path, reason) => {
  const fault = (() => {
    try {
      readDotnetProfiles(JSON.parse(JSON.stringify(value)), [])
    } catch (error) {
      return error
    }
  })()
  expect(fault).toBeInstanceOf(DocumentFault)
  expect(fault).toMatchObject({ path, message: expect.stringContaining(reason) })
})
