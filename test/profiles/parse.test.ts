import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { cloudNames } from '../../src/cloud/clouds.ts'
import { pathText } from '../../src/profiles/locate.ts'
import { DocumentFault, parseProfiles, parseUnread } from '../../src/profiles/parse.ts'
import { findProfileName, type Profile } from '../../src/profiles/profile.ts'
import { formatProfiles } from '../../src/profiles/store.ts'
import { projectRoot } from '../parts/cli.ts'

type Json = Record<string, unknown>

const clientId = '11111111-2222-3333-4444-555555555555'
const secretCredential = { type: 'client-secret', secret: 'keychain' }
const ci: Json = { tenant: 'contoso.onmicrosoft.com', clientId, credential: secretCredential }
const documentOf = (profiles: Json, more: Json = {}): Json => ({ version: 1, profiles, ...more })
const withProfile = (change: Json): Json => documentOf({ ci: { ...ci, ...change } })
const without = (name: string): Json =>
  documentOf({ ci: Object.fromEntries(Object.entries(ci).filter(([key]) => key !== name)) })
const withCredential = (credential: unknown): Json => withProfile({ credential })

function faultOf(source: string): DocumentFault {
  try {
    parseProfiles(source)
  } catch (error) {
    if (error instanceof DocumentFault) return error
    throw error
  }
  throw new Error('the document was accepted')
}

const saidOf = (document: unknown): string => {
  const fault = faultOf(JSON.stringify(document))
  return `${pathText(fault.path) || 'the document'} ${fault.message}`
}

test('the documented example is read as it is written', () => {
  const { default: chosen, profiles } = parseProfiles(`{
    "$schema": "https://unpkg.com/entra-auth-cli/profiles.schema.json", "version": 1, "default": "ci",
    "profiles": {
      "ci": {
        "cloud": "public", "tenant": "contoso.onmicrosoft.com", "clientId": "${clientId}",
        "scopes": ["https://graph.microsoft.com/.default"], "flow": "client-credentials",
        "credential": { "type": "client-secret", "secret": "keychain" }
      }
    }
  }`)
  expect(chosen).toBe('ci')
  expect([...profiles]).toEqual([
    [
      'ci',
      {
        cloud: 'public',
        tenant: 'contoso.onmicrosoft.com',
        clientId,
        scopes: ['https://graph.microsoft.com/.default'],
        flow: 'client-credentials',
        credential: { type: 'client-secret', secret: 'keychain' },
      },
    ],
  ])
})

/** Accepted by the parser, and so by the schema. */
const accepted: readonly (readonly [string, Json])[] = [
  ['no profiles at all', documentOf({})],
  ['the least a profile has', documentOf({ ci })],
  ['a default that is not there: the command that needs it says so', documentOf({ ci }, { default: 'gone' })],
  ['a certificate', withCredential({ type: 'certificate', certificatePath: '/c.pem' })],
  ['a certificate to be fetched', withCredential({ type: 'certificate', certificate: 'command:vault read' })],
  ['a key of ours', withCredential({ type: 'certificate', key: 'keychain' })],
  [
    'a key of ours with a certificate by an authority',
    withCredential({ type: 'certificate', key: 'file-store', certificatePath: '/issued.pem' }),
  ],
  [
    'a certificate with all its fields',
    withCredential({
      type: 'certificate',
      certificatePath: '/c.pem',
      privateKeyPath: '/k.pem',
      password: 'env:PFX_PASSWORD',
      sendX5c: true,
    }),
  ],
  ['a key in a token', withCredential({ type: 'certificate', key: 'pkcs11:object=k' })],
  [
    'a key in a token with all its fields',
    withCredential({
      type: 'certificate',
      key: 'pkcs11:token=My%20token;id=%01?module-path=/usr/lib/softhsm/libsofthsm2.so',
      certificatePath: '/c.pem',
      pin: 'prompt',
      sendX5c: true,
    }),
  ],
  ['a PIN in a file', withCredential({ type: 'certificate', key: 'pkcs11:', pin: 'file:/run/pin' })],
  ...[
    'keychain',
    'file-store',
    'env:SECRET',
    'file:/run/secret',
    'file:C:\\secret',
    'command:pass show ci',
  ].map((secret) => [`the reference ${secret}`, withCredential({ type: 'client-secret', secret })] as const),
  ...[
    'auto',
    'github-actions',
    'env:ID_TOKEN',
    'file:/var/run/token',
    'file:C:\\token',
    'command:["/opt/my agent", "token"]',
  ].map((source) => [`the source ${source}`, withCredential({ type: 'federated', source })] as const),
  [
    'a federated credential with all its fields',
    withCredential({
      type: 'federated',
      source: 'oidc',
      audience: 'api://own',
      serviceConnectionId: clientId,
      oidcIssuer: 'https://issuer.example.org/realms/a',
      oidcClientId: 'workload',
      oidcClientSecret: 'keychain',
      oidcScope: 'exchange',
      identity: `object:${clientId}`,
    }),
  ],
  ['a managed identity', documentOf({ vm: { credential: { type: 'managed-identity' } } })],
  ...[clientId, `object:${clientId}`, '/subscriptions/s/resourceGroups/g/providers/p/x'].map(
    (identity) =>
      [
        `the identity ${identity}`,
        documentOf({ vm: { flow: 'managed-identity', credential: { type: 'managed-identity', identity } } }),
      ] as const,
  ),
  ...cloudNames.map((cloud) => [`the cloud ${cloud}`, withProfile({ cloud })] as const),
  ['a public client', withCredential({ type: 'none' })],
  ['people of any organisation', withProfile({ tenant: 'organizations', flow: 'interactive-browser' })],
  ...['http://localhost', 'http://localhost:8400/callback', 'http://127.0.0.1/', 'http://[::1]:8400'].map(
    (redirectUri) => [`the redirect URI ${redirectUri}`, withProfile({ redirectUri, port: 8400 })] as const,
  ),
  ['a previous credential', withProfile({ previous: { type: 'certificate', key: 'keychain' } })],
  [
    'a previous credential that is kept',
    withProfile({ previous: { type: 'client-secret', secret: 'keychain' }, keepPrevious: true }),
  ],
  ['an authority host', withProfile({ authorityHost: 'https://login.example.org:8443/' })],
  ['a tenant ID', withProfile({ tenant: clientId })],
  ['no scopes', withProfile({ scopes: [] })],
  ['several profiles', documentOf({ a: ci, 'b.c_d-e': ci, '9': ci, ['x'.repeat(64)]: ci })],
  ['a name that means a device on Windows: it never names a file', documentOf({ CON: ci })],
  ['a name that objects inherit', documentOf({ constructor: ci, toString: ci })],
]

test.each(accepted)('accepted: %s', (_, document) => {
  const { profiles } = parseProfiles(JSON.stringify(document))
  expect(Object.fromEntries(profiles)).toEqual(document.profiles)
})

/** Refused by both; the text is the parser's. */
const refused: readonly (readonly [string, unknown])[] = [
  ['the document must be an object', []],
  ['the document must be an object', null],
  ['the document must be an object', 'profiles'],
  ['the document lacks the field "version"', { profiles: {} }],
  ['the document lacks the field "profiles"', { version: 1 }],
  ['version is a version this program does not know: it knows 1', { version: 2, profiles: {} }],
  ['version is a version this program does not know: it knows 1', { version: '1', profiles: {} }],
  ['profils is not a known field', documentOf({}, { profils: {} })],
  ['constructor is not a known field', documentOf({}, { constructor: {} })],
  ['default must be a text that is not empty', documentOf({}, { default: 1 })],
  ['$schema must be a text that is not empty', documentOf({}, { $schema: {} })],
  ['profiles must be an object', { version: 1, profiles: [ci] }],
  ['profiles must be an object', { version: 1, profiles: null }],
  ['profiles.ci must be an object', documentOf({ ci: null })],
  ['profiles.ci must be an object', documentOf({ ci: [] })],
  ['profiles.ci lacks the field "tenant"', without('tenant')],
  ['profiles.ci lacks the field "clientId"', without('clientId')],
  ['profiles.ci lacks the field "credential"', without('credential')],
  ['profiles.ci.tenantId is not a known field', withProfile({ tenantId: 'contoso.com' })],
  ['profiles.ci.toString is not a known field', withProfile({ toString: 'x' })],
  ['profiles.ci["a b"] is not a known field', withProfile({ 'a b': 1 })],
  ['profiles.ci.tenant must be a text that is not empty', withProfile({ tenant: 7 })],
  ['profiles.ci.clientId must be a text that is not empty', withProfile({ clientId: null })],
  ['profiles.ci.cloud must be one of', withProfile({ cloud: 'germany' })],
  ['profiles.ci.cloud must be one of', withProfile({ cloud: ['public'] })],
  ['profiles.ci.cloud must be one of', withProfile({ cloud: 'Public' })],
  ['profiles.ci.keepPrevious must be true, or left out', withProfile({ keepPrevious: false })],
  ['profiles.ci.previous must be an object', withProfile({ previous: null })],
  [
    'profiles.ci.previous.secret must be',
    withProfile({ previous: { type: 'client-secret', secret: 'plain' } }),
  ],
  ['profiles.ci.flow must be one of', withProfile({ flow: 'password' })],
  [
    'profiles.ci.redirectUri must be an address of this machine',
    withProfile({ redirectUri: 'https://localhost' }),
  ],
  [
    'profiles.ci.redirectUri must be an address of this machine',
    withProfile({ redirectUri: 'http://localhost.evil' }),
  ],
  ['profiles.ci.redirectUri must be a text', withProfile({ redirectUri: 1 })],
  ['profiles.ci.port must be a port', withProfile({ port: 0 })],
  ['profiles.ci.port must be a port', withProfile({ port: 65_536 })],
  ['profiles.ci.port must be a port', withProfile({ port: '8400' })],
  ['profiles.ci.port must be a port', withProfile({ port: 80.5 })],
  [
    'profiles.ci.credential.secret is not a known field',
    withCredential({ type: 'none', secret: 'keychain' }),
  ],
  ['profiles.ci.authorityHost must be a text', withProfile({ authorityHost: {} })],
  ['profiles.ci.scopes must be a list of texts', withProfile({ scopes: 'User.Read' })],
  ['profiles.ci.scopes[1] must be a text that is not empty', withProfile({ scopes: ['a', ''] })],
  ['profiles.ci.scopes[0] must be a text that is not empty', withProfile({ scopes: [null] })],
  ['profiles.ci.credential must be an object', withCredential('keychain')],
  ['profiles.ci.credential.type must be one of client-secret, certificate', withCredential({})],
  ['profiles.ci.credential.type must be one of', withCredential({ type: 'password' })],
  ['profiles.ci.credential.type must be one of', withCredential({ type: 'constructor' })],
  [
    'profiles.ci.credential.type must be one of',
    withCredential({ type: ['client-secret'], secret: 'keychain' }),
  ],
  ['profiles.ci.credential lacks the field "secret"', withCredential({ type: 'client-secret' })],
  [
    'profiles.ci.credential lacks one of the fields "certificatePath", "certificate" and "key"',
    withCredential({ type: 'certificate' }),
  ],
  [
    'profiles.ci.credential must not have both "certificatePath" and "certificate"',
    withCredential({ type: 'certificate', certificatePath: '/c.pem', certificate: 'env:C' }),
  ],
  [
    'profiles.ci.credential must not have both "key" and "privateKeyPath"',
    withCredential({ type: 'certificate', key: 'keychain', privateKeyPath: '/k.pem' }),
  ],
  [
    'profiles.ci.credential.certificate must be a reference: env:NAME, file:/path or command:…',
    withCredential({ type: 'certificate', certificate: 'keychain' }),
  ],
  [
    'profiles.ci.credential.key must be keychain, file-store or the pkcs11: URI of a key',
    withCredential({ type: 'certificate', key: 'env:KEY' }),
  ],
  [
    'profiles.ci.credential.certificatePath is not a known field',
    withCredential({ ...secretCredential, certificatePath: '/c.pem' }),
  ],
  [
    'profiles.ci.credential.sendX5c must be true or false',
    withCredential({ type: 'certificate', certificatePath: '/c.pem', sendX5c: 'yes' }),
  ],
  [
    'profiles.ci.credential.password must be a reference',
    withCredential({ type: 'certificate', certificatePath: '/c.pem', password: 'hunter2' }),
  ],
  [
    'profiles.ci.credential.privateKeyPath is not a known field',
    withCredential({ type: 'certificate', key: 'pkcs11:', privateKeyPath: '/k.pem' }),
  ],
  [
    'profiles.ci.credential.pin is not a known field',
    withCredential({ type: 'certificate', certificatePath: '/c.pem', pin: 'prompt' }),
  ],
  [
    'profiles.ci.credential.pin must be prompt, or a reference',
    withCredential({ type: 'certificate', key: 'pkcs11:', pin: '123456' }),
  ],
  [
    'profiles.ci.credential.key must be keychain, file-store or the pkcs11: URI of a key',
    withCredential({ type: 'certificate', key: '/k.pem' }),
  ],
  [
    'profiles.ci.credential.key is not right: a pkcs11: URI must not hold the PIN itself',
    withCredential({ type: 'certificate', key: 'pkcs11:?pin-value=1' }),
  ],
  [
    'profiles.ci.credential.key must not have pin-source',
    withCredential({ type: 'certificate', key: 'pkcs11:?pin-source=file:/p' }),
  ],
  ...['', 'github', 'env:', 'env:9', 'file:relative', 'command:', 'keychain'].map(
    (source) =>
      [
        `profiles.ci.credential.source must be ${source === '' ? 'a text' : 'one of'}`,
        withCredential({ type: 'federated', source }),
      ] as const,
  ),
  ['profiles.ci.credential lacks the field "source"', withCredential({ type: 'federated' })],
  [
    'profiles.ci.credential.oidcIssuer must be a URL that starts with https',
    withCredential({ type: 'federated', source: 'oidc', oidcIssuer: 'http://issuer.example.org' }),
  ],
  [
    'profiles.ci.credential.identity must be',
    withCredential({ type: 'federated', source: 'managed-identity', identity: 'mine' }),
  ],
  ...(['tenant', 'clientId'] as const).map(
    (name) =>
      [
        `profiles.vm.${name} is not for a managed identity`,
        documentOf({ vm: { [name]: ci[name], credential: { type: 'managed-identity' } } }),
      ] as const,
  ),
  ...['', 'env:', 'file:relative', 'file:', 'command:', 'keychain ', 'vault:x'].map(
    (secret) =>
      ['profiles.ci.credential.secret must be a', withCredential({ type: 'client-secret', secret })] as const,
  ),
  ...['', '../x', 'a/b', '.hidden', '-x', 'a b', 'a\u0000b', 'x'.repeat(65), 'ć', 'a\n', '_x'].map(
    (name) =>
      ['is not a profile name: it must start with a letter or digit', documentOf({ [name]: ci })] as const,
  ),
]

test.each(refused)('refused: %s: %j', (reason, document) => {
  expect(saidOf(document)).toContain(reason)
})

/** Rules that JSON Schema leaves to the parser. */
test.each<[string, unknown]>([
  ['profiles.ci.tenant must be a tenant ID', withProfile({ tenant: 'contoso' })],
  ['profiles.ci.tenant must be a tenant ID', withProfile({ tenant: 'a/../b.com' })],
  ['profiles.ci.tenant must be a tenant ID', withProfile({ tenant: 'contoso.com\n' })],
  ['profiles.ci.clientId must be an application (client) ID', withProfile({ clientId: 'my-app' })],
  ['profiles.CI is there twice (case does not matter)', documentOf({ ci, CI: ci })],
])('refused by the parser alone: %s', (reason, document) => {
  expect(saidOf(document)).toContain(reason)
})

test('a name is found in any case and keeps the case it was created with', () => {
  const document = parseProfiles(JSON.stringify(documentOf({ Prod: ci, other: ci })))
  expect(findProfileName(document, 'pROD')).toBe('Prod')
  expect(findProfileName(document, 'prod2')).toBeUndefined()
})

test.each([
  ['as a profile', `{"version":1,"profiles":{"__proto__":${JSON.stringify(ci)}}}`],
  ['as a field of the document', '{"version":1,"profiles":{},"__proto__":{"polluted":true}}'],
  ['as a field of a profile', `{"version":1,"profiles":{"ci":{"__proto__":{"polluted":true}}}}`],
  [
    'as a field of a credential',
    '{"version":1,"profiles":{"ci":{"tenant":"a.com","clientId":"11111111-2222-3333-4444-555555555555","credential":{"type":"client-secret","secret":"keychain","__proto__":{"polluted":true}}}}}',
  ],
])('__proto__ %s is refused, and no prototype changes', (_, source) => {
  expect(faultOf(source).path.at(-1)).toBe('__proto__')
  expect(({} as Json).polluted).toBeUndefined()
})

test('a secret in the place of its reference is refused and not repeated', () => {
  const raw = 'abc8Q~HUNTER2hunter2'
  for (const credential of [
    { type: 'client-secret', secret: raw },
    { type: 'certificate', certificatePath: '/c.pem', password: raw },
    { type: 'certificate', key: 'pkcs11:', pin: raw },
    { type: 'certificate', key: `pkcs11:?pin-value=${raw}` },
  ]) {
    const fault = faultOf(JSON.stringify(withCredential(credential)))
    expect(fault.message).toMatch(/^must be (a|prompt, or a) reference: keychain|must not hold the PIN/)
    expect(`${fault.message} ${fault.path.join()} ${fault.stack}`).not.toContain(raw)
  }
})

test('a byte order mark is accepted, once and at the start', () => {
  const source = JSON.stringify(documentOf({ ci }))
  expect(parseProfiles(`\uFEFF${source}`).profiles.size).toBe(1)
  expect(() => parseProfiles(`\uFEFF\uFEFF${source}`)).toThrow(SyntaxError)
  expect(() => parseProfiles(`${source}\uFEFF`)).toThrow(SyntaxError)
})

const names = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
const someText = fc.string({ minLength: 1, unit: 'binary' })
const guids = fc.uuid()
const references = fc.oneof(
  fc.constantFrom('keychain', 'file-store'),
  someText.filter((text) => !/^[\n\r\u2028\u2029]/.test(text)).map((text) => `env:${text}`),
)
const profiles: fc.Arbitrary<Profile> = fc.record(
  {
    cloud: fc.constantFrom(...cloudNames),
    authorityHost: someText,
    tenant: fc.oneof(guids, fc.constant('contoso.onmicrosoft.com')),
    clientId: guids,
    scopes: fc.array(someText),
    flow: fc.constant('client-credentials' as const),
    credential: fc.oneof(
      fc.record({ type: fc.constant('client-secret' as const), secret: references }),
      fc.record(
        {
          type: fc.constant('certificate' as const),
          certificatePath: someText,
          privateKeyPath: someText,
          password: references,
          sendX5c: fc.boolean(),
        },
        { requiredKeys: ['type', 'certificatePath'] },
      ),
      fc.record(
        {
          type: fc.constant('certificate' as const),
          key: fc.constantFrom('pkcs11:', 'pkcs11:token=a%20b;id=%00?module-path=/a.so'),
          certificatePath: someText,
          pin: references,
          sendX5c: fc.boolean(),
        },
        { requiredKeys: ['type', 'key'] },
      ),
      fc.record(
        {
          type: fc.constant('certificate' as const),
          certificate: fc.constantFrom('env:C', 'file:/c.pfx', 'command:vault read'),
          key: fc.constantFrom('keychain' as const, 'file-store' as const),
          sendX5c: fc.boolean(),
        },
        { requiredKeys: ['type', 'key'] },
      ),
    ),
  },
  { requiredKeys: ['tenant', 'clientId', 'credential'] },
)

test('what is written is read back: names, order of fields and all', () => {
  const entries = fc.uniqueArray(fc.tuple(names, profiles), {
    selector: ([name]) => name.toLowerCase(),
    maxLength: 5,
  })
  fc.assert(
    fc.property(entries, fc.option(names, { nil: undefined }), (given, chosen) => {
      const document = { profiles: new Map(given), ...(chosen !== undefined && { default: chosen }) }
      const read = parseProfiles(formatProfiles(document))
      expect(read).toEqual(document)
      expect(formatProfiles(read)).toBe(formatProfiles(parseProfiles(formatProfiles(read))))
    }),
  )
})

test('the text of an empty document is known', () => {
  expect(formatProfiles({ profiles: new Map() })).toBe(
    `{\n  "$schema": "https://unpkg.com/entra-auth-cli/profiles.schema.json",\n  "version": 1,\n  "profiles": {}\n}\n`,
  )
})

test('whatever the text, it is a document, no JSON or a fault with a path', () => {
  const keys = fc.constantFrom('version', 'profiles', 'ci', 'tenant', 'credential', 'type', '__proto__', 'x')
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom(1, null, true, '', 'client-secret', 'certificate', -0),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.array(fc.tuple(keys, tie('json')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
    ),
  }))
  const sources = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    json.map((value) => JSON.stringify(value)),
    json.map((value) => JSON.stringify({ version: 1, profiles: value })),
    json.map((value) => JSON.stringify({ version: 1, profiles: { ci: { ...ci, credential: value } } })),
  )
  fc.assert(
    fc.property(sources, (source) => {
      try {
        parseProfiles(source)
      } catch (error) {
        expect(error instanceof SyntaxError || error instanceof DocumentFault).toBe(true)
      }
    }),
    { numRuns: 2000 },
  )
  expect(Object.keys(Object.prototype)).toEqual([])
})

describe('profiles.schema.json, which editors check with, agrees', () => {
  const schema = JSON.parse(readFileSync(join(projectRoot, 'profiles.schema.json'), 'utf8')) as Json

  /** The keywords that our schema uses, as JSON Schema 2020-12 defines them. Another keyword is an error. */
  const keywords: Record<string, (rule: never, value: unknown, schema: Json) => boolean> = {
    $schema: () => true,
    $id: () => true,
    $defs: () => true,
    title: () => true,
    description: () => true,
    format: () => true, // an annotation
    type: (type: string, value) =>
      type === 'array'
        ? Array.isArray(value)
        : type === 'object'
          ? isObject(value)
          : type === 'integer'
            ? Number.isInteger(value)
            : typeof value === type && value !== null,
    const: (wanted: unknown, value) => value === wanted,
    enum: (options: unknown[], value) => options.includes(value),
    pattern: (pattern: string, value) => typeof value !== 'string' || new RegExp(pattern, 'u').test(value),
    minimum: (least: number, value) => typeof value !== 'number' || value >= least,
    maximum: (most: number, value) => typeof value !== 'number' || value <= most,
    minLength: (length: number, value) => typeof value !== 'string' || [...value].length >= length,
    required: (fields: string[], value) =>
      !isObject(value) || fields.every((name) => Object.hasOwn(value, name)),
    properties: (fields: Record<string, Json>, value) =>
      !isObject(value) ||
      Object.entries(fields).every(([name, rule]) => !Object.hasOwn(value, name) || valid(rule, value[name])),
    additionalProperties: (rule: Json | false, value, { properties = {} }) =>
      !isObject(value) ||
      Object.keys(value)
        .filter((name) => !Object.hasOwn(properties as Json, name))
        .every((name) => rule !== false && valid(rule, value[name])),
    propertyNames: (rule: Json, value) =>
      !isObject(value) || Object.keys(value).every((name) => valid(rule, name)),
    items: (rule: Json, value) => !Array.isArray(value) || value.every((item) => valid(rule, item)),
    // The three stand together (JSON Schema 2020-12, section 10.2.2).
    if: (rule: Json, value, { then = true, else: otherwise = true }) =>
      valid((valid(rule, value) ? then : otherwise) as Json, value),
    // biome-ignore lint/suspicious/noThenProperty: it is the keyword's name
    then: () => true,
    else: () => true,
    anyOf: (rules: Json[], value) => rules.some((rule) => valid(rule, value)),
    not: (rule: Json, value) => !valid(rule, value),
    oneOf: (rules: Json[], value) => rules.filter((rule) => valid(rule, value)).length === 1,
    $ref: (pointer: string, value) =>
      valid((schema.$defs as Record<string, Json>)[pointer.replace('#/$defs/', '')] as Json, value),
  }
  const isObject = (value: unknown): value is Json =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  function valid(rules: Json | boolean, value: unknown): boolean {
    if (typeof rules === 'boolean') return rules
    return Object.entries(rules).every(([keyword, rule]) => {
      const check = Object.hasOwn(keywords, keyword) ? keywords[keyword] : undefined
      if (!check) throw new Error(`the test does not know the keyword ${keyword}`)
      return check(rule as never, value, rules)
    })
  }

  test.each(accepted)('on accepting %s', (_, document) => {
    expect(valid(schema, document)).toBe(true)
  })

  test.each(refused)('on refusing: %s: %j', (_, document) => {
    expect(valid(schema, document)).toBe(false)
  })

  test('and knows the same clouds', () => {
    const { profile } = schema.$defs as { profile: { properties: { cloud: { enum: string[] } } } }
    expect(profile.properties.cloud.enum).toEqual(cloudNames)
  })
})

test('a document that is not read yet gives the same profiles, each with its own faults', () => {
  const source = JSON.stringify(documentOf({ ci, bad: { ...ci, clientId: 'x' } }, { default: 'CI' }))
  const document = parseUnread(source)
  expect(document.default).toBe('ci')
  expect(document.profiles.get('ci')).toEqual(
    parseProfiles(JSON.stringify(documentOf({ ci }))).profiles.get('ci'),
  )
  expect(document.profiles.get('none')).toBeUndefined()
  expect(() => document.profiles.get('bad')).toThrow(DocumentFault)
  const doubled = parseUnread(JSON.stringify(documentOf({ ci, CI: ci })))
  for (const name of ['ci', 'CI']) expect(() => doubled.profiles.get(name)).toThrow(DocumentFault)
  for (const other of [documentOf([] as never), { version: 2, profiles: {} }])
    expect(() => parseUnread(JSON.stringify(other))).toThrow(DocumentFault)
})
