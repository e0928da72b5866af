/** Turns a profile's credential into the proof that the token endpoint wants. */

import type { NamedBytes } from '../crypto/client-certificate.ts'
import { AppError, type PresentedAssertion } from '../errors.ts'
import { safeText } from '../output/safe-text.ts'
import { readInputFile } from '../platform/input-file.ts'
import {
  type CertificateCredential,
  type CertificateFileCredential,
  type Credential,
  type FederatedCredential,
  isTokenKey,
  type TokenKeyCredential,
} from '../profiles/profile.ts'
import type { Secret } from '../secret.ts'
import type { SecretPurpose } from '../secrets/account.ts'
import type { ClientProof } from '../tokens/msal/client.ts'
import type { TokenKeySources } from './token-key.ts'

export interface ProofSources {
  /** Resolves a reference; afresh at each use, so that a rotated secret is picked up. */
  readonly resolve: (reference: string, purpose: SecretPurpose) => Promise<Secret>
  /** What reaching a PKCS#11 token takes. */
  readonly tokens: Pick<TokenKeySources, 'world' | 'memory'>
  /** What a reference to a certificate leads to, and how errors call it. */
  readonly readCertificate: (reference: string) => Promise<NamedBytes>
  /** Asks a person for a password, where there is one. */
  readonly ask?: (question: string) => Promise<Secret>
  /** Fetches another issuer's assertion; afresh at each use, for it may live a few minutes. */
  readonly present: (
    credential: FederatedCredential,
  ) => Promise<{ readonly token: Secret; readonly assertion: PresentedAssertion }>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Undefined for a public client. @throws AppError `data`, `not_found`, `config`, … when the credential cannot be used. */
export async function createProof(
  credential: Credential,
  clientId: string,
  sources: ProofSources,
): Promise<ClientProof | undefined> {
  switch (credential.type) {
    case 'client-secret':
      return { type: 'secret', secret: await sources.resolve(credential.secret, 'client-secret') }
    case 'certificate':
      return certificateProof(credential, clientId, sources)
    case 'federated':
      return federatedProof(credential, sources)
    case 'managed-identity':
      throw new AppError('usage', 'a managed identity proves no other application', {
        hint: 'as the credential of an application it is --federated managed-identity',
      })
    case 'none':
      return undefined
  }
}

function federatedProof(credential: FederatedCredential, sources: ProofSources): ClientProof {
  let presented: PresentedAssertion | undefined
  return {
    type: 'assertion',
    assertion: async () => {
      const { token, assertion } = await sources.present(credential)
      presented = assertion
      return token
    },
    presented: () => presented,
  }
}

async function certificateProof(
  credential: CertificateCredential,
  clientId: string,
  sources: ProofSources,
): Promise<ClientProof> {
  if (isTokenKey(credential)) {
    const { tokenKeyProof } = await import('./token-key.ts')
    return tokenKeyProof(credential, clientId, tokenKeySources(credential, sources))
  }
  const { createClientAssertion } = await import('./client-assertion.ts')
  const certificate = await loadCertificate(credential, sources)
  return {
    type: 'assertion',
    assertion: (audience) =>
      createClientAssertion({
        clientId,
        audience,
        credential: certificate,
        sendX5c: credential.sendX5c ?? false,
        now: sources.now(),
      }),
  }
}

/** The certificate and key of a credential, checked: they match, the key is RSA, the time is right. */
export async function loadCertificate(credential: CertificateFileCredential, sources: ProofSources) {
  const { readClientCertificate } = await import('../crypto/client-certificate.ts')
  const { password } = credential
  const { ask } = sources
  const files = await readCredentialFiles(credential, sources)
  const askFor = (files.privateKey ?? files.certificate).name
  return readClientCertificate({
    ...files,
    password: async () =>
      password === undefined
        ? ask?.(`Password of ${askFor}`)
        : sources.resolve(password, 'certificate-password'),
    now: sources.now(),
  })
}

/** @param token its label, where it is known */
export const pinQuestion = (token?: string): string =>
  token ? `PIN of token ${safeText(token, { max: 64 })}` : 'PIN of the token'

/** The module gets the PIN when it is asked to log in, and not before. */
const withoutPin = (env: TokenKeySources['world']['env'], pin = '') =>
  Object.fromEntries(Object.entries(env).filter(([name]) => pin !== `env:${name}`))

/** How the proof by a key in a token gets what it needs. */
export const tokenKeySources = (
  { pin }: TokenKeyCredential,
  { tokens, resolve, ask, now }: ProofSources,
): TokenKeySources => ({
  ...tokens,
  world: { ...tokens.world, env: withoutPin(tokens.world.env, pin) },
  readFile: readCredentialFile,
  pin: async (token) =>
    pin === undefined || pin === 'prompt' ? ask?.(pinQuestion(token)) : resolve(pin, 'pin'),
  now,
})
/** Where the parts of a credential are: in files, at the end of references, or sealed by us. */
async function readCredentialFiles(
  { certificatePath, certificate, key, privateKeyPath }: CertificateFileCredential,
  sources: ProofSources,
): Promise<{ certificate: NamedBytes; privateKey?: NamedBytes }> {
  const sealed = key === undefined ? undefined : await openSealedKey(key, sources)
  const privateKey = privateKeyPath === undefined ? sealed : readCredentialFile(privateKeyPath)
  const file =
    certificatePath !== undefined
      ? readCredentialFile(certificatePath)
      : certificate !== undefined
        ? await sources.readCertificate(certificate)
        : sealed
  if (!file) throw new AppError('bug', 'a certificate credential names no certificate')
  return { certificate: file, ...(privateKey && privateKey !== file && { privateKey }) }
}

const openSealedKey = async (key: string, sources: ProofSources): Promise<NamedBytes> => ({
  bytes: Buffer.from((await sources.resolve(key, 'private-key')).reveal()),
  name: "the profile's sealed key",
})

/** The file's bytes. Throws AppError. */
export const readCredentialFile = (path: string): NamedBytes => ({ bytes: readInputFile(path), name: path })
