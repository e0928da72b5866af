/** The sealed file store: what it writes, what it refuses to read, and ten processes that use it first at once. */
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '../../src/secret.ts'
import { itemPath, machineKeyPath } from '../../src/secrets/machine-key.ts'
import { createSealedFileStore } from '../../src/secrets/sealed-file.ts'
import { run } from '../parts/cli.ts'
import { bundle } from '../platform/bundle.ts'

const uid = process.getuid?.() ?? 0
let root: string
let directory: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entra-store-'))
  directory = join(root, 'data', 'secrets')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const open = (passphrase?: string) =>
  createSealedFileStore({ directory, uid, ...(passphrase && { passphrase: new Secret(passphrase) }) })
const read = async (account: string, passphrase?: string) => (await open(passphrase).get(account))?.reveal()
const keep = (account: string, secret: string, passphrase?: string) =>
  open(passphrase).set(account, new Secret(secret))
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe('the sealed file store', () => {
  test('gives back what it was given, also to the next process', async () => {
    await keep('a', 'first')
    await keep('b', 'ü€😀\n')
    await keep('a', 'second')
    expect(await read('a')).toBe('second')
    expect(await read('b')).toBe('ü€😀\n')
    expect(await read('c')).toBeUndefined()
  })

  test('makes nothing when it is only read', async () => {
    expect(await read('a')).toBeUndefined()
    expect(await open().remove('a')).toBe(false)
    expect(readdirSync(root)).toEqual([])
  })

  test('removes a secret, and says whether there was one', async () => {
    await keep('a', 'x')
    expect(await open().remove('a')).toBe(true)
    expect(await read('a')).toBeUndefined()
    expect(await open().remove('a')).toBe(false)
  })

  test('is for one person alone, whatever the umask', async () => {
    const before = process.umask(0)
    try {
      await keep('a', 'x')
    } finally {
      process.umask(before)
    }
    expect(mode(directory)).toBe('700')
    for (const name of readdirSync(directory))
      expect([name, mode(join(directory, name))]).toEqual([name, '600'])
  })

  test('shows neither secret nor account in its files', async () => {
    await keep('ci/client-secret', 'hunter2-hunter2')
    for (const name of readdirSync(directory)) {
      const content = readFileSync(join(directory, name)).toString('latin1')
      expect(`${name} ${content}`).not.toMatch(/hunter2|client-secret/)
    }
  })

  test('does not take the secret of one account for that of another', async () => {
    await keep('a', 'x')
    renameSync(itemPath(directory, 'a'), itemPath(directory, 'b'))
    await expect(open().get('b')).rejects.toMatchObject({ code: 'config' })
  })
})

describe('a file of the store that cannot be trusted is an error, and no absent secret:', () => {
  const spoilt: [string, (path: string) => void][] = [
    ['open to the group', (path) => chmodSync(path, 0o640)],
    ['open to others', (path) => chmodSync(path, 0o604)],
    ['emptied', (path) => writeFileSync(path, '')],
    ['cut short', (path) => writeFileSync(path, readFileSync(path).subarray(0, -1))],
    ['overwritten', (path) => writeFileSync(path, Buffer.alloc(64))],
    ['longer than any', (path) => writeFileSync(path, Buffer.alloc(2 * 1024 * 1024))],
    [
      'a directory',
      (path) => {
        rmSync(path)
        mkdirSync(path, { mode: 0o700 })
      },
    ],
    ['with a second name', (path) => linkSync(path, `${path}.link`)],
    [
      'a link',
      (path) => {
        renameSync(path, `${path}.real`)
        symlinkSync(`${path}.real`, path)
      },
    ],
  ]
  test.each(spoilt)('the item %s', async (_, spoil) => {
    await keep('a', 'x')
    spoil(itemPath(directory, 'a'))
    await expect(open().get('a')).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining(itemPath(directory, 'a')),
    })
  })

  test.each(spoilt)('the machine key %s', async (what, spoil) => {
    await keep('a', 'x')
    spoil(machineKeyPath(directory))
    const failure = expect.objectContaining({ code: 'config' })
    await expect(open().get('a')).rejects.toEqual(failure)
    if (what !== 'overwritten') await expect(keep('b', 'x')).rejects.toEqual(failure)
  })

  test('a FIFO in place of either, which is not waited for', async () => {
    for (const path of [itemPath(directory, 'a'), machineKeyPath(directory)]) {
      await keep('a', 'x')
      rmSync(path)
      expect((await run('mkfifo', ['-m', '600', path], { env: process.env })).status).toBe(0)
      await expect(open().get('a')).rejects.toMatchObject({ code: 'config' })
      rmSync(directory, { recursive: true })
    }
  })

  test('a directory that others may write in gets no secret', async () => {
    await keep('a', 'x')
    chmodSync(directory, 0o777)
    await expect(keep('b', 'x')).rejects.toMatchObject({ code: 'config' })
  })

  test('a directory that cannot be made: the store says so', async () => {
    writeFileSync(join(root, 'data'), '')
    await expect(keep('a', 'x')).rejects.toMatchObject({ code: expect.stringMatching(/config|store/) })
  })
})

describe('a passphrase', () => {
  test('opens what it sealed; another one is denied', async () => {
    await keep('a', 'x', 'correct horse')
    expect(await read('a', 'correct horse')).toBe('x')
    await expect(open('wrong').get('a')).rejects.toMatchObject({ code: 'denied' })
    await expect(keep('b', 'x', 'wrong')).rejects.toMatchObject({ code: 'denied' })
  })

  test('is the same however its accents are written', async () => {
    await keep('a', 'x', 'caf\u00e9')
    expect(await read('a', 'cafe\u0301')).toBe('x')
  })

  test('cannot be left out later: nothing is sealed under less', async () => {
    await keep('a', 'x', 'correct horse')
    const missing = { code: 'config', hint: expect.stringContaining('ENTRA_AUTH_CLI_PASSPHRASE') }
    await expect(open().get('a')).rejects.toMatchObject(missing)
    await expect(keep('b', 'x')).rejects.toMatchObject(missing)
    expect(readdirSync(directory)).not.toContain('machine.key')
  })

  test('cannot be added later: what the machine key sealed would be lost', async () => {
    await keep('a', 'x')
    const unwanted = { code: 'config', hint: expect.stringContaining('ENTRA_AUTH_CLI_PASSPHRASE') }
    await expect(open('correct horse').get('a')).rejects.toMatchObject(unwanted)
    await expect(keep('b', 'x', 'correct horse')).rejects.toMatchObject(unwanted)
    expect(await read('a')).toBe('x')
  })

  test('whose file is damaged: that is said, without what is in it', async () => {
    await keep('a', 'x', 'correct horse')
    for (const content of ['', '{', '{}', '{"version":1,"salt":1,"check":"SECRETISH"}', 'null']) {
      writeFileSync(join(directory, 'passphrase.json'), content, { mode: 0o600 })
      await expect(open('correct horse').get('a')).rejects.toMatchObject({
        code: 'config',
        message: `${join(directory, 'passphrase.json')} is damaged`,
      })
    }
  })
})

describe('processes that keep their first secret at once', () => {
  const program = bundle(`
    import { Secret } from './src/secret.ts'
    import { createSealedFileStore } from './src/secrets/sealed-file.ts'
    const [directory, account, passphrase] = process.argv.slice(2)
    const store = createSealedFileStore({
      directory,
      uid: process.getuid(),
      ...(passphrase && { passphrase: new Secret(passphrase) }),
    })
    process.stdin.resume().on('end', async () => {
      await store.set(account, new Secret('secret of ' + account))
      process.stdout.write((await store.get(account)).reveal())
    })
  `)
  afterAll(() => program.remove())

  test.each<[number, string, string | undefined]>([
    [10, 'machine key', undefined],
    // Each takes 128 MiB for its key.
    [3, 'passphrase', 'correct horse'],
  ])('%i of them agree on one %s', async (count, _, passphrase) => {
    const accounts = Array.from({ length: count }, (_, index) => `account-${index}`)
    const args = passphrase ? [passphrase] : []
    const results = await Promise.all(
      accounts.map((account) =>
        run(process.execPath, [program.path, directory, account, ...args], { env: program.env, input: '' }),
      ),
    )
    expect(results).toEqual(
      accounts.map((account) => ({ status: 0, signal: null, stdout: `secret of ${account}`, stderr: '' })),
    )
    for (const account of accounts) expect(await read(account, passphrase)).toBe(`secret of ${account}`)
    expect(readdirSync(directory).filter((name) => name.startsWith('.'))).toEqual([])
  })
})
