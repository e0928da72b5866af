/** Makes certificates and requests for them (RFC 5280, RFC 2986), with whatever can sign. The one importer of @peculiar/x509. */
import { createPublicKey, type KeyObject, sign, webcrypto, X509Certificate } from 'node:crypto'
import type { Extension } from '@peculiar/x509'
import { AppError } from '../errors.ts'

/** A private key that makes the signature of a certificate, wherever it lives. */
export interface CertificateSigner {
  readonly publicKey: KeyObject
  /** RSASSA-PKCS1-v1_5 with SHA-256 over the data. */
  sign(data: Uint8Array): Promise<Uint8Array>
}

/** A common name, which may hold any character, or a whole distinguished name as text (RFC 4514). */
export type Subject = { readonly commonName: string } | { readonly text: string }

export interface NewCertificate {
  readonly signer: CertificateSigner
  readonly subject: Subject
  readonly notBefore: Date
  readonly notAfter: Date
}

/** A signer over a private key in memory, off the main thread. */
export const localCertificateSigner = (key: KeyObject): CertificateSigner => ({
  publicKey: createPublicKey(key),
  sign: (data) =>
    new Promise((resolve, reject) => {
      sign('sha256', data, key, (error, signature) => (error ? reject(error) : resolve(signature)))
    }),
})

/**
 * A certificate that its own key has signed, for a client: no CA, digital signature, client authentication.
 * Throws AppError 'usage' for a subject that is none, and what the signer throws.
 */
export async function createSelfSigned({
  signer,
  subject,
  notBefore,
  notAfter,
}: NewCertificate): Promise<X509Certificate> {
  const library = await loadLibrary()
  const name = readSubject(subject, library)
  const { crypto, publicKey, signingKey } = await signingCrypto(signer)
  const { BasicConstraintsExtension, SubjectKeyIdentifierExtension, X509CertificateGenerator } = library
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: randomSerial(),
      subject: name,
      issuer: name,
      notBefore: wholeSeconds(notBefore),
      notAfter: wholeSeconds(notAfter),
      publicKey,
      signingKey,
      signingAlgorithm: rsaSha256,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        ...clientUsage(library),
        await SubjectKeyIdentifierExtension.create(publicKey, false, crypto),
      ],
    },
    crypto,
  )
  return new X509Certificate(Buffer.from(certificate.rawData))
}

/** A request for a certificate (PKCS#10), in PEM. Throws as `createSelfSigned`. */
export async function createCertificateRequest(signer: CertificateSigner, subject: Subject): Promise<string> {
  const library = await loadLibrary()
  const name = readSubject(subject, library)
  const { crypto, publicKey, signingKey } = await signingCrypto(signer)
  const request = await library.Pkcs10CertificateRequestGenerator.create(
    {
      name,
      keys: { publicKey, privateKey: signingKey },
      signingAlgorithm: rsaSha256,
      extensions: clientUsage(library),
    },
    crypto,
  )
  return `${request.toString('pem')}\n`
}

type Library = typeof import('@peculiar/x509')

async function loadLibrary(): Promise<Library> {
  // Its dependency injection wants this to have run before.
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

const rsaSha256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }

function clientUsage(library: Library): Extension[] {
  const { ExtendedKeyUsage, ExtendedKeyUsageExtension, KeyUsageFlags, KeyUsagesExtension } = library
  return [
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
  ]
}

/** WebCrypto that signs with the signer: the library hands the key it was given back to `sign`. */
async function signingCrypto(signer: CertificateSigner) {
  const { subtle } = webcrypto
  const spki = signer.publicKey.export({ type: 'spki', format: 'der' })
  const publicKey = (await subtle.importKey('spki', spki, rsaSha256, true, ['verify'])) as CryptoKey
  const signingKey = {
    type: 'private',
    algorithm: { name: rsaSha256.name, hash: { name: rsaSha256.hash } },
    extractable: false,
    usages: ['sign'],
  } as unknown as CryptoKey
  const signingSubtle = new Proxy(subtle, {
    get(target, property) {
      if (property === 'sign')
        return async (_: unknown, __: unknown, data: ArrayBuffer) => {
          const signature = await signer.sign(new Uint8Array(data))
          return signature.buffer.slice(signature.byteOffset, signature.byteOffset + signature.byteLength)
        }
      const value: unknown = Reflect.get(target, property, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const crypto = {
    subtle: signingSubtle,
    getRandomValues: <T extends ArrayBufferView>(array: T) => webcrypto.getRandomValues(array as never) as T,
  } as unknown as Crypto
  return { crypto, publicKey, signingKey }
}

/** 16 octets, the first 1: positive, of full length, and with 120 random bits (RFC 5280, section 4.1.2.2). */
const randomSerial = (): string =>
  Buffer.from([1, ...webcrypto.getRandomValues(new Uint8Array(15))]).toString('hex')

/** Certificates count in seconds. */
const wholeSeconds = (date: Date): Date => new Date(Math.floor(date.getTime() / 1000) * 1000)

const longestSubject = 512

/** One attribute of a name: its type, and a value that is quoted, or has its special characters escaped. */
const attribute = String.raw`\s*[A-Za-z0-9.]+=(?:"(?:[^"\\]|\\.)+"|(?:[^",+\\]|\\.)+)\s*`
/** The library passes over what it does not understand. */
const distinguishedName = new RegExp(`^${attribute}(?:[,+]${attribute})*$`)

/** The name as text that the library reads. */
function readSubject(subject: Subject, { Name }: Library): string {
  const refuse = (cause?: unknown) =>
    new AppError('usage', 'the subject is not a distinguished name', {
      hint: 'write for instance "CN=app, O=Contoso", with quotes round a value that holds commas: O="Contoso, Inc"',
      cause,
    })
  const text = 'text' in subject ? subject.text.trim() : `CN=${escapeValue(subject.commonName)}`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (text.length > longestSubject || /[\u0000-\u001f\u007f]/.test(text)) throw refuse()
  if (!distinguishedName.test(text)) throw refuse()
  try {
    new Name(text)
  } catch (error) {
    // An attribute type that it does not know.
    throw refuse(error)
  }
  return text
}

/** RFC 4514, section 2.4. */
const escapeValue = (value: string): string => value.replace(/[\\",+<>;=#]/g, '\\$&').replace(/^ | $/g, '\\ ')
