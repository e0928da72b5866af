/** Encrypted exports of the .NET tool, made by openssl as that tool makes them: no code of ours checks itself. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { findDotnetExport, openDotnetExport } from '../../../src/profiles/transfer/dotnet-export.ts'
import { Secret } from '../../../src/secret.ts'
import { describeWith } from '../../parts/require-part.ts'

const passphrase = 'pässw0rd of the export'
const clientId = '11111111-2222-3333-4444-555555555555'
const profile = {
  name: 'ci',
  tenantId: 'contoso.onmicrosoft.com',
  clientId,
  scopes: [],
  authMethod: 'ClientSecret',
}

function dotnetExport(content: unknown): string {
  const [salt, iv] = [randomBytes(32), randomBytes(16)]
  const openssl = (args: readonly string[], input = '') => execFileSync('openssl', args, { input })
  const options = [`pass:${passphrase}`, `hexsalt:${salt.toString('hex')}`, 'iter:100000', 'digest:SHA256']
  const kdf = ['kdf', '-keylen', '32', '-binary', ...options.flatMap((one) => ['-kdfopt', one]), 'PBKDF2']
  const key = openssl(kdf).toString('hex')
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  const cipher = openssl(['enc', '-aes-256-cbc', '-K', key, '-iv', iv.toString('hex')], text)
  return Buffer.concat([salt, iv, cipher]).toString('base64')
}

const open = (text: string, given = passphrase) =>
  openDotnetExport(findDotnetExport(text, 'F') as Uint8Array, new Secret(given), 'F')

describeWith(['openssl'], 'an encrypted export of the .NET tool', () => {
  test('opens, on one line or wrapped at 80 columns', async () => {
    const text = dotnetExport({
      Profile: profile,
      ClientSecret: 'canary',
      ExportedAt: '2026-01-09T10:00:00Z',
    })
    for (const form of [text, `${(text.match(/.{1,80}/g) ?? []).join('\r\n')}\r\n`]) {
      const read = await open(form)
      expect(read).toMatchObject({
        name: 'ci',
        profile: { clientId, credential: { type: 'client-secret', secret: 'keychain' } },
        lost: [],
      })
      expect(read.secrets.get('client-secret')?.reveal()).toBe('canary')
    }
  })

  test('is read in camelCase and in PascalCase', async () => {
    const { name, tenantId, scopes } = profile
    const pascal = {
      Name: name,
      TenantId: tenantId,
      ClientId: clientId,
      Scopes: scopes,
      AuthMethod: 'Certificate',
    }
    const read = await open(
      dotnetExport({ profile: { ...pascal, CertificatePath: '/x.pfx' }, certificatePassword: 'canary' }),
    )
    expect(read).toMatchObject({
      name: 'ci',
      profile: { credential: { certificatePath: '/x.pfx' } },
      wanting: [],
    })
    expect(read.secrets.get('certificate-password')?.reveal()).toBe('canary')
  })

  test('without its secret says that one is needed', async () => {
    const read = await open(dotnetExport({ Profile: profile, ClientSecret: null }))
    expect([read.secrets.size, read.wanting]).toEqual([0, []])
    expect(read.profile.credential).toEqual({ type: 'client-secret', secret: 'keychain' })
  })

  test('does not open with another passphrase, and says that it cannot tell why', async () => {
    const text = dotnetExport({ Profile: profile })
    const refusal = {
      code: 'denied',
      message: 'the passphrase does not open F, or it is damaged',
      hint: expect.stringContaining('cannot tell which'),
    }
    await expect(open(text, 'another')).rejects.toMatchObject(refusal)
    const bytes = Buffer.from(text, 'base64')
    bytes[40] = (bytes[40] as number) ^ 1 // the IV: the first block comes out otherwise
    bytes[bytes.length - 20] = (bytes[bytes.length - 20] as number) ^ 1
    await expect(open(bytes.toString('base64'))).rejects.toMatchObject({ code: 'denied' })
  })

  test.each([
    ['[1]', 'denied', ''],
    ['{}', 'data', 'lacks the field "Profile"'],
    ['{"Profile":null}', 'data', 'Profile must be an object'],
    ['{"Profile":{"name":"x"}}', 'data', 'Profile lacks the field "tenantId"'],
  ])('that holds %s is refused', async (content, code, message) => {
    await expect(open(dotnetExport(content))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    })
  })
})

test('other texts are none, and one that was cut is said to be', () => {
  for (const text of ['hello', 'no base64!', Buffer.alloc(63).toString('base64')])
    expect(findDotnetExport(text, 'F')).toBeUndefined()
  expect(() => findDotnetExport(Buffer.alloc(65).toString('base64'), 'F')).toThrow(
    expect.objectContaining({ code: 'data', message: expect.stringContaining('cut short') }),
  )
})
