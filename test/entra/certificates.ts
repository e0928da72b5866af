/** Certificates made in the process, so that neither tests nor the demo need openssl. */
import 'reflect-metadata'
import { KeyObject, webcrypto, X509Certificate } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

const day = 24 * 60 * 60 * 1000

export interface SelfSignedOptions {
  /** A distinguished name, `CN=test` if not given. */
  readonly subject?: string
  /** RSA modulus length, 2048 if not given. */
  readonly bits?: number
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** A P-256 key instead of RSA. */
  readonly ec?: boolean
}

export interface SelfSigned {
  readonly certificatePem: string
  /** PKCS#8 (RFC 5958), not encrypted. */
  readonly privateKeyPem: string
  readonly x509: X509Certificate
}

/** A self-signed certificate (RFC 5280) of the kind people upload to an app registration. */
export async function createSelfSigned(options: SelfSignedOptions = {}): Promise<SelfSigned> {
  const keys = options.ec ? await ecKeys() : await rsaKeys(options.bits ?? 2048)
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: options.subject ?? 'CN=test',
      ...validity(options.notBefore, options.notAfter),
      keys,
      signingAlgorithm: signingAlgorithm(keys),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto as Crypto),
      ],
    },
    webcrypto as Crypto,
  )
  const certificatePem = certificate.toString('pem')
  return { certificatePem, privateKeyPem: pkcs8(keys), x509: new X509Certificate(certificatePem) }
}

/** A key that may be elsewhere: in a PKCS#11 token. */
export interface DistantKey {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array
  /** Signs with PKCS#1 v1.5 and SHA-256. */
  readonly sign: (data: Uint8Array) => Promise<Uint8Array>
}

/** A self-signed certificate of a key that only signs. */
export async function createSelfSignedBy(
  key: DistantKey,
  { subject = 'CN=test', notBefore, notAfter }: SelfSignedOptions = {},
): Promise<X509Certificate> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const publicKey = await webcrypto.subtle.importKey('spki', key.publicKey, algorithm, true, ['verify'])
  const { privateKey } = await rsaKeys(2048)
  const subtle = new Proxy(webcrypto.subtle, {
    get: (target, name) => {
      if (name === 'sign')
        return (_: unknown, __: unknown, data: ArrayBuffer) => key.sign(new Uint8Array(data))
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const certificate = await X509CertificateGenerator.create(
    {
      ...{ subject, issuer: subject, publicKey, signingKey: privateKey, signingAlgorithm: algorithm },
      ...validity(notBefore, notAfter),
    },
    { subtle, getRandomValues: webcrypto.getRandomValues.bind(webcrypto) } as unknown as Crypto,
  )
  return new X509Certificate(certificate.toString('pem'))
}

export interface TlsIdentity {
  readonly caPem: string
  readonly certificatePem: string
  readonly privateKeyPem: string
}

/** A new CA and a certificate of it for this machine's loopback names. The CA's key is not kept. */
export async function createTlsIdentity(): Promise<TlsIdentity> {
  const [caKeys, keys] = await Promise.all([ecKeys(), ecKeys()])
  const ca = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=entra-auth-cli test CA',
      ...validity(),
      keys: caKeys,
      signingAlgorithm: signingAlgorithm(caKeys),
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(caKeys.publicKey, false, webcrypto as Crypto),
      ],
    },
    webcrypto as Crypto,
  )
  const leaf = await X509CertificateGenerator.create(
    {
      subject: 'CN=localhost',
      issuer: ca.subject,
      ...validity(),
      publicKey: keys.publicKey,
      signingKey: caKeys.privateKey,
      signingAlgorithm: signingAlgorithm(caKeys),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        // Strict verifiers (RFC 5280 section 4.2.1.1) refuse a chain without it.
        await AuthorityKeyIdentifierExtension.create(caKeys.publicKey, false, webcrypto as Crypto),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension([
          { type: 'dns', value: 'localhost' },
          { type: 'ip', value: '127.0.0.1' },
          { type: 'ip', value: '::1' },
        ]),
      ],
    },
    webcrypto as Crypto,
  )
  return { caPem: ca.toString('pem'), certificatePem: leaf.toString('pem'), privateKeyPem: pkcs8(keys) }
}

type KeyPair = webcrypto.CryptoKeyPair & CryptoKeyPair

const usages = ['sign', 'verify'] as const

async function rsaKeys(modulusLength: number): Promise<KeyPair> {
  const publicExponent = new Uint8Array([1, 0, 1])
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent, modulusLength }
  return (await webcrypto.subtle.generateKey(algorithm, true, usages)) as KeyPair
}

async function ecKeys(): Promise<KeyPair> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  return (await webcrypto.subtle.generateKey(algorithm, true, usages)) as KeyPair
}

const signingAlgorithm = (keys: KeyPair) => ({ name: keys.privateKey.algorithm.name, hash: 'SHA-256' })

const pkcs8 = (keys: KeyPair) =>
  KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString()

/** Starts a day ago, so that a clock a little behind does not matter. */
function validity(notBefore = new Date(Date.now() - day), notAfter = new Date(Date.now() + 90 * day)) {
  return { notBefore, notAfter }
}
