import {
  chmodSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Profile, ProfilesDocument } from '../../src/profiles/profile.ts'
import { changeProfiles, formatProfiles, loadProfiles, readProfiles } from '../../src/profiles/store.ts'
import { run } from '../parts/cli.ts'
import { bundle } from '../platform/bundle.ts'

const uid = process.getuid?.()
const unix = uid !== undefined

let directory: string
let path: string
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'entra-store-')))
  path = join(directory, 'profiles.json')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const profile: Profile = {
  tenant: 'contoso.onmicrosoft.com',
  clientId: '11111111-2222-3333-4444-555555555555',
  credential: { type: 'client-secret', secret: 'keychain' },
}

const adding = (name: string) => (document: ProfilesDocument) => ({
  ...document,
  profiles: new Map([...document.profiles, [name, profile]]),
})

const place = (text: string | Uint8Array, mode = 0o600) => {
  writeFileSync(path, text, { mode })
  chmodSync(path, mode)
}

const modeOf = (at: string) => statSync(at).mode & 0o777

test('without a file there are no profiles, and looking makes none', async () => {
  expect((await loadProfiles({ path, uid })).profiles.size).toBe(0)
  expect(readProfiles({ path, uid }).profiles.size).toBe(0)
  expect(readdirSync(directory)).toEqual([])
})

test('the first change makes a file for its owner alone in a directory for its owner alone', async () => {
  path = join(directory, 'a', 'b', 'profiles.json')
  const before = process.umask(0o002)
  try {
    await changeProfiles({ path, uid }, adding('ci'))
  } finally {
    process.umask(before)
  }
  expect(readFileSync(path, 'utf8')).toBe(`{
  "$schema": "https://unpkg.com/entra-auth-cli/profiles.schema.json",
  "version": 1,
  "profiles": {
    "ci": {
      "tenant": "contoso.onmicrosoft.com",
      "clientId": "11111111-2222-3333-4444-555555555555",
      "credential": {
        "type": "client-secret",
        "secret": "keychain"
      }
    }
  }
}
`)
  expect(readdirSync(join(directory, 'a', 'b')).sort()).toEqual(['profiles.json', 'profiles.json.lock'])
  if (!unix) return
  expect([path, `${path}.lock`].map(modeOf)).toEqual([0o600, 0o600])
  expect([join(directory, 'a'), join(directory, 'a', 'b')].map(modeOf)).toEqual([0o700, 0o700])
})

test('a change builds on what the file holds now, and what is read is what was written', async () => {
  await changeProfiles({ path, uid }, adding('Ci'))
  await changeProfiles({ path, uid }, adding('other'))
  await changeProfiles({ path, uid }, (document) => ({ ...document, default: 'Ci' }))
  const document = await loadProfiles({ path, uid })
  expect(document.default).toBe('Ci')
  expect([...document.profiles]).toEqual([
    ['Ci', profile],
    ['other', profile],
  ])
  const read = readProfiles({ path, uid })
  expect({ ...read, profiles: new Map(read.profiles) }).toEqual(document)
})

test('a file that others may read keeps no secret, and is closed by the next change', async () => {
  if (!unix) return
  place(formatProfiles({ profiles: new Map([['ci', profile]]) }), 0o644)
  expect((await loadProfiles({ path, uid })).profiles.size).toBe(1)
  await changeProfiles({ path, uid }, adding('b'))
  expect(modeOf(path)).toBe(0o600)
})

const valid = formatProfiles({ profiles: new Map([['ci', profile]]) })
const twice = valid.replace('"version": 1,', '"version": 1,\n  "default": "a",\n  "default": "ci",')

test.each<[string, string | Uint8Array, string]>([
  ['an empty file', '', ':1:1: not JSON: value expected'],
  ['half a file', valid.slice(0, 150), ': not JSON: '],
  ['a comma too many', valid.replace(/\n}\n$/, ',\n}\n'), ': not JSON: property name expected'],
  ['a newer version', valid.replace('"version": 1', '"version": 2'), ':3:14: version is a version'],
  [
    'an unknown field',
    valid.replace('"tenant"', '"tenantId"'),
    ': profiles.ci.tenantId is not a known field',
  ],
  ['a field twice', twice, ':4:14: default is there twice'],
  ['UTF-16, as some shells write', Buffer.from(`\uFEFF${valid}`, 'utf16le'), ': not JSON: invalid symbol'],
  [
    'a deep one',
    `{"version":1,"profiles":${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
    ': values are nested too deep',
  ],
  [
    'a deep value that is hidden',
    `{"version":${'['.repeat(1e5)}${']'.repeat(1e5)},"version":1,"profiles":{}}`,
    ' nested too deep',
  ],
  ['a large one', `${valid}${' '.repeat(8 * 1024 * 1024)}`, 'is larger than'],
])(
  'a file that cannot be kept whole is refused, and every byte of it stays: %s',
  async (_, content, said) => {
    place(content)
    await expect(changeProfiles({ path, uid }, adding('b'))).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining(said),
    })
    expect(readFileSync(path).equals(Buffer.from(content))).toBe(true)
    expect(readdirSync(directory).sort()).toEqual(['profiles.json', 'profiles.json.lock'])
  },
)

test('an error names the file, the line and what to do', async () => {
  place('{\n  "version": 1,\n  "profiles": []\n}\n')
  await expect(loadProfiles({ path, uid })).rejects.toMatchObject({
    code: 'config',
    message: `${path}:3:15: profiles must be an object`,
    hint: `edit ${path}; it has not been changed`,
  })
})

test('a byte order mark is no damage, and is gone after a change', async () => {
  place(`\uFEFF${valid}`)
  await changeProfiles({ path, uid }, adding('b'))
  expect(readFileSync(path, 'utf8')).toMatch(/^\{\n/)
  place(`\uFEFF${twice}`)
  await expect(changeProfiles({ path, uid }, adding('b'))).rejects.toMatchObject({ code: 'config' })
})

test('what an editor saved in the meantime is not overwritten', async () => {
  place(valid)
  const edited = valid.replace('"ci"', '"edited"')
  const change = changeProfiles({ path, uid }, (document) => {
    place(edited)
    return adding('b')(document)
  })
  await expect(change).rejects.toMatchObject({ code: 'try_again', message: expect.stringContaining(path) })
  expect(readFileSync(path, 'utf8')).toBe(edited)
})

test('a file that someone made in the meantime is not overwritten', async () => {
  const change = changeProfiles({ path, uid }, (document) => {
    place(valid)
    return adding('b')(document)
  })
  await expect(change).rejects.toMatchObject({ code: 'try_again' })
  expect(readFileSync(path, 'utf8')).toBe(valid)
})

test('a change that fails writes nothing and frees the lock', async () => {
  place(valid)
  const fails = changeProfiles({ path, uid }, () => {
    throw new Error('changed my mind')
  })
  await expect(fails).rejects.toThrow('changed my mind')
  expect(readFileSync(path, 'utf8')).toBe(valid)
  await changeProfiles({ path, uid }, adding('b'))
})

test.each<[string, () => void]>([
  ['writable by others', () => place(valid, 0o662)],
  [
    'a symbolic link',
    () => {
      writeFileSync(`${path}.real`, valid)
      symlinkSync(`${path}.real`, path)
    },
  ],
  [
    'a file with a second name',
    () => {
      place(valid)
      linkSync(path, `${path}.2`)
    },
  ],
])('a file that someone else could have written is not trusted: %s', async (_, make) => {
  if (!unix) return
  make()
  const before = readFileSync(path)
  await expect(loadProfiles({ path, uid })).rejects.toMatchObject({ code: 'config' })
  await expect(changeProfiles({ path, uid }, adding('b'))).rejects.toMatchObject({ code: 'config' })
  expect(() => readProfiles({ path, uid })).toThrow()
  expect(readFileSync(path).equals(before)).toBe(true)
})

test('ten processes that add profiles at once lose none', async () => {
  const program = bundle(`
    import { changeProfiles } from './src/profiles/store.ts'
    const [path, name, profile] = process.argv.slice(2)
    const add = async () => {
      for (let index = 0; index < 3; index++)
        await changeProfiles({ path, uid: process.getuid?.() }, (document) => ({
          ...document,
          profiles: new Map([...document.profiles, [name + index, JSON.parse(profile)]]),
        }))
    }
    add().catch((error) => { console.error(error); process.exitCode = 1 })
  `)
  try {
    const names = Array.from({ length: 10 }, (_, index) => `p${index}-`)
    const results = await Promise.all(
      names.map((name) =>
        run(process.execPath, [program.path, path, name, JSON.stringify(profile)], { env: program.env }),
      ),
    )
    expect(results.map(({ status, stderr }) => ({ status, stderr }))).toEqual(
      names.map(() => ({ status: 0, stderr: '' })),
    )
    const kept = [...(await loadProfiles({ path, uid })).profiles.keys()].sort()
    expect(kept).toEqual(names.flatMap((name) => [0, 1, 2].map((index) => name + index)).sort())
    expect(readdirSync(directory).sort()).toEqual(['profiles.json', 'profiles.json.lock'])
  } finally {
    program.remove()
  }
})
