import { AppError } from '../../src/errors.ts'
import type { Profile, ProfilesDocument } from '../../src/profiles/profile.ts'
import {
  checked,
  parseCloud,
  parseFlow,
  type RequestFlags,
  resolveRequest,
} from '../../src/profiles/resolve.ts'
import { nameRule } from '../../src/profiles/rules.ts'
import { findChosenProfile, getProfileName } from '../../src/profiles/subject.ts'

const ids = { profile: '11111111-1111-1111-1111-111111111111', flag: '22222222-2222-2222-2222-222222222222' }

const base: Profile = {
  tenant: 'profile.example',
  clientId: ids.profile,
  credential: { type: 'client-secret', secret: 'keychain' },
}

const documentOf = (...names: string[]): ProfilesDocument => ({
  profiles: new Map(names.map((name) => [name, base])),
})

const resolve = (flags: RequestFlags, env: Record<string, string>, profile: Partial<Profile> = {}) =>
  resolveRequest(
    flags,
    env,
    { profiles: new Map([['ci', { ...base, ...profile }]]) },
    { name: 'ci', origin: '-p' },
  )

const thrownBy = (work: () => unknown): AppError => {
  try {
    work()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

test('a profile with the least it needs gets defaults for the rest, and says so', () => {
  expect(resolve({}, {})).toEqual({
    request: {
      profile: 'ci',
      authorityHost: 'https://login.microsoftonline.com',
      tenant: 'profile.example',
      clientId: ids.profile,
      flow: 'client-credentials',
      scopes: ['https://graph.microsoft.com/.default'],
      credential: { type: 'client-secret', secret: 'keychain' },
    },
    origins: {
      profile: '-p',
      authorityHost: 'the public cloud',
      tenant: 'profile ci',
      clientId: 'profile ci',
      credential: 'profile ci',
      flow: 'the credential of profile ci',
      scopes: "Microsoft Graph's .default",
    },
    warnings: [],
  })
})

describe('each value is the flag’s, else the environment’s, else the profile’s, else the default', () => {
  const host = 'AZURE_AUTHORITY_HOST'
  const all: Partial<Profile> = {
    authorityHost: 'https://profile.example',
    scopes: ['api://profile/.default'],
    flow: 'client-credentials',
  }
  test.each<[string, RequestFlags, Record<string, string>, string, string]>([
    [
      'authorityHost',
      { 'authority-host': 'https://flag.example' },
      { [host]: 'https://env.example' },
      'https://flag.example',
      '--authority-host',
    ],
    [
      'authorityHost',
      { 'authority-host': 'https://flag.example', cloud: 'china' },
      {},
      'https://flag.example',
      '--authority-host',
    ],
    [
      'authorityHost',
      { cloud: 'china' },
      { [host]: 'https://env.example' },
      'https://login.partner.microsoftonline.cn',
      '--cloud',
    ],
    ['authorityHost', {}, { [host]: 'https://env.example' }, 'https://env.example', host],
    ['authorityHost', {}, { [host]: '' }, 'https://profile.example', 'profile ci'],
    ['tenant', { 'tenant-id': 'flag.example' }, {}, 'flag.example', '--tenant-id'],
    ['tenant', {}, { AZURE_TENANT_ID: 'env.example' }, 'profile.example', 'profile ci'],
    ['clientId', { 'client-id': ids.flag }, {}, ids.flag, '--client-id'],
    ['clientId', {}, { AZURE_CLIENT_ID: ids.flag }, ids.profile, 'profile ci'],
    ['flow', { flow: 'ClientCredentials' }, {}, 'client-credentials', '--flow'],
    ['flow', {}, {}, 'client-credentials', 'profile ci'],
  ])('%s with %j and %j', (field, flags, env, value, origin) => {
    const { request, origins } = resolve(flags, env, all)
    expect([request[field as 'tenant'], origins[field]]).toEqual([value, origin])
  })

  test.each<[RequestFlags, readonly string[], readonly string[], string]>([
    [{ scope: ['api://flag/.default'] }, ['api://profile/.default'], ['api://flag/.default'], '--scope'],
    [{}, ['api://profile/.default'], ['api://profile/.default'], 'profile ci'],
    [{ scope: [] }, ['api://profile/.default'], ['api://profile/.default'], 'profile ci'],
    [{}, [], ['https://graph.microsoft.com/.default'], "Microsoft Graph's .default"],
  ])('scopes with %j and %j', (flags, scopes, wanted, origin) => {
    const { request, origins } = resolve(flags, {}, { scopes })
    expect([request.scopes, origins.scopes]).toEqual([wanted, origin])
  })

  test('the profile’s cloud names the host where nothing else does', () => {
    const { request, origins } = resolve({}, {}, { cloud: 'delos' })
    expect([request.authorityHost, origins.authorityHost]).toEqual([
      'https://login.sovcloud-identity.de',
      'profile ci',
    ])
  })
})

describe('the cloud, and with it Microsoft Graph, follows from what is known', () => {
  const host = (text: string) => ({ AZURE_AUTHORITY_HOST: text })
  test.each<[string, RequestFlags, Record<string, string>, Partial<Profile>, string, string]>([
    ['nothing said', {}, {}, {}, 'https://login.microsoftonline.com', 'https://graph.microsoft.com'],
    [
      'a cloud by flag',
      { cloud: 'usgov' },
      {},
      {},
      'https://login.microsoftonline.us',
      'https://graph.microsoft.us',
    ],
    [
      'a cloud in any case',
      { cloud: 'UsGov-DoD' },
      {},
      {},
      'https://login.microsoftonline.us',
      'https://dod-graph.microsoft.us',
    ],
    [
      'a cloud in the profile',
      {},
      {},
      { cloud: 'usgov-dod' },
      'https://login.microsoftonline.us',
      'https://dod-graph.microsoft.us',
    ],
    [
      'a host that two clouds share',
      {},
      host('https://login.microsoftonline.us/'),
      {},
      'https://login.microsoftonline.us',
      'https://graph.microsoft.us',
    ],
    [
      'a shared host and the profile’s word which',
      {},
      host('https://login.microsoftonline.us/'),
      { cloud: 'usgov-dod' },
      'https://login.microsoftonline.us',
      'https://dod-graph.microsoft.us',
    ],
    [
      'a flag against the profile on a shared host',
      { cloud: 'usgov' },
      {},
      { cloud: 'usgov-dod' },
      'https://login.microsoftonline.us',
      'https://graph.microsoft.us',
    ],
    [
      'a host of another cloud than the profile’s',
      {},
      host('https://login.microsoftonline.us'),
      { cloud: 'china' },
      'https://login.microsoftonline.us',
      'https://graph.microsoft.us',
    ],
    [
      'an older name of a host',
      {},
      host('https://login.chinacloudapi.cn/'),
      {},
      'https://login.chinacloudapi.cn',
      'https://microsoftgraph.chinacloudapi.cn',
    ],
    [
      'a host by flag',
      { 'authority-host': 'https://login.sovcloud-identity.sg' },
      {},
      {},
      'https://login.sovcloud-identity.sg',
      'https://graph.svc.sovcloud.sg',
    ],
    [
      'an unknown host',
      {},
      host('https://127.0.0.1:8443/'),
      {},
      'https://127.0.0.1:8443',
      'https://graph.microsoft.com',
    ],
    [
      'an unknown host and a cloud',
      { cloud: 'bleu', 'authority-host': 'https://127.0.0.1' },
      {},
      {},
      'https://127.0.0.1',
      'https://graph.svc.sovcloud.fr',
    ],
    [
      'a cloud by flag, and a host that is known as that of another',
      { cloud: 'usgov-dod', 'authority-host': 'https://login.usgovcloudapi.net' },
      {},
      {},
      'https://login.usgovcloudapi.net',
      'https://dod-graph.microsoft.us',
    ],
    [
      'an unknown host in a profile with a cloud',
      {},
      {},
      { cloud: 'bleu', authorityHost: 'https://127.0.0.1/' },
      'https://127.0.0.1',
      'https://graph.svc.sovcloud.fr',
    ],
  ])('%s', (_, flags, env, profile, authorityHost, graph) => {
    const { request } = resolve({ ...flags, scope: ['.default'] }, env, profile)
    expect([request.authorityHost, request.scopes]).toEqual([authorityHost, [`${graph}/.default`]])
  })
})

test('a corrected scope is warned of, once', () => {
  const { request, warnings } = resolve({ scope: ['User.Read Mail.Read'] }, {})
  expect(request.scopes).toEqual(['https://graph.microsoft.com/.default'])
  expect(warnings).toEqual([
    'client credentials get the permissions granted to the application: asking for https://graph.microsoft.com/.default',
  ])
})

const canary = 'Canary8Q~hunter2'

test.each<[RequestFlags, AppError['code'], string]>([
  [{ cloud: canary }, 'usage', '--cloud'],
  [{ 'tenant-id': canary }, 'usage', '--tenant-id'],
  [{ 'client-id': canary }, 'usage', '--client-id'],
  [{ flow: canary }, 'usage', '--flow'],
  [{ 'authority-host': canary }, 'usage', '--authority-host'],
  [{ 'authority-host': `https://user:${canary}@login.example` }, 'usage', '--authority-host'],
  [{ 'authority-host': `https://login.example/?${canary}` }, 'usage', '--authority-host'],
  [{ scope: [`api://${canary}/a`, 'api://other/b'] }, 'usage', 'resources'],
])('a bad value is an error that names the flag and not the value: %j', (flags, code, named) => {
  const error = thrownBy(() => resolve(flags, {}))
  expect(error).toMatchObject({ code, message: expect.stringContaining(named) })
  expect(`${JSON.stringify(error)} ${error.stack}`).not.toContain(canary)
})

test('a bad variable and a bad field are errors of the configuration, by their names', () => {
  const inVariable = thrownBy(() => resolve({}, { AZURE_AUTHORITY_HOST: `http://${canary}` }))
  expect(inVariable).toMatchObject({
    code: 'config',
    message: expect.stringContaining('of AZURE_AUTHORITY_HOST'),
  })
  const inProfile = thrownBy(() => resolve({}, {}, { authorityHost: `http://${canary}` }))
  expect(inProfile).toMatchObject({ code: 'config', message: expect.stringContaining('of profile ci') })
  expect(JSON.stringify([inVariable, inProfile])).not.toContain(canary)
})

test.each([[['']], [[' , ']], [['', '\n']]])(
  'a --scope that names none, %j, is not taken for the default',
  (scope) => {
    const error = thrownBy(() => resolve({ scope }, {}, { scopes: ['api://profile/.default'] }))
    expect(error).toMatchObject({ code: 'usage', message: '--scope names no scope' })
  },
)

describe('the profile is that of -p, else ENTRA_AUTH_CLI_PROFILE, else the default, else the only one', () => {
  const variable = { ENTRA_AUTH_CLI_PROFILE: 'b' }
  const three = documentOf('A', 'b', 'C')
  test.each<
    [string, string | undefined, Record<string, string>, ProfilesDocument, string | undefined, string]
  >([
    ['-p', 'a', variable, { ...three, default: 'C' }, 'A', '--profile'],
    ['the variable', undefined, variable, { ...three, default: 'C' }, 'b', 'ENTRA_AUTH_CLI_PROFILE'],
    [
      'an empty variable is none',
      undefined,
      { ENTRA_AUTH_CLI_PROFILE: '' },
      { ...three, default: 'c' },
      'C',
      'the default profile',
    ],
    ['the default', undefined, {}, { ...three, default: 'C' }, 'C', 'the default profile'],
    ['the only one', undefined, {}, documentOf('One'), 'One', 'the only profile'],
    ['one of several: a person must choose', undefined, {}, three, undefined, ''],
    ['none at all', undefined, {}, documentOf(), undefined, ''],
  ])('%s', (_, flag, env, document, name, origin) => {
    expect(findChosenProfile(flag, env, document)).toEqual(name === undefined ? undefined : { name, origin })
  })

  test('an exact name goes before one in another case', () => {
    expect(getProfileName(documentOf('CI', 'ci'), 'ci')).toBe('ci')
  })

  test.each<[string, string | undefined, Record<string, string>, ProfilesDocument]>([
    ['-p', 'vanished', {}, documentOf('one')],
    ['an empty -p', '', {}, documentOf('one')],
    ['the variable', undefined, { ENTRA_AUTH_CLI_PROFILE: 'vanished' }, documentOf('one')],
    ['the default', undefined, {}, { ...documentOf('one'), default: 'vanished' }],
    ['a name that objects inherit', 'constructor', {}, documentOf('one')],
  ])('a name that no profile has is not found: %s', (_, flag, env, document) => {
    expect(thrownBy(() => findChosenProfile(flag, env, document))).toMatchObject({
      code: 'not_found',
      exitStatus: 66,
      hint: 'see `entra-auth-cli list-profiles`',
    })
  })

  test.each([
    ['c1', 'ci'],
    ['CII', 'ci'],
    ['Stagign.eu', 'Staging.eu'],
    ['staging', 'Staging.eu'],
  ])('a name that is nearly right is guessed: %s', (asked, meant) => {
    expect(thrownBy(() => getProfileName(documentOf('ci', 'Staging.eu'), asked))).toMatchObject({
      code: 'not_found',
      hint: `did you mean ${meant}?`,
    })
  })

  test('without any profile the hint is to create one', () => {
    expect(thrownBy(() => getProfileName(documentOf(), 'ci'))).toMatchObject({
      message: 'there is no profile "ci"',
      hint: 'create one: `entra-auth-cli create-profile`',
    })
  })

  test('an unknown name is shown safely, and not at any length', () => {
    const { message } = thrownBy(() =>
      getProfileName(documentOf(), `\u001b]0;x\u0007\u202e${'y'.repeat(1e6)}`),
    )
    expect(message).toMatch(/^there is no profile "\\u\{1b\}]0;x\\u\{7\}\\u\{202e\}y+…"$/)
    expect(message.length).toBeLessThan(100)
  })
})

test.each([
  'client-credentials',
  'ClientCredentials',
  'client_credentials',
  'CLIENT CREDENTIALS',
  'clientcredentials',
])('the flow may be spelled %s', (text) => {
  expect(parseFlow(text)).toBe('client-credentials')
})

test.each([
  ['browser', 'interactive-browser'],
  ['InteractiveBrowser', 'interactive-browser'],
  ['code', 'authorization-code'],
  ['DeviceCode', 'device-code'],
  ['device', 'device-code'],
  ['obo', 'on-behalf-of'],
])('%s means %s', (text, flow) => {
  expect(parseFlow(text)).toBe(flow)
})

test.each(['password', 'ropc', 'ResourceOwnerPassword', 'username-password'])(
  '%s is refused, and why',
  (text) => {
    expect(thrownBy(() => parseFlow(text))).toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('multi-factor'),
    })
  },
)

test.each(['', 'client', 'implicit', 'client-credentials2x'])('%j is no flow', (text) => {
  expect(thrownBy(() => parseFlow(text))).toMatchObject({
    code: 'usage',
    hint: expect.stringMatching(/^use client-credentials, /),
  })
})

test('a cloud is one of the known, in any case', () => {
  expect(parseCloud('PUBLIC', '--cloud')).toBe('public')
  for (const text of ['', 'germany', 'constructor', '__proto__', 'public '])
    expect(thrownBy(() => parseCloud(text, '--cloud'))).toMatchObject({
      code: 'usage',
      message: '--cloud names no cloud',
      hint: expect.stringContaining('public, usgov, usgov-dod, china, bleu, delos, govsg'),
    })
})

test('a checked value is passed on as it is, or named by its source', () => {
  expect(checked('ci', nameRule, '--name')).toBe('ci')
  expect(thrownBy(() => checked('../ci', nameRule, '--name')).message).toMatch(
    /^--name must start with a letter/,
  )
})
