/** A private key we may use but never see: PEM, PFX, sealed and PKCS#11 keys all become one. */

export interface Signer {
  readonly algorithm: 'PS256' | 'RS256'
  /** Signs the data as the JWS algorithm says (RFC 7518, sections 3.3 and 3.5). */
  sign(data: Uint8Array): Promise<Uint8Array>
}
