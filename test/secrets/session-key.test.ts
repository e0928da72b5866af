/** The login session's copy of the cache key: private, or not believed. */
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findSessionKey, keepSessionKey } from '../../src/secrets/session-key.ts'

const uid = process.getuid?.() ?? 0
const key = Buffer.alloc(32, 5)
let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entra-session-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const place = () => ({ runtimeDirectory: join(root, 'entra-auth-cli'), name: 'cache-key', uid })
const file = () => join(place().runtimeDirectory, 'cache-key')

describe("the session's copy of the key", () => {
  test('is found again, and is for one person alone', () => {
    const before = process.umask(0)
    keepSessionKey(place(), key)
    process.umask(before)
    expect(findSessionKey(place())).toEqual(key)
    expect([statSync(file()), statSync(place().runtimeDirectory)].map(({ mode }) => mode & 0o777)).toEqual([
      0o600, 0o700,
    ])
  })

  test('is none where there is none', () => {
    expect(findSessionKey(place())).toBeUndefined()
  })

  test.each<[string, () => void]>([
    ['whose file others may read', () => chmodSync(file(), 0o644)],
    ['whose file the group may write', () => chmodSync(file(), 0o620)],
    ['whose directory others may enter', () => chmodSync(place().runtimeDirectory, 0o711)],
    ['whose directory others may write in', () => chmodSync(place().runtimeDirectory, 0o777)],
    ['that is too short', () => writeFileSync(file(), key.subarray(1))],
    ['that is too long', () => writeFileSync(file(), Buffer.alloc(33))],
    ['that is empty', () => writeFileSync(file(), '')],
    [
      'that is a link',
      () => {
        writeFileSync(join(root, 'other'), key, { mode: 0o600 })
        rmSync(file())
        symlinkSync(join(root, 'other'), file())
      },
    ],
  ])('%s is not believed', (_, spoil) => {
    keepSessionKey(place(), key)
    spoil()
    expect(findSessionKey(place())).toBeUndefined()
  })

  test('of another user is not believed', () => {
    keepSessionKey(place(), key)
    expect(findSessionKey({ ...place(), uid: uid + 1 })).toBeUndefined()
    if (uid !== 0) return // only root can give files away
    chownSync(file(), 12345, 12345)
    expect(findSessionKey(place())).toBeUndefined()
    chownSync(file(), uid, uid)
    chownSync(place().runtimeDirectory, 12345, 12345)
    expect(findSessionKey(place())).toBeUndefined()
  })

  test('is not written where others could read it, and failing is no error', () => {
    keepSessionKey(place(), key)
    rmSync(file())
    chmodSync(place().runtimeDirectory, 0o755)
    keepSessionKey(place(), key)
    expect(() => readFileSync(file())).toThrow(/ENOENT/)
    keepSessionKey({ ...place(), runtimeDirectory: '/proc/nowhere' }, key)
    expect(findSessionKey({ ...place(), runtimeDirectory: '/proc/nowhere' })).toBeUndefined()
  })
})
