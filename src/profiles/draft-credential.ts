/** Makes a credential of flags, and of a person's answers whatever flags leave open. */
import { type Context, proofSources } from '../context.ts'
import { loadCertificate } from '../credentials/proof.ts'
import { findCredentialType, findGivenSecret, type GivenSecret } from '../flags/credential.ts'
import type { Secret } from '../secret.ts'
import type { SecretPurpose } from '../secrets/account.ts'
import { certificatePlaces, keptPassword } from './draft-certificate.ts'
import { draftFederated, draftManagedIdentity } from './draft-federated.ts'
import { draftTokenKey, type TokenKeyFlags, wantsTokenKey } from './draft-token-key.ts'
import { keeping } from './keeping.ts'
import { type CertificateFileCredential, type Credential, type Flow, isSignIn } from './profile.ts'
import { parseFlow } from './resolve.ts'
import { looksLikeSecretId } from './rules.ts'

export interface CredentialAnswers {
  readonly credentialType: () => Promise<Credential['type']>
  readonly clientSecret: () => Promise<Secret>
  readonly certificatePath: () => Promise<string>
  readonly privateKeyPath: (certificatePath: string) => Promise<string | undefined>
  readonly source: () => Promise<string>
  /** How a person signs in to a public client. */
  readonly signInFlow: () => Promise<Flow>
}

export interface CredentialFlags extends TokenKeyFlags {
  readonly flow?: string | undefined
  readonly 'use-certificate'?: boolean | undefined
  readonly 'certificate-path'?: string | undefined
  readonly 'certificate-ref'?: string | undefined
  readonly 'private-key-path'?: string | undefined
  readonly 'send-x5c'?: boolean | undefined
  readonly federated?: string | undefined
  readonly audience?: string | undefined
  readonly 'service-connection-id'?: string | undefined
  readonly 'oidc-issuer'?: string | undefined
  readonly 'oidc-client-id'?: string | undefined
  readonly 'oidc-scope'?: string | undefined
  readonly 'managed-identity'?: string | undefined
}

export interface CredentialDraft {
  readonly secrets: ReadonlyMap<SecretPurpose, Secret>
  /** Chosen along with the credential. */
  readonly flow?: Flow
  /** The credential, once each secret to keep has its reference. */
  readonly build: (references: ReadonlyMap<SecretPurpose, string>) => Credential
}

export interface DraftOptions {
  /** Whose references to our own stores are meant. */
  readonly profile: string | undefined
  /** What the profile has; flags may change a part of it. */
  readonly before?: Credential | undefined
  /** Leaves a certificate unread: it is for one request, which reads it. */
  readonly unread?: boolean
}

export type Draft = (
  flags: CredentialFlags,
  answers: CredentialAnswers,
  context: Context,
  options: DraftOptions,
) => Promise<CredentialDraft>

const drafts: Record<Credential['type'], Draft> = {
  'client-secret': draftClientSecret,
  certificate: draftCertificate,
  federated: draftFederated,
  'managed-identity': draftManagedIdentity,
  none: draftPublicClient,
}

/** @throws AppError `usage` for flags that do not go together, and the certificate's own error. */
export async function draftCredential(...[flags, answers, context, options]: Parameters<Draft>) {
  const type =
    findCredentialType({ ...flags }) ?? (namesSignIn(flags.flow) ? 'none' : await answers.credentialType())
  return drafts[type](flags, answers, context, options)
}

/** Whether a person is to sign in: where nothing is said of a credential, the client is a public one. */
export const namesSignIn = (flow: string | undefined): boolean =>
  flow !== undefined && flow !== '' && isSignIn(parseFlow(flow))

async function draftPublicClient(...[flags, answers]: Parameters<Draft>): Promise<CredentialDraft> {
  const flow = flags.flow === undefined ? await answers.signInFlow() : undefined
  return { secrets: new Map(), ...(flow && { flow }), build: () => ({ type: 'none' }) }
}

async function draftClientSecret(...[flags, answers, context]: Parameters<Draft>): Promise<CredentialDraft> {
  const given = await findGivenSecret('client-secret', { ...flags }, context)
  const secret: GivenSecret = given ?? { type: 'value', value: await answers.clientSecret() }
  if (secret.type === 'value' && looksLikeSecretId(secret.value.reveal()))
    context.warn(
      'the client secret is a GUID: that is how the ID of a secret looks, and Entra wants its value',
    )
  const kept = keeping('client-secret', secret)
  return {
    secrets: kept.secrets,
    build: (references) => ({ type: 'client-secret', secret: kept.reference(references) }),
  }
}

async function draftCertificate(
  ...[flags, answers, context, options]: Parameters<Draft>
): Promise<CredentialDraft> {
  if (wantsTokenKey(flags, options.before)) return draftTokenKey(flags, context, options)
  const given =
    (await findGivenSecret('certificate-password', { ...flags }, context)) ??
    keptPassword(flags, options.before)
  const places = await certificatePlaces(flags, answers, options.before)
  if ('uri' in places) {
    const { 'certificate-path': _, ...others } = flags
    return draftTokenKey({ ...others, 'pkcs11-uri': places.uri }, context, options)
  }
  const credential: CertificateFileCredential = {
    type: 'certificate',
    ...places,
    ...(flags['send-x5c'] && { sendX5c: true }),
  }
  const password = options.unread ? given : await tryCertificate(credential, given, context, options.profile)
  const kept = password && keeping('certificate-password', password)
  return {
    secrets: kept?.secrets ?? new Map(),
    build: (references) => ({ ...credential, ...(kept && { password: kept.reference(references) }) }),
  }
}

/** Reads it now: what is wrong with a certificate is best said while its paths are at hand. Returns its password. */
async function tryCertificate(
  credential: CertificateFileCredential,
  given: GivenSecret | undefined,
  context: Context,
  profile: string | undefined,
): Promise<GivenSecret | undefined> {
  let password = given
  const sources = proofSources(context, profile)
  const { ask } = sources
  await loadCertificate(
    { ...credential, ...(given && { password: given.type === 'reference' ? given.reference : 'given' }) },
    {
      ...sources,
      resolve: async (reference, purpose) =>
        given?.type === 'value' && purpose === 'certificate-password'
          ? given.value
          : sources.resolve(reference, purpose),
      ...(ask && {
        ask: async (question) => {
          const value = await ask(question)
          password = { type: 'value', value }
          return value
        },
      }),
    },
  )
  return password
}
