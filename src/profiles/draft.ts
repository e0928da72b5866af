/** Collects what a new profile needs from flags, and from a person whatever flags leave open. */
import { resolve } from 'node:path'
import { parseAuthorityHost } from '../cloud/authority.ts'
import type { CloudName } from '../cloud/clouds.ts'
import { type Context, proofSources } from '../context.ts'
import { loadCertificate } from '../credentials/proof.ts'
import { AppError } from '../errors.ts'
import {
  findGivenSecret,
  type GivenSecret,
  hasCertificateFlags,
  hasCredentialFlags,
} from '../flags/credential.ts'
import type { Secret } from '../secret.ts'
import type { SecretPurpose } from '../secrets/account.ts'
import { splitScopes } from '../tokens/scopes.ts'
import type { CertificateCredential, Credential, Profile } from './profile.ts'
import { checked, parseCloud, parseFlow } from './resolve.ts'
import { clientIdRule, looksLikeSecretId, nameRule, tenantRule } from './rules.ts'

/** What a person answers; without a terminal every answer must be a flag. */
export interface Answers {
  readonly name: () => Promise<string>
  readonly tenant: () => Promise<string>
  readonly clientId: () => Promise<string>
  readonly credentialType: () => Promise<Credential['type']>
  readonly clientSecret: () => Promise<Secret>
  readonly certificatePath: () => Promise<string>
  readonly privateKeyPath: (certificatePath: string) => Promise<string | undefined>
  readonly scopes: (cloud: CloudName) => Promise<readonly string[]>
}

export interface DraftFlags {
  readonly name?: string | undefined
  readonly 'tenant-id'?: string | undefined
  readonly 'client-id'?: string | undefined
  readonly cloud?: string | undefined
  readonly 'authority-host'?: string | undefined
  readonly flow?: string | undefined
  readonly scope?: readonly string[] | undefined
  readonly 'use-certificate'?: boolean | undefined
  readonly 'certificate-path'?: string | undefined
  readonly 'private-key-path'?: string | undefined
  readonly 'send-x5c'?: boolean | undefined
}

export interface Draft {
  readonly name: string
  readonly secrets: ReadonlyMap<SecretPurpose, Secret>
  readonly build: (references: ReadonlyMap<SecretPurpose, string>) => Profile
}

/** What flags say of a profile's fields, checked; what they leave open is absent. */
function readFields(flags: DraftFlags) {
  const read = <T>(value: string | undefined, parse: (text: string) => T): T | undefined =>
    value === undefined ? undefined : parse(value.trim())
  const cloud = read(flags.cloud, (text) => parseCloud(text, '--cloud'))
  const authorityHost = read(flags['authority-host'], (text) => parseAuthorityHost(text, '--authority-host'))
  const flow = read(flags.flow, parseFlow)
  return {
    tenant: read(flags['tenant-id'], (text) => checked(text, tenantRule, '--tenant-id')),
    clientId: read(flags['client-id'], (text) => checked(text, clientIdRule, '--client-id')),
    scopes: flags.scope?.length ? splitScopes(flags.scope) : undefined,
    optional: { ...(cloud && { cloud }), ...(authorityHost && { authorityHost }), ...(flow && { flow }) },
  }
}

/** @throws AppError naming the flag at fault, or the certificate's own error: nothing has been written then. */
export async function draftProfile(flags: DraftFlags, answers: Answers, context: Context): Promise<Draft> {
  const name = checked(flags.name?.trim() ?? (await answers.name()), nameRule, '--name')
  const given = readFields(flags)
  const tenant = given.tenant ?? (await answers.tenant())
  const clientId = given.clientId ?? (await answers.clientId())
  const credential = await draftCredential(name, flags, answers, context)
  const scopes = given.scopes ?? (await answers.scopes(given.optional.cloud ?? 'public'))
  return {
    name,
    secrets: credential.secrets,
    build: (references) => ({
      ...given.optional,
      tenant,
      clientId,
      ...(scopes.length > 0 && { scopes }),
      credential: credential.build(references),
    }),
  }
}

export interface Changes {
  readonly secrets: ReadonlyMap<SecretPurpose, Secret>
  readonly build: (references: ReadonlyMap<SecretPurpose, string>, before: Profile) => Profile
}

/** The changes that flags make to a profile. Throws as `draftProfile`. */
export async function draftChanges(
  name: string,
  flags: DraftFlags,
  answers: Answers,
  context: Context,
  before: Credential,
): Promise<Changes> {
  const { tenant, clientId, scopes, optional } = readFields(flags)
  const credential = hasCredentialFlags({ ...flags })
    ? await draftCredential(name, flags, answers, context, before)
    : undefined
  return {
    secrets: credential?.secrets ?? new Map(),
    build: (references, { authorityHost, ...before }) => ({
      ...before,
      // A cloud that is named now goes before a host that was named earlier.
      ...(authorityHost && !optional.cloud && { authorityHost }),
      ...optional,
      ...(tenant && { tenant }),
      ...(clientId && { clientId }),
      ...(scopes && { scopes }),
      ...(credential && { credential: credential.build(references) }),
    }),
  }
}

interface DraftCredential {
  readonly secrets: ReadonlyMap<SecretPurpose, Secret>
  readonly build: (references: ReadonlyMap<SecretPurpose, string>) => Credential
}

async function draftCredential(
  name: string,
  flags: DraftFlags,
  answers: Answers,
  context: Context,
  before?: Credential,
): Promise<DraftCredential> {
  const secret = await findGivenSecret('client-secret', flags as Record<string, unknown>, context)
  const wantsCertificate = hasCertificateFlags({ ...flags })
  if (secret && wantsCertificate)
    throw new AppError('usage', 'a client secret and a certificate do not go together', {
      hint: 'give one of them',
    })
  const type = secret ? 'client-secret' : wantsCertificate ? 'certificate' : await answers.credentialType()
  return type === 'client-secret'
    ? draftClientSecret(secret ?? { type: 'value', value: await answers.clientSecret() }, context)
    : draftCertificate(name, flags, answers, context, before)
}

function draftClientSecret(secret: GivenSecret, context: Context): DraftCredential {
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
  name: string,
  flags: DraftFlags,
  answers: Answers,
  context: Context,
  before: Credential | undefined,
): Promise<DraftCredential> {
  const given =
    (await findGivenSecret('certificate-password', flags as Record<string, unknown>, context)) ??
    keptPassword(flags, before)
  const certificatePath = resolve(flags['certificate-path'] ?? (await answers.certificatePath()))
  const keyPath = flags['private-key-path'] ?? (await answers.privateKeyPath(certificatePath))
  const credential: CertificateCredential = {
    type: 'certificate',
    certificatePath,
    ...(keyPath !== undefined && { privateKeyPath: resolve(keyPath) }),
    ...(flags['send-x5c'] && { sendX5c: true }),
  }
  // Read it now: what is wrong with a certificate is best said while its paths are at hand.
  let password = given
  const sources = proofSources(context, name)
  await loadCertificate(
    { ...credential, ...(given && { password: given.type === 'reference' ? given.reference : 'given' }) },
    {
      ...sources,
      resolve: async (reference, purpose) =>
        given?.type === 'value' ? given.value : sources.resolve(reference, purpose),
      ...(sources.ask && {
        ask: async (question) => {
          const value = await (sources.ask as NonNullable<typeof sources.ask>)(question)
          password = { type: 'value', value }
          return value
        },
      }),
    },
  )
  const kept = password && keeping('certificate-password', password)
  return {
    secrets: kept?.secrets ?? new Map(),
    build: (references) => ({ ...credential, ...(kept && { password: kept.reference(references) }) }),
  }
}

/** The password of a certificate whose files stay the same. */
function keptPassword(flags: DraftFlags, before: Credential | undefined): GivenSecret | undefined {
  const sameFiles = flags['certificate-path'] === undefined && flags['private-key-path'] === undefined
  if (before?.type !== 'certificate' || before.password === undefined || !sameFiles) return undefined
  return { type: 'reference', reference: before.password }
}

/** A value goes to the secret store and gets its reference there; a reference stays what it is. */
function keeping(purpose: SecretPurpose, given: GivenSecret) {
  return {
    secrets: new Map<SecretPurpose, Secret>(given.type === 'value' ? [[purpose, given.value]] : []),
    reference: (references: ReadonlyMap<SecretPurpose, string>): string =>
      given.type === 'reference' ? given.reference : (references.get(purpose) as string),
  }
}
