/** Puts a credential in the place of the one that a profile has, which becomes the previous one. */
import { isDeepStrictEqual } from 'node:util'
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { createProfile } from '../profiles/create.ts'
import { readSuccession } from '../profiles/previous.ts'
import { type Credential, credentialWords, isTokenKey, type Profile } from '../profiles/profile.ts'
import type { Secret } from '../secret.ts'
import type { SecretPurpose } from '../secrets/account.ts'
import type { StoreKind } from '../secrets/keeper.ts'
import { clearCache } from '../tokens/cache-contents.ts'
import type { Target } from './target.ts'

export interface Replacement {
  readonly secrets: ReadonlyMap<SecretPurpose, Secret>
  /** The credential, once each secret to keep has its reference. */
  readonly build: (stored: ReadonlyMap<SecretPurpose, string>, before: Credential | undefined) => Credential
  /** Whether the credential that is there becomes the previous one, or is gone. */
  readonly succeeds: (profile: Profile) => boolean
  readonly keepPrevious?: boolean
  readonly secretStore: StoreKind | undefined
  /** Makes the files that were asked for too; when it throws, nothing has changed. */
  readonly write?: () => void
}

/**
 * Where the credential that is there was never confirmed, the one before it is what works: that one stays previous.
 */
export const isUnconfirmed = ({ previous, keepPrevious }: Profile): boolean =>
  previous !== undefined && !keepPrevious

/** Changes the profile, or creates it. Returns it. @throws AppError as `createProfile`, `try_again`. */
export async function replaceCredential(
  { name, profile, tenant, clientId }: Target,
  replacement: Replacement,
  context: Context,
): Promise<Profile> {
  const { secrets, build, succeeds, keepPrevious, secretStore, write } = replacement
  const succession =
    profile && profile.credential.type !== 'none' && succeeds(profile)
      ? await readSuccession(name, profile.credential, context)
      : undefined
  let made: Profile | undefined
  const { isDefault } = await createProfile(
    {
      name,
      secrets: new Map([...(succession?.secrets ?? []), ...secrets]),
      build: (stored, before) => {
        if (profile && !before) throw new AppError('not_found', `profile ${name} was deleted meanwhile`)
        const { keepPrevious: _, ...rest } = before ?? { tenant, clientId }
        made = {
          ...rest,
          credential: build(stored, before?.credential),
          ...(succession && { previous: succession.previous(before, stored) }),
          ...((keepPrevious || (!succession && before?.keepPrevious)) && { keepPrevious: true }),
        }
        write?.()
        return made
      },
      force: profile !== undefined,
      makeDefault: false,
      secretStore,
    },
    context.profiles,
    context.secrets,
  )
  await clearCache(context, { profile: name })
  if (!profile) context.notice(`profile ${name} created${isDefault ? '; it is the default' : ''}`)
  else sayWhatBecame(name, profile, made as Profile, succession !== undefined, context)
  return made as Profile
}

function sayWhatBecame(
  name: string,
  before: Profile,
  { previous, credential }: Profile,
  isSucceeded: boolean,
  { notice }: Context,
): void {
  const word = credentialWords[before.credential.type]
  const news = `profile ${name} has a new ${credentialWords[credential.type]}`
  if (isSucceeded) notice(`${news}; its ${word} is kept as the previous credential`)
  else if (isUnconfirmed(before))
    notice(`${news} instead of the ${word} that was never used; the previous one stays`)
  else notice(news)
  const gone = [before.credential, ...(before.previous ? [before.previous] : [])].filter(
    (one) => ![credential, previous].some((kept) => isDeepStrictEqual(kept, one)),
  )
  for (const one of gone)
    if (isTokenKey(one)) notice(`the profile does not refer to this key any more: ${one.key}`)
}

/**
 * There is room for one credential before the one in use: what a person keeps is not dropped without a word.
 * @throws AppError `usage`
 */
export function refuseToDrop({ name, profile }: Target, type: Credential['type'], force: boolean): void {
  const { previous, keepPrevious } = profile ?? {}
  if (force || !previous || !keepPrevious) return
  if (type === 'client-secret' && previous.type === 'client-secret') return
  throw new AppError(
    'usage',
    `profile ${name} has a previous ${credentialWords[previous.type]} that is kept, and there is room for one`,
    { hint: `delete it: entra-auth-cli cred delete --old --profile ${name}; or drop it with --force` },
  )
}
