import fc from 'fast-check'
import { AppError } from '../../../src/errors.ts'
import {
  isSealedExport,
  openExport,
  readEnvelope,
  sealExport,
} from '../../../src/profiles/transfer/sealed-export.ts'
import { Secret } from '../../../src/secret.ts'

const passphrase = new Secret('correct horse battery')
const value = 'canary~S3cr3t~of.the_application'
const document = '{"version":1,"profiles":{}}'
const content = { document, secrets: new Map([['ci', new Map([['client-secret', new Secret(value)]])]]) }

let line: string
beforeAll(async () => {
  line = await sealExport(content, passphrase)
})

const open = async (text: string, given = passphrase) => openExport(readEnvelope(text, 'F'), given, 'F')

/** The code of the error that reading throws. */
async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
  return 'opened'
}

test('is one line, with its format, version and costs in the open, and nothing else', () => {
  expect(line).toMatch(/^entra-auth-cli-export:v1:scrypt:17:8:1:[\w-]{43}:[\w-]+:[\w-]{11}$/)
  expect(line).not.toContain(value)
  expect(Buffer.from(line.split(':')[7] as string, 'base64url').toString('latin1')).not.toContain('version')
})

test('opens with its passphrase, as it was sealed', async () => {
  const opened = await open(line)
  expect(opened.document).toBe(document)
  expect(opened.secrets.get('ci')?.get('client-secret')?.reveal()).toBe(value)
})

test('is never the same twice', async () => {
  const other = await sealExport(content, passphrase)
  expect(
    other
      .split(':')
      .slice(6)
      .some((part) => line.includes(part)),
  ).toBe(false)
})

test('opens when it was wrapped over lines, indented, or ends with a newline of Windows', async () => {
  const wrapped = `\r\n  ${(line.match(/.{1,76}/g) ?? []).join('\r\n  ')}\r\n\r\n`
  expect(isSealedExport(wrapped)).toBe(true)
  expect((await open(wrapped)).document).toBe(document)
})

test('takes accents in the passphrase however they are encoded', async () => {
  const composed = await sealExport(content, new Secret('caf\u00e9 cr\u00e8me'))
  expect((await open(composed, new Secret('cafe\u0301 cre\u0300me'))).document).toBe(document)
})

test('tells a wrong passphrase from damage', async () => {
  expect(await codeOf(() => open(line, new Secret('correct horse batterz')))).toBe('denied')
  // Found before anything is derived.
  expect(await codeOf(() => readEnvelope(line.slice(0, -30), 'F'))).toBe('data')
})

test('a changed, missing or added character is always found', () => {
  fc.assert(
    fc.property(fc.nat({ max: line.length - 1 }), fc.constantFrom('A', '9', '_', ':', ''), (at, other) => {
      if (line[at] === other) return
      const changed = line.slice(0, at) + other + line.slice(at + 1)
      expect(() => readEnvelope(changed, 'F')).toThrow(AppError)
    }),
  )
})

test.each([
  ['a cost', (parts: string[]) => parts.with(3, '16')],
  ['the salt', (parts: string[]) => parts.with(6, `${'A'.repeat(42)}E`)],
  ['the sealed part', (parts: string[]) => parts.with(7, `B${(parts[7] as string).slice(1)}`)],
])('who changes %s and mends the checksum gets nothing', async (_, change) => {
  const { createHash } = await import('node:crypto')
  const changed = change(line.split(':')).slice(0, 8).join(':')
  const sum = createHash('sha256').update(changed).digest().subarray(0, 8).toString('base64url')
  expect(await codeOf(() => open(`${changed}:${sum}`))).toBe('denied')
})

test('costs that would exhaust memory or time are refused before they are paid', async () => {
  const { createHash } = await import('node:crypto')
  for (const [logN, r, p] of [
    [40, 8, 1],
    [19, 8, 1],
    [17, 9, 1],
    [17, 8, 9],
    [17, 0, 1],
    [0, 8, 1],
  ]) {
    const changed = line.replace(':17:8:1:', `:${logN}:${r}:${p}:`).split(':').slice(0, 8).join(':')
    const sum = createHash('sha256').update(changed).digest().subarray(0, 8).toString('base64url')
    expect(() => readEnvelope(`${changed}:${sum}`, 'F')).toThrow(
      expect.objectContaining({ code: 'data', message: expect.stringContaining('memory or time') }),
    )
  }
})

test('a newer version says so', () => {
  expect(() => readEnvelope(line.replace(':v1:', ':v2:'), 'F')).toThrow(
    expect.objectContaining({
      code: 'data',
      message: 'F is a sealed export of version 2; this program knows 1',
    }),
  )
})
