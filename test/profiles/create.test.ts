/** Several profiles in one change, on a real file and a real store of sealed files. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolvePaths } from '../../src/platform/paths.ts'
import { createProfiles, type NewProfile } from '../../src/profiles/create.ts'
import { withReferences } from '../../src/profiles/kept-secrets.ts'
import type { Profile } from '../../src/profiles/profile.ts'
import { Secret } from '../../src/secret.ts'
import { createSecretKeeper, type SecretKeeper } from '../../src/secrets/keeper.ts'

const uid = process.getuid?.()
const profile: Profile = {
  tenant: 'contoso.onmicrosoft.com',
  clientId: '11111111-2222-3333-4444-555555555555',
  credential: { type: 'client-secret', secret: 'keychain' },
}

let home: string
let file: { readonly path: string; readonly uid: number | undefined }
let keeper: SecretKeeper
const warnings: string[] = []

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'entra-create-'))
  warnings.length = 0
  const env = { HOME: home, ENTRA_AUTH_CLI_SECRET_STORE: 'file' }
  const { platform } = process
  const paths = resolvePaths({ env, platform, home })
  file = { path: paths.profiles, uid }
  keeper = createSecretKeeper({
    env,
    paths,
    platform,
    uid,
    interactive: false,
    warn: (line) => warnings.push(line),
    notice: () => {},
    keychainHelper: { command: 'false', args: [] },
  })
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const wanted = (name: string, secret: string | undefined, more: Partial<NewProfile> = {}): NewProfile => ({
  name,
  secrets: new Map(secret === undefined ? [] : [['client-secret', new Secret(secret)]]),
  build: (references) => withReferences(profile, references),
  force: false,
  makeDefault: false,
  inheritsSecrets: false,
  secretStore: undefined,
  ...more,
})

const keptOf = (name: string) =>
  keeper.resolve('file-store', name, 'client-secret').then(
    (secret) => secret.reveal(),
    (error) => error.code,
  )
const text = () => readFileSync(file.path, 'utf8')

test('all come with their secrets, and the first of several is not the default', async () => {
  expect(await createProfiles([wanted('a', '1'), wanted('b', '2')], file, keeper)).toEqual([
    { isDefault: false, replaced: false },
    { isDefault: false, replaced: false },
  ])
  expect(JSON.parse(text())).toMatchObject({
    profiles: { a: { credential: { secret: 'file-store' } }, b: {} },
  })
  expect(JSON.parse(text()).default).toBeUndefined()
  expect([await keptOf('a'), await keptOf('b')]).toEqual(['1', '2'])
})

test('when one cannot come none does: new secrets go, and those in their place come back', async () => {
  await createProfiles([wanted('old', 'before'), wanted('taken', 'mine')], file, keeper)
  const before = text()
  const all = [wanted('new', '1'), wanted('OLD', 'after', { force: true }), wanted('taken', 'theirs')]
  await expect(createProfiles(all, file, keeper)).rejects.toMatchObject({ code: 'usage' })
  expect(text()).toBe(before)
  expect([await keptOf('new'), await keptOf('old'), await keptOf('taken')]).toEqual([
    'not_found',
    'before',
    'mine',
  ])
})

test('a profile from elsewhere does not get the secret of the one that it replaces', async () => {
  await createProfiles([wanted('a', 'mine')], file, keeper)
  const hostile = {
    ...profile,
    authorityHost: 'https://evil.example',
    credential: { type: 'client-secret', secret: 'file-store' },
  } as const
  await createProfiles([wanted('A', undefined, { force: true, build: () => hostile })], file, keeper)
  expect(JSON.parse(text()).profiles).toEqual({ A: hostile })
  expect(await keptOf('a')).toBe('not_found')
  expect(warnings).toEqual([])
})
