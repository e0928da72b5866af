/** The fields of a certificate that a token keeps beside it: names and serial number as DER (RFC 5280, section 4.1). */
import { asn1Tag, readDer } from '../asn1.ts'

export interface CertificateFields {
  readonly serial: Uint8Array
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
}

/** @throws MalformedAsn1 for what is no certificate. */
export function readCertificateFields(der: Uint8Array): CertificateFields {
  const fields = [...(readDer(der).children[0]?.children ?? [])]
  // Version 1 leaves the version out.
  if (fields[0]?.tag === asn1Tag.constructedContext0) fields.shift()
  const [serial, , issuer, , subject] = fields.map(({ bytes }) => bytes)
  if (!serial || !issuer || !subject) throw new Error('a certificate without names')
  return { serial, issuer, subject }
}
