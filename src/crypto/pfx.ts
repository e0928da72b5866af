/** Reads a PFX: certificates and keys under a password (PKCS#12, RFC 7292). Loaded only when a file is one. */
import type { KeyObject } from 'node:crypto'
import { type Asn1Node, MalformedAsn1, readChild, readObjectIdentifier, readOctetString } from './asn1.ts'
import { readBer } from './ber.ts'
import { cannotDecrypt, damaged, pfxWithoutMac, tooCostly, unsupportedPfx } from './certificate-errors.ts'
import type { PasswordBytes } from './password-bytes.ts'
import { readPasswordCipher, UnsupportedAlgorithm, WrongKey } from './password-cipher.ts'
import type { PasswordSource } from './password-source.ts'
import { findPfxPassword, readMac } from './pfx-mac.ts'
import { type OpenPrivateKey, readEncryptedPkcs8, readPkcs8, requireRsa } from './private-key.ts'

export interface PfxContents {
  /** DER. */
  readonly certificates: readonly Uint8Array[]
  readonly privateKeys: readonly OpenPrivateKey[]
}

/** What a safe holds: certificates, and how to open each key. */
interface Bags {
  readonly certificates: readonly Uint8Array[]
  readonly privateKeys: readonly ((password: PasswordBytes) => Promise<KeyObject>)[]
}

type OpenSafe = (password: PasswordBytes) => Promise<Bags>

/** Writers use one safe for keys and one for certificates; each encrypted one costs a key derivation. */
const maximumEncryptedSafes = 4

const oids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  safeContentsBag: '1.2.840.113549.1.12.10.1.6',
  x509Certificate: '1.2.840.113549.1.9.22.1',
} as const

/**
 * Opens the safes of a PFX whose MAC is right; its keys stay closed until they are asked for.
 * What the file asks for is read, and bounded, before any of it is done.
 * Throws AppError 'data' when it is damaged, has no MAC, uses an algorithm we cannot do or asks for too much work, or
 * the password is wrong; 'usage' when there is no password.
 */
export async function readPfx(bytes: Uint8Array, file: string, ask: PasswordSource): Promise<PfxContents> {
  return explainFailure(file, async () => {
    const pfx = await readBer(bytes)
    const authenticatedSafe = readChild(pfx, 1)
    const macData = pfx.children[2]
    if (contentType(authenticatedSafe) !== oids.data || !macData) throw pfxWithoutMac(file)
    const mac = readMac(macData, file)
    const content = readOctetString(readChild(readChild(authenticatedSafe, 1), 0))
    const safes = await readSafes(content, file)
    const password = await findPfxPassword(mac, content, file, ask)
    const bags: Bags[] = []
    for (const open of safes) bags.push(await open(password))
    return {
      certificates: bags.flatMap((bag) => bag.certificates),
      privateKeys: bags
        .flatMap((bag) => bag.privateKeys)
        .map((open) => () => explainFailure(file, async () => requireRsa(await open(password), file))),
    }
  })
}

/** AuthenticatedSafe (RFC 7292, section 4.1): a sequence of safes in the clear or under the password. */
async function readSafes(content: Uint8Array, file: string): Promise<OpenSafe[]> {
  const safes = (await readBer(content)).children
  const encrypted = safes.filter((safe) => contentType(safe) === oids.encryptedData)
  if (encrypted.length > maximumEncryptedSafes) throw tooCostly(file, `${encrypted.length} encrypted parts`)
  return Promise.all(safes.map((safe) => readSafe(safe, file)))
}

async function readSafe(safe: Asn1Node, file: string): Promise<OpenSafe> {
  const type = contentType(safe)
  const content = readChild(readChild(safe, 1), 0)
  switch (type) {
    case oids.data: {
      const bags = readBags(await readBer(readOctetString(content)), file)
      return async () => bags
    }
    case oids.encryptedData: {
      const info = readChild(content, 1)
      const decrypt = readPasswordCipher(readChild(info, 1), file)
      const ciphertext = readOctetString(readChild(info, 2))
      return async (password) => readBags(await readBer(await decrypt(ciphertext, password)), file)
    }
    default:
      throw new UnsupportedAlgorithm(type)
  }
}

/** SafeContents (RFC 7292, section 4.2). Revocation lists and other secrets are passed over. */
function readBags(safeContents: Asn1Node, file: string): Bags {
  const bags = safeContents.children.map((bag): Bags => {
    const value = readChild(readChild(bag, 1), 0)
    switch (readObjectIdentifier(readChild(bag, 0))) {
      case oids.keyBag:
        return { certificates: [], privateKeys: [async () => readPkcs8(value.bytes, file)] }
      case oids.shroudedKeyBag:
        return { certificates: [], privateKeys: [readEncryptedPkcs8(value, file)] }
      case oids.certificateBag:
        return { certificates: readCertificate(value), privateKeys: [] }
      case oids.safeContentsBag:
        return readBags(value, file)
      default:
        return { certificates: [], privateKeys: [] }
    }
  })
  return {
    certificates: bags.flatMap((bag) => bag.certificates),
    privateKeys: bags.flatMap((bag) => bag.privateKeys),
  }
}

function readCertificate(certBag: Asn1Node): Uint8Array[] {
  const isX509 = readObjectIdentifier(readChild(certBag, 0)) === oids.x509Certificate
  return isX509 ? [readOctetString(readChild(readChild(certBag, 1), 0))] : []
}

function contentType(contentInfo: Asn1Node): string {
  return readObjectIdentifier(readChild(contentInfo, 0))
}

/** Turns what the layers below throw into an error that names the file and says what to do. */
async function explainFailure<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof UnsupportedAlgorithm) throw unsupportedPfx(file, error.algorithm)
    if (error instanceof WrongKey) throw cannotDecrypt(file)
    if (error instanceof MalformedAsn1) throw damaged(file, `not a complete PFX (${error.message})`, error)
    throw error
  }
}
