/** What the objects in a token say of themselves. A module may lack any attribute, so each is asked for alone. */
import type { PKCS11 } from 'pkcs11js'
import type { CertificateObject, KeyObject, PrivateKeyObject } from './protocol.ts'

export interface AttributeReader {
  readonly library: typeof import('pkcs11js')
  readonly attribute: (object: Buffer, type: number) => Buffer | undefined
}

/** Undefined for an attribute that the object lacks or keeps to itself. */
export function readAttribute(
  module: PKCS11,
  session: Buffer,
  object: Buffer,
  type: number,
): Buffer | undefined {
  try {
    const [attribute] = module.C_GetAttributeValue(session, object, [{ type }])
    return attribute?.value as Buffer | undefined
  } catch {
    return undefined
  }
}

function readNames(object: Buffer, { library, attribute }: AttributeReader) {
  return {
    handle: object.toString('base64'),
    label: (attribute(object, library.CKA_LABEL) ?? Buffer.alloc(0)).toString('utf8').replace(/\0+$/, ''),
    id: (attribute(object, library.CKA_ID) ?? Buffer.alloc(0)).toString('base64'),
  }
}

/** Undefined for what is no X.509 certificate. */
export function readCertificate(object: Buffer, reader: AttributeReader): CertificateObject | undefined {
  const value = reader.attribute(object, reader.library.CKA_VALUE)
  return value?.length ? { ...readNames(object, reader), value: value.toString('base64') } : undefined
}

export function readPublicKey(object: Buffer, reader: AttributeReader): KeyObject {
  const { library, attribute } = reader
  const modulus = attribute(object, library.CKA_MODULUS)
  const publicExponent = attribute(object, library.CKA_PUBLIC_EXPONENT)
  return {
    ...readNames(object, reader),
    ...(modulus?.length && { modulus: modulus.toString('base64') }),
    ...(publicExponent?.length && { publicExponent: publicExponent.toString('base64') }),
  }
}

export function readPrivateKey(object: Buffer, reader: AttributeReader): PrivateKeyObject {
  const { library, attribute } = reader
  const isTrue = (type: number) => attribute(object, type)?.[0] === 1
  return {
    ...readPublicKey(object, reader),
    pinPerUse: isTrue(library.CKA_ALWAYS_AUTHENTICATE),
    extractable: isTrue(library.CKA_EXTRACTABLE),
  }
}
