/** The certificate a client proves itself with, and its key, from the files people have. */
import type { KeyObject, X509Certificate } from 'node:crypto'
import type { Secret } from '../secret.ts'
import { buildChain, readCertificate, readLeaf, requireValid } from './certificate-chain.ts'
import {
  derPrivateKey,
  noCertificate,
  noPrivateKey,
  notCertificate,
  pfxAsPrivateKey,
  severalPrivateKeys,
} from './certificate-errors.ts'
import { detectContent, trimDer } from './file-content.ts'
import { localSigner } from './local-signer.ts'
import { askOnce, type PasswordSource } from './password-source.ts'
import type { PemBlock } from './pem.ts'
import { isPrivateKey, type OpenPrivateKey, openPemKey } from './private-key.ts'
import type { Signer } from './signer.ts'

export interface ClientCertificate {
  readonly certificate: X509Certificate
  /** Leaf first, including the leaf. */
  readonly chain: readonly X509Certificate[]
  readonly signer: Signer
}

export interface CertificateInput {
  /** The bytes of the certificate file, and how errors call it: a path, usually. */
  readonly certificate: NamedBytes
  /** A separate PEM key file; when absent, the key is in the certificate file. Keys in the certificate file are then passed over. */
  readonly privateKey?: NamedBytes
  /** Asked at most once, and only when something is encrypted; undefined when there is none. */
  readonly password?: () => Promise<Secret | undefined>
  /** Current time in milliseconds since 1970. */
  readonly now: number
}

export interface NamedBytes {
  readonly bytes: Uint8Array
  readonly name: string
}

/** What a certificate file holds, keys still closed. */
export interface CertificateFile {
  readonly certificates: readonly X509Certificate[]
  readonly privateKeys: readonly OpenPrivateKey[]
  /** What PEM blocks there are, for errors. */
  readonly labels: readonly string[]
}

/**
 * Reads a client certificate and its RSA key from PEM (RFC 7468), PFX (RFC 7292), base64 of a PFX, or a DER certificate
 * with a PEM key. What the files are is told by their content.
 * Throws AppError 'data' for whatever is wrong with them, with what to do about it; 'usage' when a password is needed
 * and none was given.
 */
export async function readClientCertificate(input: CertificateInput): Promise<ClientCertificate> {
  const { certificate: file, privateKey: keyFile = file, now } = input
  const password = askOnce(input.password)
  const opened = await openCertificateFile(file, password)
  if (opened.certificates.length === 0) throw noCertificate(file.name, opened.labels)
  const privateKeys = input.privateKey ? findPemKeys(input.privateKey, password) : opened.privateKeys
  const [openKey, ...others] = privateKeys
  if (!openKey) throw noPrivateKey(keyFile.name, file.name)
  if (others.length > 0) throw severalPrivateKeys(keyFile.name, privateKeys.length)
  const key: KeyObject = await openKey()
  const certificate = readLeaf(opened.certificates, key, now, { certificate: file.name, key: keyFile.name })
  requireValid(certificate, now, file.name)
  return { certificate, chain: buildChain(certificate, opened.certificates), signer: localSigner(key) }
}

/** The certificates of a file, one at least; keys in it are passed over. Throws as `readClientCertificate`. */
export async function readCertificates(file: NamedBytes): Promise<[X509Certificate, ...X509Certificate[]]> {
  const { certificates } = await openCertificateFile(file, askOnce(undefined))
  return certificates as [X509Certificate, ...X509Certificate[]]
}

/**
 * What is in a file of any kind that `readClientCertificate` reads, whether it is enough or not.
 * Throws AppError 'data' for what is no such file, 'usage' when a PFX needs a password and none was given.
 */
export async function openCertificateFile(
  { bytes, name }: NamedBytes,
  password: PasswordSource,
): Promise<CertificateFile> {
  const content = detectContent(bytes, name)
  switch (content.format) {
    case 'pem':
      return {
        certificates: readPemCertificates(content.blocks, name),
        privateKeys: openersOf(content.blocks, name, password),
        labels: content.blocks.map(({ label }) => label),
      }
    case 'pfx': {
      const { readPfx } = await import('./pfx.ts')
      const { certificates, privateKeys } = await readPfx(content.bytes, name, password)
      return { certificates: certificates.map((der) => readCertificate(der, name)), privateKeys, labels: [] }
    }
    case 'der':
      return { certificates: [readDerCertificate(content.bytes, name)], privateKeys: [], labels: [] }
    case 'private-key':
      throw noCertificate(name, ['PRIVATE KEY'])
    case 'unknown':
      throw notCertificate(name)
  }
}

/** Whether the file has a key of its own, as far as can be told without a password. Throws AppError 'data'. */
export function holdsPrivateKey({ bytes, name }: NamedBytes): boolean {
  const content = detectContent(bytes, name)
  return content.format === 'pfx' || (content.format === 'pem' && content.blocks.some(isPrivateKey))
}

function readDerCertificate(der: Uint8Array, file: string): X509Certificate {
  try {
    return readCertificate(der, file)
  } catch {
    throw notCertificate(file)
  }
}

function readPemCertificates(blocks: readonly PemBlock[], file: string): X509Certificate[] {
  // OpenSSL's TRUSTED CERTIFICATE has its own data after the certificate.
  const certificates = blocks.filter(({ label }) => /^((X509|TRUSTED) )?CERTIFICATE$/.test(label))
  return certificates.map(({ bytes }) => readCertificate(trimDer(bytes, file), file))
}

function findPemKeys({ bytes, name }: NamedBytes, password: PasswordSource): OpenPrivateKey[] {
  const content = detectContent(bytes, name)
  if (content.format === 'pem') return openersOf(content.blocks, name, password)
  throw content.format === 'pfx' ? pfxAsPrivateKey(name) : derPrivateKey(name)
}

function openersOf(blocks: readonly PemBlock[], file: string, password: PasswordSource): OpenPrivateKey[] {
  return blocks.filter(isPrivateKey).map((block) => () => openPemKey(block, file, password))
}
