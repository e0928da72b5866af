/** Turns a profile's credential into the proof that the token endpoint wants. */
import { readInputFile } from '../platform/input-file.ts'
import type { CertificateCredential, Credential } from '../profiles/profile.ts'
import type { Secret } from '../secret.ts'
import type { SecretPurpose } from '../secrets/account.ts'
import type { ClientProof } from '../tokens/msal/client-credentials.ts'

export interface ProofSources {
  /** Resolves a reference; afresh at each use, so that a rotated secret is picked up. */
  readonly resolve: (reference: string, purpose: SecretPurpose) => Promise<Secret>
  /** Asks a person for a password, where there is one. */
  readonly ask?: (question: string) => Promise<Secret>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** @throws AppError `data`, `not_found`, `config`, … when the credential cannot be used. */
export async function createProof(
  credential: Credential,
  clientId: string,
  sources: ProofSources,
): Promise<ClientProof> {
  switch (credential.type) {
    case 'client-secret':
      return { type: 'secret', secret: await sources.resolve(credential.secret, 'client-secret') }
    case 'certificate':
      return certificateProof(credential, clientId, sources)
  }
}

async function certificateProof(
  credential: CertificateCredential,
  clientId: string,
  sources: ProofSources,
): Promise<ClientProof> {
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
export async function loadCertificate(credential: CertificateCredential, sources: ProofSources) {
  const { readClientCertificate } = await import('../crypto/client-certificate.ts')
  const { certificatePath, privateKeyPath, password } = credential
  const { ask } = sources
  const askFor = privateKeyPath ?? certificatePath
  return readClientCertificate({
    certificate: readCredentialFile(certificatePath),
    ...(privateKeyPath !== undefined && { privateKey: readCredentialFile(privateKeyPath) }),
    password: async () =>
      password === undefined
        ? ask?.(`Password of ${askFor}`)
        : sources.resolve(password, 'certificate-password'),
    now: sources.now(),
  })
}

const readCredentialFile = (path: string) => ({ bytes: readInputFile(path), name: path })
