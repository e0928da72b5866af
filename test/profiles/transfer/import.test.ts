/** Imports on real files and a real secret store: what is bad is refused with an error of ours, and changes nothing. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Context } from '../../../src/context.ts'
import { AppError } from '../../../src/errors.ts'
import { resolvePaths } from '../../../src/platform/paths.ts'
import { importProfiles } from '../../../src/profiles/transfer/import.ts'
import { createSecretKeeper } from '../../../src/secrets/keeper.ts'

const uid = process.getuid?.()

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'entra-import-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** A context without a terminal: its secrets are sealed files, and standard input is that text. */
function contextOf(input: string, said: string[] = []): Context {
  const env = { HOME: home, ENTRA_AUTH_CLI_SECRET_STORE: 'file', PASSPHRASE: 'correct horse' }
  const platform = process.platform
  const paths = resolvePaths({ env, platform, home })
  const say = (line: string) => {
    said.push(line)
  }
  // What an import has no use for is not there.
  const context: Partial<Context> = {
    env,
    platform,
    paths,
    profiles: { path: paths.profiles, uid },
    secrets: createSecretKeeper({
      env,
      paths,
      platform,
      uid,
      interactive: false,
      warn: say,
      notice: say,
      keychainHelper: { command: 'false', args: [] },
    }),
    interactive: false,
    now: () => 0,
    out: (payload) => say(String(payload)),
    warn: say,
    notice: say,
    readStdin: async () => input,
  }
  return context as Context
}

const flags = { overwrite: false, rename: false, json: false }

/** The error that an import ends with. */
async function refusal(input: string, more: object = {}): Promise<AppError | undefined> {
  try {
    await importProfiles({ ...flags, ...more }, contextOf(input))
    return undefined
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

const clientId = '11111111-2222-3333-4444-555555555555'
const profile = {
  tenant: 'contoso.onmicrosoft.com',
  clientId,
  credential: { type: 'client-secret', secret: 'keychain' },
}
const file = (profiles: object, more: object = {}) =>
  JSON.stringify({ version: 1, profiles, ...more }, null, 2)

const written = () => readdirSync(home, { recursive: true })

test('a whole profiles.json is imported, byte order mark and all', async () => {
  // What is still to be set is looked for where it will be kept.
  const kept = { ...profile, credential: { type: 'client-secret', secret: 'file-store' } }
  expect(await refusal(`\uFEFF${file({ a: profile, b: profile }, { default: 'B' })}\n`)).toBeUndefined()
  const { path } = contextOf('').profiles
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
    default: 'b',
    profiles: { a: kept, b: kept },
  })
})

test.each([
  ['nothing', '', 'standard input is empty', {}],
  ['white space', ' \n\t ', 'standard input is empty', {}],
  ['words', 'hello world', 'neither profiles in JSON nor a sealed export', {}],
  ['a token', 'eyJh.eyJi.c2ln', 'neither profiles in JSON nor a sealed export', {}],
  ['JSON cut short', '{\n  "version": 1,', 'standard input:2:16: not JSON', {}],
  ['a number in JSON', '[42]', 'standard input:1:2: [0] must be an object', {}],
  [
    'JSON of something else',
    '{"access_token":"canary"}',
    'standard input:1:1: the document is JSON, but',
    {},
  ],
  ['no profile', file({}), 'there is no profile in standard input', {}],
  ['an empty list', '[]', 'there is no profile in standard input', {}],
  ['a newer version', '{"version":2,"profiles":{}}', 'standard input:1:12: version is a version', {}],
  [
    'a name twice',
    `{"version":1,"profiles":{"a":${JSON.stringify(profile)},"a":${JSON.stringify(profile)}}}`,
    'profiles.a is there twice',
    {},
  ],
  [
    'names that differ by case',
    file({ ci: profile, CI: profile }),
    'profiles.CI is there twice (case does not matter)',
    {},
  ],
  [
    'a prototype for a profile',
    `{"version":1,"profiles":{"__proto__":${JSON.stringify(profile)}}}`,
    'profiles.__proto__ is not a profile name',
    {},
  ],
  [
    'a prototype in a profile',
    file({ a: profile }).replace('"tenant"', '"__proto__": {}, "tenant"'),
    'profiles.a.__proto__ is not a known field',
    {},
  ],
  [
    'a secret in place of its reference',
    file({ a: { ...profile, credential: { type: 'client-secret', secret: 'canary' } } }),
    'profiles.a.credential.secret must be a reference',
    {},
  ],
  ['depth', '['.repeat(100_000), 'nested too deep', {}],
  [
    'a list of the .NET tool that is wrong',
    '[\n  {"name": "a", "tenantId": "x"}\n]',
    'standard input:2:29: [0].tenantId must be a tenant',
    {},
  ],
  [
    'a list inside an object',
    '{"profiles": [{"name": "a", "tenantId": "x"}]}',
    'standard input:1:41: profiles[0].tenantId must be',
    {},
  ],
  ['base64 that was cut', Buffer.alloc(200).toString('base64'), 'was cut short', {}],
  ['a sealed export that was cut', 'entra-auth-cli-export:v1:scrypt:17:8:1:abc', 'damaged or cut short', {}],
  ['a sealed export of the future', 'entra-auth-cli-export:v7:argon2:x', 'of version 7', {}],
])('%s is refused as bad data, and nothing is written', async (_, input, message, more) => {
  const error = await refusal(input, more)
  expect(error).toMatchObject({ code: 'data', message: expect.stringContaining(message) })
  expect(`${error?.message}${error?.hint}`).not.toContain('canary')
  expect(written()).toEqual([])
})

test.each([
  ['both policies', { overwrite: true, rename: true }, '--overwrite and --rename do not go together'],
  ['two places', { argument: 'a', file: 'b' }, 'profiles come from one place'],
  ['a name for several', { name: 'x' }, '--name is for one profile, and there are 2'],
  ['a name that is none', { name: '../x' }, '--name must start with'],
  ['a passphrase without use', { 'passphrase-env': 'PASSPHRASE' }, '--passphrase-env has no use'],
  ['one input for two', { 'passphrase-stdin': true }, 'cannot both come from standard input'],
])('%s is a usage error, and nothing is written', async (_, more, message) => {
  const error = await refusal(file({ a: profile, b: profile }), more)
  expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining(message) })
  expect(written()).toEqual([])
})

test('a sealed export without a passphrase or a terminal says which flags give one', async () => {
  const sealed = 'A'.repeat(4 * 20)
  expect(await refusal(sealed.repeat(4).slice(0, 128))).toMatchObject({
    code: 'usage',
    hint: 'give --passphrase-stdin, --passphrase-file or --passphrase-env',
  })
})

test('a dry run says what would be done, and does nothing', async () => {
  const said: string[] = []
  await importProfiles({ ...flags, 'dry-run': true }, contextOf(file({ a: profile }), said))
  expect(said.join('')).toContain('would be created')
  expect(written()).toEqual([])
})

test('what cannot be read as profiles here is not overwritten', async () => {
  expect(await refusal(file({ a: profile }))).toBeUndefined()
  const { path } = contextOf('').profiles
  writeFileSync(path, '{ "version": 1, oops')
  expect(await refusal(file({ b: profile }))).toMatchObject({ code: 'config' })
  expect(readFileSync(path, 'utf8')).toBe('{ "version": 1, oops')
})

describe('whatever comes', () => {
  /** Imports it as a dry run would, and for real: an error of ours, or profiles that can be read. */
  const survives = async (input: string) => {
    const before = written().length
    const error = await refusal(input, { 'passphrase-env': undefined })
    if (error) {
      expect(['data', 'usage']).toContain(error.code)
      expect(written()).toHaveLength(before)
    } else {
      expect(existsSync(contextOf('').profiles.path)).toBe(true)
      rmSync(join(home, '.config'), { recursive: true })
    }
  }

  test('as text', () =>
    fc.assert(fc.asyncProperty(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), survives)))

  test('as JSON', () => fc.assert(fc.asyncProperty(fc.json(), survives)))

  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom('ci', profile.tenant, clientId, 'ClientSecret', 'Certificate', 'keychain', 'env:X'),
  )
  const record = (keys: readonly string[]) =>
    fc.dictionary(
      fc.oneof(fc.constantFrom(...keys), fc.constantFrom('__proto__', 'constructor', 'x')),
      anything,
    )

  test('as something like profiles', () =>
    fc.assert(
      fc.asyncProperty(
        record(['tenant', 'clientId', 'credential', 'scopes', 'flow']),
        fc.constantFrom('a', '__proto__', 'constructor', 'toString', ''),
        (one, name) => survives(`{"version":1,"profiles":{${JSON.stringify(name)}:${JSON.stringify(one)}}}`),
      ),
    ))

  test('as something like a list of the .NET tool', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          record(['name', 'tenantId', 'clientId', 'scopes', 'authMethod', 'certificatePath', 'resource']),
          {
            maxLength: 3,
          },
        ),
        (list) => survives(JSON.stringify(list)),
      ),
    ))
})
