/** A client assertion signed in a PKCS#11 token, whose key nobody sees. */
import type { X509Certificate } from 'node:crypto'
import type { ClientCertificate } from '../crypto/client-certificate.ts'
import { named } from '../crypto/pkcs11/errors.ts'
import type { TokenWorld } from '../crypto/pkcs11/find-token.ts'
import type { PrivateKeyObject } from '../crypto/pkcs11/protocol.ts'
import { type SignatureWay, signatureWays } from '../crypto/pkcs11/signature.ts'
import { cannotSign, type PinSource, type Token, withToken } from '../crypto/pkcs11/token.ts'
import { parseUri } from '../crypto/pkcs11/uri.ts'
import { AppError } from '../errors.ts'
import type { TokenKeyCredential } from '../profiles/profile.ts'
import type { Secret } from '../secret.ts'
import type { ClientProof } from '../tokens/msal/client.ts'
import { type ClientAssertionOptions, createClientAssertion } from './client-assertion.ts'
import { findSignatureWay, rememberSignatureWay } from './signature-memory.ts'

export interface TokenKeySources {
  readonly world: TokenWorld
  /** Where the ways to sign that devices took are kept. */
  readonly memory: string
  /** The bytes of a certificate that is in a file. Throws AppError. */
  readonly readFile: (path: string) => { readonly bytes: Uint8Array; readonly name: string }
  readonly pin: PinSource
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** The device is touched only when the assertion is asked for. Its callback throws as `signInToken`. */
export function tokenKeyProof(
  credential: TokenKeyCredential,
  clientId: string,
  sources: TokenKeySources,
): ClientProof {
  const sendX5c = credential.sendX5c ?? false
  return {
    type: 'assertion',
    assertion: (audience) => signInToken(credential, { clientId, audience, sendX5c }, sources),
  }
}

/**
 * The certificate, found without a PIN, and what shows of its key.
 * @throws AppError `not_found` when token, certificate or key are not there, `data` when they do not fit, are expired or
 * not RSA, and what the module's failures are.
 */
export const checkTokenKey = (credential: TokenKeyCredential, sources: TokenKeySources) =>
  withToken(parseUri(credential.key), sources.pin, sources.world, async (token) => {
    const { certificate } = await readCertificate(credential, token, sources)
    const key = await token.checkKey(certificate)
    return { module: token.module, label: token.label, certificate, key }
  })

/** The certificate, expired or not, and what shows of its key without the PIN. Throws as `withToken`. */
export const showTokenKey = (credential: TokenKeyCredential, sources: TokenKeySources) =>
  withToken(parseUri(credential.key), sources.pin, sources.world, async (token) => {
    const found = await findCertificate(credential, token, sources)
    const key = await token.checkKey(found.certificate).catch(asMismatch)
    return { label: token.label, ...found, key }
  })

/** A key of another certificate is a fact here, and no failure. */
function asMismatch(error: unknown): 'mismatch' {
  if (error instanceof AppError && error.code === 'data') return 'mismatch'
  throw error
}

/**
 * Signs in the token, as PS256 or, where it cannot, as RS256; each signature is checked before it is used, and what
 * worked is tried first the next time.
 * @throws AppError as `withToken`; a wrong PIN ends it at once, whatever else could be tried.
 */
const signInToken = (
  credential: TokenKeyCredential,
  header: Pick<ClientAssertionOptions, 'clientId' | 'audience' | 'sendX5c'>,
  sources: TokenKeySources,
): Promise<Secret> =>
  withToken(parseUri(credential.key), sources.pin, sources.world, async (token) => {
    const { certificate, chain } = await readCertificate(credential, token, sources)
    const key = await token.getKey(certificate)
    const place = { directory: sources.memory, certificate, token }
    const known = findSignatureWay(place)
    for (const way of known ? [known, ...signatureWays.filter((one) => one !== known)] : signatureWays) {
      const signer = tokenSigner(token, key, certificate, way)
      const options = { ...header, credential: { certificate, chain, signer }, now: sources.now() }
      const assertion = await createClientAssertion(options).catch(unlessNoSignature)
      if (!assertion) continue
      if (way !== (known ?? signatureWays[0])) rememberSignatureWay(place, way, sources.world.debug)
      return assertion
    }
    throw cannotSign(token.label)
  })

/** The device cannot sign in the way that was tried. */
class NoSignature extends AppError {}

function unlessNoSignature(error: unknown): undefined {
  if (!(error instanceof NoSignature)) throw error
}

const tokenSigner = (
  token: Token,
  key: PrivateKeyObject,
  { publicKey }: X509Certificate,
  way: SignatureWay,
): ClientCertificate['signer'] => ({
  algorithm: way.algorithm,
  sign: async (data) => {
    const signature = await token.sign(key, publicKey, way, data)
    if (!signature) throw new NoSignature('data', `token ${token.label} gives no such signature`)
    return signature
  },
})

/** Valid, and with a key that Entra takes. */
async function readCertificate(
  credential: TokenKeyCredential,
  token: Token,
  sources: TokenKeySources,
): Promise<Omit<ClientCertificate, 'signer'>> {
  const { requireValid } = await import('../crypto/certificate-chain.ts')
  const { requireRsa } = await import('../crypto/private-key.ts')
  const name = credential.certificatePath ?? `token ${named(token.label)}`
  const found = await findCertificate(credential, token, sources)
  requireRsa(found.certificate.publicKey, name)
  requireValid(found.certificate, sources.now(), name)
  return found
}

/** From its file, else from the token, whatever is to be said of it. Throws as `Token.getCertificate`. */
export async function findCertificate(
  { certificatePath }: TokenKeyCredential,
  token: Token,
  { now, readFile }: TokenKeySources,
): Promise<Omit<ClientCertificate, 'signer'>> {
  const { buildChain, findLeaf } = await import('../crypto/certificate-chain.ts')
  const { certificate, others } = await (async () => {
    if (certificatePath === undefined) return token.getCertificate(now())
    const { readCertificates } = await import('../crypto/client-certificate.ts')
    const all = await readCertificates(readFile(certificatePath))
    return { certificate: findLeaf(all), others: all }
  })()
  return { certificate, chain: buildChain(certificate, others) }
}
