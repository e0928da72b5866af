/** Certificates, requests and PFX files that we make, read by programs that are not ours. */
import { execFileSync } from 'node:child_process'
import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import {
  createCertificateRequest,
  createSelfSigned,
  localCertificateSigner,
  type Subject,
} from '../../src/crypto/certificate-signing.ts'
import { readClientCertificate } from '../../src/crypto/client-certificate.ts'
import { generateRsaKey, type KeySize, keySizes } from '../../src/crypto/key-pair.ts'
import { writePrivateKey } from '../../src/crypto/password-encryption.ts'
import { writePfx } from '../../src/crypto/pfx-writer.ts'
import { AppError } from '../../src/errors.ts'
import { Secret } from '../../src/secret.ts'
import { describeWith, openssl, password, pathOf, run, toInput } from './openssl.ts'

const day = 86_400_000
const keys = new Map<KeySize, KeyObject>()
let key: KeyObject

beforeAll(async () => {
  for (const size of keySizes) keys.set(size, await generateRsaKey(size))
  key = keys.get(2048) as KeyObject
}, 60_000)

const make = (subject: Subject, signing = key): Promise<X509Certificate> =>
  createSelfSigned({
    signer: localCertificateSigner(signing),
    subject,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 30 * day),
  })

const write = (name: string, data: string | Uint8Array) => writeFileSync(pathOf(name), data)

describe('a self-signed certificate', () => {
  test.each(keySizes)('over %i bits is one for clients, by openssl', async (size) => {
    const certificate = await make({ commonName: 'app' }, keys.get(size))
    write('made.crt', certificate.toString())
    const text = openssl('x509 -in made.crt -noout -text').toString()
    expect(text).toContain(`Public-Key: (${size} bit)`)
    expect(text).toContain('Version: 3 (0x2)')
    expect(text).toContain('Signature Algorithm: sha256WithRSAEncryption')
    expect(text).toMatch(/X509v3 Basic Constraints: critical\s+CA:FALSE/)
    expect(text).toMatch(/X509v3 Key Usage: critical\s+Digital Signature\s/)
    expect(text).toMatch(/X509v3 Extended Key Usage:\s+TLS Web Client Authentication\s/)
    expect(text).toMatch(/X509v3 Subject Key Identifier:\s+([0-9A-F]{2}:){19}/)
    const verify = 'verify -purpose sslclient -x509_strict -check_ss_sig -CAfile made.crt made.crt'
    expect(openssl(verify).toString()).toBe('made.crt: OK\n')
    expect(certificate.checkPrivateKey(keys.get(size) as KeyObject)).toBe(true)
  })

  test('has a positive serial number of its own, and whole seconds', async () => {
    const [one, other] = await Promise.all([make({ commonName: 'a' }), make({ commonName: 'a' })])
    expect(one.serialNumber).toMatch(/^01[0-9A-F]{30}$/)
    expect(one.serialNumber).not.toBe(other.serialNumber)
    expect(Date.parse(one.validTo) - Date.parse(one.validFrom)).toBe(30 * day + 60_000)
  })

  test.each<[Subject, string]>([
    [{ commonName: 'app' }, 'CN=app'],
    [{ commonName: 'a, b="c" + d\\e;<#>' }, 'CN=a\\, b=\\"c\\" \\+ d\\\\e\\;\\<#\\>'],
    [{ commonName: '#41' }, 'CN=\\#41'],
    [{ commonName: 'Grüße €' }, 'CN=Grüße €'],
    [{ text: 'CN=app, O="Acme, Inc", C=DE' }, 'C=DE,O=Acme\\, Inc,CN=app'],
    [{ text: 'CN=app\\, x,OU=a+OU=b' }, 'OU=b+OU=a,CN=app\\, x'],
  ])('for %j carries that name', async (subject, rfc2253) => {
    write('named.crt', (await make(subject)).toString())
    const shown = openssl('x509 -in named.crt -noout -subject -nameopt RFC2253,-esc_msb,utf8').toString()
    expect(shown.trim()).toBe(`subject=${rfc2253}`)
  })

  test.each([
    'app',
    '',
    'CN=',
    'O=Acme, Inc',
    'XX=app',
    'CN="app',
    'CN=a,,O=b',
    'CN=a\nO=b',
    `CN=${'a'.repeat(600)}`,
  ])('is not made for the name %j, which would lose a part', async (text) => {
    const error = await make({ text }).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(AppError)
    expect(error).toMatchObject({ code: 'usage', message: 'the subject is not a distinguished name' })
  })

  test('is signed by whatever signs: what it throws passes through', async () => {
    const signer = {
      ...localCertificateSigner(key),
      sign: async () => {
        throw new AppError('denied', 'the PIN is wrong')
      },
    }
    const notAfter = new Date(Date.now() + day)
    await expect(
      createSelfSigned({ signer, subject: { commonName: 'a' }, notBefore: new Date(), notAfter }),
    ).rejects.toMatchObject({ code: 'denied' })
  })
})

describe('a request', () => {
  test.each(keySizes)(
    'over %i bits is verified by openssl, which can issue the certificate',
    async (size) => {
      const signing = keys.get(size) as KeyObject
      const pem = await createCertificateRequest(localCertificateSigner(signing), {
        text: 'CN=app, O="Acme, Inc"',
      })
      write('made.csr', pem)
      const text = run('openssl', 'req', '-in', pathOf('made.csr'), '-verify', '-noout', '-text').toString()
      expect(text).toContain(`Public-Key: (${size} bit)`)
      expect(text).toContain('Subject: CN = app, O = "Acme, Inc"')
      expect(text).toMatch(/Extended Key Usage:\s+TLS Web Client Authentication/)
      openssl('req -x509 -newkey rsa:2048 -noenc -keyout ca.key -out ca.crt -subj /CN=ca -days 3')
      openssl(
        'x509 -req -in made.csr -CA ca.crt -CAkey ca.key -copy_extensions copyall -days 2 -out issued.crt',
      )
      expect(openssl('verify -purpose sslclient -CAfile ca.crt issued.crt').toString()).toBe(
        'issued.crt: OK\n',
      )
    },
  )
})

describe('a private key in PEM', () => {
  test('is PKCS#8, and in the clear without a password', async () => {
    write('clear.pem', await writePrivateKey(key, undefined))
    expect(openssl('pkey -in clear.pem -noout -check').toString()).toContain('Key is valid')
  })

  test('is encrypted with AES-256 under 600,000 rounds of PBKDF2', async () => {
    write('encrypted.pem', await writePrivateKey(key, new Secret(password)))
    const structure = openssl('asn1parse -in encrypted.pem').toString()
    // 0x0927C0 = 600,000
    expect(structure).toMatch(
      /:PBES2[\s\S]*:PBKDF2[\s\S]*INTEGER +:0927C0[\s\S]*:hmacWithSHA256[\s\S]*:aes-256-cbc/,
    )
    expect(openssl('pkey -in encrypted.pem -noout -check -passin pass:%').toString()).toContain(
      'Key is valid',
    )
    expect(() => openssl('pkey -in encrypted.pem -noout -passin pass:wrong')).toThrow()
    const opened = createPrivateKey({ key: await writePrivateKey(key, new Secret('x')), passphrase: 'x' })
    expect(opened.equals(key)).toBe(true)
  })
})

describe('a PFX', () => {
  let certificate: X509Certificate
  beforeAll(async () => {
    certificate = await make({ commonName: 'app' })
    const pfx = async (name: string, secret: string) =>
      write(name, await writePfx({ key, certificate, password: new Secret(secret), friendlyName: 'app é' }))
    await pfx('unicode.pfx', password)
    await pfx('ascii.pfx', 'correct horse')
    await pfx('open.pfx', '')
  })

  test('is read by openssl: AES-256, 600,000 rounds, MAC with SHA-256', () => {
    const info = (name: string, secret: string) =>
      execFileSync(
        'sh',
        [
          '-c',
          'exec openssl pkcs12 -info -in "$1" -passin "pass:$2" -nodes 2>&1',
          'sh',
          pathOf(name),
          secret,
        ],
        { stdio: ['ignore', 'pipe', 'pipe'] },
      ).toString()
    for (const [name, secret] of [
      ['unicode.pfx', password],
      ['ascii.pfx', 'correct horse'],
    ] as const) {
      const text = info(name, secret)
      expect(text).toContain('MAC: sha256, Iteration 600000')
      const cipher = 'PBES2, PBKDF2, AES-256-CBC, Iteration 600000, PRF hmacWithSHA256'
      expect(text).toContain(`PKCS7 Encrypted data: ${cipher}`)
      expect(text).toContain(`Shrouded Keybag: ${cipher}`)
      expect(text).toMatch(/friendlyName: app [\s\S]*BEGIN CERTIFICATE[\s\S]*BEGIN PRIVATE KEY/)
      const [pem] = /-----BEGIN PRIVATE KEY[\s\S]*END PRIVATE KEY-----/.exec(text) ?? []
      expect(createPrivateKey(pem as string).equals(key)).toBe(true)
    }
    expect(info('open.pfx', '')).toContain('BEGIN PRIVATE KEY')
    expect(() => info('ascii.pfx', 'wrong')).toThrow()
  })

  test.each([
    ['unicode.pfx', password],
    ['ascii.pfx', 'correct horse'],
    ['open.pfx', undefined],
  ])('%s is read by our own reader', async (name, secret) => {
    const { certificate: read } = await readClientCertificate(
      toInput({
        certificate: execFileSync('cat', [pathOf(name)]),
        ...(secret !== undefined && { password: secret }),
      }),
    )
    expect(read.raw.equals(certificate.raw)).toBe(true)
  })

  describeWith('pk12util', 'libnss3-tools')('by NSS', () => {
    test.each([
      ['unicode.pfx', password],
      ['ascii.pfx', 'correct horse'],
      ['open.pfx', ''],
    ])('%s is imported with its key', (name, secret) => {
      const database = pathOf(`nss-${name}`)
      rmSync(database, { recursive: true, force: true })
      execFileSync('mkdir', [database])
      run('certutil', '-N', '-d', `sql:${database}`, '--empty-password')
      const env = { ...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' }
      const imported = ['-i', pathOf(name), '-d', `sql:${database}`, '-W', secret, '-K', '']
      execFileSync('pk12util', imported, { env, stdio: ['ignore', 'pipe', 'pipe'] })
      expect(run('certutil', '-K', '-d', `sql:${database}`).toString()).toMatch(/rsa\s+[0-9a-f]{40}/)
    })
  })

  // Where Java is installed: the product does not need it, and it is a large package.
  const keytool = ['/usr/bin/keytool', `${process.env.JAVA_HOME}/bin/keytool`].find((path) =>
    existsSync(path),
  )
  const withJava = keytool === undefined ? test.skip : test
  withJava(
    'by Java: the key and its certificate (to run it: apt-get install default-jre-headless)',
    () => {
      for (const [name, secret] of [
        ['ascii.pfx', 'correct horse'],
        ['open.pfx', ''],
      ] as const) {
        const list = ['-list', '-storetype', 'PKCS12', '-keystore', pathOf(name), '-storepass', secret]
        const shown = run(keytool as string, ...list).toString()
        expect(shown).toContain('PrivateKeyEntry')
        expect(shown).toContain(certificate.fingerprint256)
      }
    },
    60_000,
  )
})
