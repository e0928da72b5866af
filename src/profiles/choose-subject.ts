/** Whom a token is for, and what flags say of its credential for this one request. */
import { createHash } from 'node:crypto'
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { findCredentialType } from '../flags/credential.ts'
import { flagAnswers } from '../prompts/wizard.ts'
import type { Secret } from '../secret.ts'
import { chooseProfile } from './choose.ts'
import { type CredentialFlags, draftCredential, namesSignIn } from './draft-credential.ts'
import { findEnvironmentApplication } from './environment.ts'
import { type Credential, isTokenKey, type Profile, type ProfilesDocument } from './profile.ts'
import { findNamedProfile, findSubject, type Subject } from './subject.ts'

export interface SubjectFlags extends CredentialFlags {
  readonly profile?: string | undefined
  readonly 'tenant-id'?: string | undefined
  readonly 'client-id'?: string | undefined
}

export interface ChosenSubject {
  readonly subject: Subject
  /** What flags give in place of the subject's own credential. */
  readonly credential?: Credential
  /** The secrets that flags gave, by the references that the credential has to them. */
  readonly givenSecrets: ReadonlyMap<string, Secret>
}

/**
 * A credential in the flags needs no profile when flags or the environment name tenant and client; else it goes before
 * the profile's. Throws as `chooseProfile` and `draftCredential`.
 */
export async function chooseSubject(
  flags: SubjectFlags,
  document: ProfilesDocument,
  context: Context,
): Promise<ChosenSubject> {
  const { profile } = flags
  const type = findCredentialType({ ...flags })
  // Where a person is to sign in, flags that name tenant and client make a public client.
  const asked = type ?? (namesSignIn(flags.flow) && flags['client-id'] !== undefined ? 'none' : undefined)
  const application =
    asked && !findNamedProfile(profile, context.env, document)
      ? findApplication(asked, flags, context)
      : undefined
  if (type && !application && document.profiles.size === 0) throw noApplication()
  const subject = application
    ? undefined
    : (findSubject(profile, context.env, document) ?? (await chooseProfile(profile, document, context)))
  if (subject && !type) return { subject, givenSecrets: new Map() }
  const given = await draftGiven(flags, subject && credentialOf(subject, document), context)
  if (subject) return { subject, ...given }
  const whole = { ...application, credential: given.credential }
  return { subject: { name: undefined, profile: whole, origin: 'the flags' }, ...given }
}

const noApplication = () =>
  new AppError('usage', 'it is not said which tenant and application are meant', {
    hint: 'give --tenant-id and --client-id, set AZURE_TENANT_ID and AZURE_CLIENT_ID, or create a profile',
  })

/** The application that the flags' credential is of, where flags or the environment name it; Azure named a machine's. */
function findApplication(
  type: Credential['type'],
  { 'tenant-id': tenant, 'client-id': clientId }: SubjectFlags,
  { env }: Context,
): Pick<Profile, 'tenant' | 'clientId'> | undefined {
  if (type === 'managed-identity') return {}
  const named = {
    ...findEnvironmentApplication(env),
    ...(tenant !== undefined && { tenant }),
    ...(clientId !== undefined && { clientId }),
  }
  return named.tenant && named.clientId ? named : undefined
}

const credentialOf = (subject: Subject, document: ProfilesDocument): Credential | undefined =>
  (subject.name === undefined ? subject.profile : document.profiles.get(subject.name))?.credential

/** What flags say of a credential for one request. Throws as `draftCredential`. */
export async function draftGiven(flags: SubjectFlags, before: Credential | undefined, context: Context) {
  const draft = await draftCredential(flags, requestAnswers(before), context, {
    profile: flags.profile,
    unread: true,
    ...(before && { before }),
  })
  const references = new Map([...draft.secrets].map(([purpose, secret]) => [purpose, givenReference(secret)]))
  return {
    credential: draft.build(references),
    givenSecrets: new Map([...draft.secrets.values()].map((secret) => [givenReference(secret), secret])),
  }
}

/** Of what flags leave open, a certificate's files are the profile's. */
function requestAnswers(before: Credential | undefined) {
  const file = before?.type === 'certificate' && !isTokenKey(before) ? before : undefined
  return {
    ...flagAnswers({}),
    certificatePath: async () => {
      if (file?.certificatePath !== undefined) return file.certificatePath
      throw new AppError('usage', 'there is no certificate that the flags could be about', {
        hint: 'name one with --certificate-path, or a profile that has one with --profile',
      })
    },
    privateKeyPath: async () => file?.privateKeyPath,
  }
}

/**
 * Tells one given secret from another in the cache, where a token must not answer for a secret that may be wrong.
 * 32 bits are too few to find a secret by.
 */
const givenReference = (secret: Secret): string =>
  `given:${createHash('sha256').update(secret.reveal()).digest('hex').slice(0, 8)}`
