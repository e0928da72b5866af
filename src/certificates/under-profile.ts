/** Puts a new key under a profile, in the place of the credential that it had. */
import type { Context } from '../context.ts'
import { writePrivateKey } from '../crypto/password-encryption.ts'
import { AppError } from '../errors.ts'
import { createProfile } from '../profiles/create.ts'
import { credentialWord } from '../profiles/describe.ts'
import { type FieldFlags, readFields } from '../profiles/draft.ts'
import {
  type CertificateCredential,
  type Credential,
  findProfileName,
  type Profile,
} from '../profiles/profile.ts'
import { checked } from '../profiles/resolve.ts'
import { nameRule } from '../profiles/rules.ts'
import { loadProfiles } from '../profiles/store.ts'
import { getProfileName } from '../profiles/subject.ts'
import { Secret } from '../secret.ts'
import type { SecretPurpose } from '../secrets/account.ts'
import { references, type StoreKind, storeOf } from '../secrets/keeper.ts'
import { clearCache } from '../tokens/cache-contents.ts'
import { certificatePem, type NewKey } from './new-key.ts'

/** Flags that say something of the profile. */
export const profileFlags = ['tenant-id', 'cloud', 'authority-host', 'flow', 'scope', 'secret-store'] as const

export interface IdentityFlags extends FieldFlags {
  readonly 'secret-store'?: StoreKind | undefined
  readonly force: boolean
}

/** A profile that may get the key; nothing has been changed yet. */
export interface TargetProfile {
  readonly name: string
  readonly fields: ReturnType<typeof readFields>
  /** Its credential may be replaced. */
  readonly replace: boolean
  readonly secretStore: StoreKind | undefined
}

/**
 * Finds the profile, or what a new one is made of; undefined when a person does not want its credential replaced.
 * Throws AppError 'not_found' for an unknown name without an identity, 'usage' when its credential would be lost.
 */
export async function prepareProfile(
  asked: string,
  flags: IdentityFlags,
  context: Context,
): Promise<TargetProfile | undefined> {
  const document = await loadProfiles(context.profiles)
  const fields = readFields(flags)
  const known = findProfileName(document, asked)
  const target = { fields, secretStore: flags['secret-store'] }
  if (known === undefined) {
    if (fields.tenant !== undefined && fields.clientId !== undefined)
      return { ...target, name: checked(asked, nameRule, '--profile'), replace: flags.force }
    try {
      return { ...target, name: getProfileName(document, asked), replace: false }
    } catch (error) {
      throw withHint(error as AppError)
    }
  }
  const profile = document.profiles.get(known) as Profile
  if (flags.force) return { ...target, name: known, replace: true }
  const word = credentialWord(profile)
  if (!context.interactive)
    throw new AppError('usage', `profile ${known} has a credential already: ${word}`, {
      hint: 'replace it with --force; Entra takes the new key once its certificate is uploaded',
    })
  const { askYesNo } = await import('../prompts/ask.ts')
  const question = `Replace the ${word} of ${known}? Tokens stop until the new certificate is uploaded.`
  return (await askYesNo(question, false)) ? { ...target, name: known, replace: true } : undefined
}

const withHint = (error: AppError): AppError =>
  new AppError(error.code, error.message, {
    hint: 'give --tenant-id and --client-id too, and it is created',
  })

export interface NewCredential {
  readonly secrets: ReadonlyMap<SecretPurpose, Secret>
  /** The credential, once each secret to keep has its reference. */
  readonly build: (
    stored: ReadonlyMap<SecretPurpose, string>,
    before: Credential | undefined,
  ) => CertificateCredential
}

export interface KeptKey {
  /** The store that has the key's own key, or the key's URI. */
  readonly reference: string
  readonly clientId: string
}

/**
 * Keeps the credential and changes or creates the profile, under its lock.
 * @param write makes the files that were asked for too; when it throws, nothing has changed
 */
export async function keepUnderProfile(
  { name, fields, replace, secretStore }: TargetProfile,
  credential: NewCredential,
  write: () => void,
  context: Context,
): Promise<KeptKey> {
  let kept: KeptKey | undefined
  const { isDefault, replaced } = await createProfile(
    {
      name,
      secrets: credential.secrets,
      build: (stored, before) => {
        const profile = withFields(before, fields, name)
        const made = credential.build(stored, before?.credential)
        kept = { reference: String(made.key), clientId: profile.clientId }
        write()
        return { ...profile, credential: made }
      },
      force: replace,
      makeDefault: false,
      secretStore,
    },
    context.profiles,
    context.secrets,
  )
  // Its tokens may be those of another application or credential.
  if (replaced) await clearCache(context, { profile: name })
  context.notice(
    replaced
      ? `profile ${name} has a new key; upload its certificate to the application`
      : `profile ${name} created${isDefault ? '; it is the default' : ''}; upload its certificate to the application`,
  )
  return kept as KeptKey
}

function withFields(
  before: Profile | undefined,
  { tenant, clientId, scopes, optional }: TargetProfile['fields'],
  name: string,
): Omit<Profile, 'credential'> & { readonly clientId: string } {
  const { credential: _, authorityHost, flow, ...others }: Partial<Profile> = before ?? {}
  // A cloud that is named now goes before a host that was named earlier.
  const rest = { ...others, ...(authorityHost && !optional.cloud && { authorityHost }) }
  const identity = { tenant: tenant ?? rest.tenant, clientId: clientId ?? rest.clientId }
  if (identity.tenant === undefined || identity.clientId === undefined) {
    if (!before) throw new AppError('not_found', `profile ${name} was deleted meanwhile`)
    throw new AppError('usage', `profile ${name} is for a managed identity, which has no key of its own`, {
      hint: 'give --tenant-id and --client-id of the application that the key is for',
    })
  }
  return {
    ...rest,
    tenant: identity.tenant,
    clientId: identity.clientId,
    // The flow of a managed identity went with it.
    ...(flow && flow !== 'managed-identity' && { flow }),
    ...optional,
    ...(scopes && { scopes }),
  }
}

/** The credential of a key that we seal. */
export async function sealedCredential(made: NewKey): Promise<NewCredential> {
  const bundle = new Secret(certificatePem(made) + (await writePrivateKey(made.key, undefined)))
  return {
    secrets: new Map([['private-key', bundle]]),
    build: (stored, before) => {
      const kind = storeOf(stored.get('private-key') as string) as StoreKind
      const sendX5c = before?.type === 'certificate' && before.sendX5c
      return {
        type: 'certificate',
        key: references[kind] as NonNullable<CertificateCredential['key']>,
        ...(sendX5c && { sendX5c }),
      }
    },
  }
}
