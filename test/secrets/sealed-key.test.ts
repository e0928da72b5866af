/** Private keys sealed in files: over a store in memory, so that what the store is given can be seen. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '../../src/secret.ts'
import { createSealedKeyStore, findKeyCertificates } from '../../src/secrets/sealed-key.ts'
import type { SecretStore } from '../../src/secrets/store.ts'

const pem = (label: string, body: string) => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`
const text = pem('CERTIFICATE', 'AAAA') + pem('CERTIFICATE', 'BBBB') + pem('PRIVATE KEY', 'c2VjcmV0')
const account = 'ci/private-key'

let directory: string
let items: Map<string, string>
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'entra-keys-')), 'keys')
  items = new Map()
})
afterEach(() => rmSync(join(directory, '..'), { recursive: true }))

const openers = (kind: SecretStore['kind'] = 'keychain'): SecretStore => ({
  kind,
  get: async (name) => {
    const value = items.get(`${kind}/${name}`)
    return value === undefined ? undefined : new Secret(value)
  },
  set: async (name, secret) => {
    items.set(`${kind}/${name}`, secret.reveal())
  },
  remove: async (name) => items.delete(`${kind}/${name}`),
})
const store = (kind?: SecretStore['kind']) => createSealedKeyStore(openers(kind), { directory })
const file = () => join(directory, readdirSync(directory)[0] as string)
const reveal = async (secret: Promise<Secret | undefined>) => (await secret)?.reveal()

test('a key comes back whole; its store holds 32 bytes, its file the certificates alone', async () => {
  await store().set(account, new Secret(text))
  expect(await reveal(store().get(account))).toBe(text)
  expect(Buffer.from(items.get(`keychain/${account}`) as string, 'base64url')).toHaveLength(32)
  const content = readFileSync(file(), 'utf8')
  expect(content.startsWith(pem('CERTIFICATE', 'AAAA') + pem('CERTIFICATE', 'BBBB'))).toBe(true)
  expect(content).not.toContain('c2VjcmV0')
  expect(statSync(file()).mode & 0o777).toBe(0o600)
  expect(findKeyCertificates({ directory }, 'keychain', account)?.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
})

test('another account, another store and an empty directory have none', async () => {
  expect(await store().get(account)).toBeUndefined()
  expect(findKeyCertificates({ directory }, 'keychain', account)).toBeUndefined()
  await store().set(account, new Secret(text))
  expect(await store().get('other/private-key')).toBeUndefined()
  expect(await store('file').get(account)).toBeUndefined()
})

test('a new key is sealed under the same opening key: until its file is there, the old one opens', async () => {
  await store().set(account, new Secret(text))
  const opener = items.get(`keychain/${account}`)
  await store().set(account, new Secret(text.replace('c2VjcmV0', 'bmV3')))
  expect(items.get(`keychain/${account}`)).toBe(opener)
  expect(await reveal(store().get(account))).toContain('bmV3')
})

test('both stores may have one of the same account; removing one leaves the other', async () => {
  await store('keychain').set(account, new Secret(text))
  await store('file').set(account, new Secret(text))
  expect(await store('keychain').remove(account)).toBe(true)
  expect(await store('keychain').remove(account)).toBe(false)
  expect(await reveal(store('file').get(account))).toBe(text)
  expect(items.size).toBe(1)
})

test('when its file cannot be written, no opening key stays behind', async () => {
  writeFileSync(directory, 'in the way')
  await expect(store().set(account, new Secret(text))).rejects.toMatchObject({ code: 'config' })
  expect(items.size).toBe(0)
})

test('a file that was changed, or moved to another account, is damaged and not a key', async () => {
  await store().set(account, new Secret(text))
  const whole = readFileSync(file(), 'utf8')
  const damaged = {
    code: 'config',
    message: expect.stringContaining('is damaged, or sealed with another key'),
  }
  for (const changed of [
    whole.replace(
      /(SEALED PRIVATE KEY-----\n.{20})(.)/,
      (_, before, char) => before + (char === 'A' ? 'B' : 'A'),
    ),
    whole.slice(0, -60),
    '',
  ]) {
    writeFileSync(file(), changed)
    await expect(store().get(account)).rejects.toMatchObject(damaged)
  }
  const path = file()
  await store().set('other', new Secret(text))
  const other = readdirSync(directory)
    .map((name) => join(directory, name))
    .find((name) => name !== path) as string
  writeFileSync(other, whole)
  items.set('keychain/other', items.get(`keychain/${account}`) as string)
  await expect(store().get('other')).rejects.toMatchObject(damaged)
})

test('an opening key that is gone is as good as no key', async () => {
  await store().set(account, new Secret(text))
  items.clear()
  expect(await store().get(account)).toBeUndefined()
})
