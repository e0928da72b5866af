/** PKCS#11 URIs: RFC 7512's own, GnuTLS's, and what must not pass. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { formatUri, type Pkcs11Uri, parseUri } from '../../../src/crypto/pkcs11/uri.ts'
import { AppError } from '../../../src/errors.ts'
import { run } from '../../parts/cli.ts'
import { describeWith } from '../../parts/require-part.ts'
import { createSoftHsm } from '../../parts/softhsm.ts'

test.each<[string, Pkcs11Uri]>([
  // RFC 7512, section 3, but for those with a PIN.
  ['pkcs11:', {}],
  ['pkcs11:object=my-pubkey;type=public', { object: 'my-pubkey', type: 'public' }],
  [
    'pkcs11:object=my-key;type=private?pin-source=file:/etc/token',
    { object: 'my-key', type: 'private', 'pin-source': 'file:/etc/token' },
  ],
  [
    'pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0;object=my-certificate;type=cert;id=%69%95%3E%5C%F4%BD%EC%91;serial=?pin-source=file:/etc/token_pin',
    {
      token: 'The Software PKCS#11 Softtoken',
      manufacturer: 'Snake Oil, Inc.',
      model: '1.0',
      object: 'my-certificate',
      type: 'cert',
      id: Buffer.from('69953e5cf4bdec91', 'hex'),
      serial: '',
      'pin-source': 'file:/etc/token_pin',
    },
  ],
  [
    'pkcs11:object=my-sign-key;type=private?module-name=mypkcs11',
    { object: 'my-sign-key', type: 'private', 'module-name': 'mypkcs11' },
  ],
  [
    'pkcs11:object=my-sign-key;type=private?module-path=/mnt/libmypkcs11.so.1',
    { object: 'my-sign-key', type: 'private', 'module-path': '/mnt/libmypkcs11.so.1' },
  ],
  [
    'pkcs11:token=Software%20PKCS%2311%20softtoken;manufacturer=Snake%20Oil,%20Inc.',
    { token: 'Software PKCS#11 softtoken', manufacturer: 'Snake Oil, Inc.' },
  ],
  ['pkcs11:slot-description=Sun%20Metaslot', { 'slot-description': 'Sun Metaslot' }],
  [
    'pkcs11:library-manufacturer=Snake%20Oil,%20Inc.;library-description=Soft%20Token%20Library;library-version=1.23',
    {
      'library-manufacturer': 'Snake Oil, Inc.',
      'library-description': 'Soft Token Library',
      'library-version': '1.23',
    },
  ],
  ['pkcs11:token=A%20name%20with%20a%20substring%20%25%3B', { token: 'A name with a substring %;' }],
  [
    'pkcs11:token=Name%20with%20a%20small%20A%20with%20acute:%20%C3%A1',
    { token: 'Name with a small A with acute: á' },
  ],
  ['PKCS11:token=T', { token: 'T' }],
])('%s is read, and written so that it reads the same', (text, uri) => {
  expect(parseUri(text)).toEqual(uri)
  expect(parseUri(formatUri(uri))).toEqual(uri)
})

test.each([
  ['', /must begin with "pkcs11:"/],
  ['https://example.org', /must begin/],
  ['pkcs11:token', /NAME=VALUE/],
  ['pkcs11:token=a;token=b', /the attribute token twice/],
  ['pkcs11:tokens=a', /unknown there: tokens/],
  ['pkcs11:pin-source=file:a', /unknown there: pin-source/],
  ['pkcs11:token=a?token=b', /unknown there: token/],
  ['pkcs11:token=a b', /token that must be percent-encoded/],
  ['pkcs11:token=%2', /must be percent-encoded/],
  ['pkcs11:token=%zz', /must be percent-encoded/],
  ['pkcs11:token=á', /must be percent-encoded/],
  ['pkcs11:token=%ff', /not UTF-8: token/],
  ['pkcs11:token=%00', /value of token that cannot be/],
  ['pkcs11:type=key', /value of type that cannot be/],
  ['pkcs11:slot-id=0x1', /value of slot-id/],
  ['pkcs11:library-version=1.2.3', /value of library-version/],
  ['pkcs11:object=k?pin-value=the-pin', /must not hold the PIN/],
])('%s is refused', (text, message) => {
  const refusal = () => parseUri(text)
  expect(refusal).toThrow(AppError)
  expect(refusal).toThrow(message)
  expect(refusal).not.toThrow(/the-pin/)
})

const attributes = fc.record(
  {
    token: fc.string({ unit: 'binary' }),
    object: fc.string({ unit: 'binary' }),
    serial: fc.string(),
    id: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    'module-path': fc.string({ unit: 'grapheme' }),
  },
  { requiredKeys: [] },
)

test('what is written is read again, whatever it holds', () => {
  fc.assert(
    fc.property(attributes, (uri) => {
      fc.pre(!Object.values(uri).some((value) => typeof value === 'string' && /\0|\p{Cs}/u.test(value)))
      expect(parseUri(formatUri(uri))).toEqual(uri)
    }),
  )
})

test('no text makes it throw anything but what a person can read', () => {
  fc.assert(
    fc.property(
      fc.string().map((text) => `pkcs11:${text}`),
      (text) => {
        try {
          parseUri(text)
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
        }
      },
    ),
  )
})

describeWith(['softhsm2', 'gnutls-bin'], "GnuTLS's URI", () => {
  test('of a token is read', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'entra-uri-'))
    try {
      const { env, module } = await createSoftHsm(directory, { label: 'A label; & more: ä' })
      const { stdout } = await run('p11tool', ['--provider', module, '--list-token-urls'], {
        env: { PATH: process.env.PATH, ...env },
      })
      const uris = stdout.trim().split('\n').map(parseUri)
      expect(uris).toContainEqual(
        expect.objectContaining({ token: 'A label; & more: ä', model: 'SoftHSM v2' }),
      )
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
