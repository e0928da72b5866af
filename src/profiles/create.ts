/** Adds or replaces a profile: its secret first, then the profile; when the second fails the first is taken back. */
import { AppError } from '../errors.ts'
import type { Secret } from '../secret.ts'
import type { SecretPurpose } from '../secrets/account.ts'
import { type SecretKeeper, type StoreKind, storeOf } from '../secrets/keeper.ts'
import { type KeptSecret, keptSecrets } from './kept-secrets.ts'
import { findProfileName, type Profile } from './profile.ts'
import { changeProfiles, type ProfileFile } from './store.ts'

export interface NewProfile {
  readonly name: string
  /** Makes the profile, once each secret to keep has its reference. */
  readonly build: (references: ReadonlyMap<SecretPurpose, string>, replaced: Profile | undefined) => Profile
  readonly secrets: ReadonlyMap<SecretPurpose, Secret>
  /** Replaces a profile of that name. */
  readonly force: boolean
  readonly makeDefault: boolean
  readonly secretStore: StoreKind | undefined
}

export interface Created {
  readonly isDefault: boolean
  readonly replaced: boolean
}

export const profileExists = (name: string): AppError =>
  new AppError('usage', `there is a profile ${name} already`, {
    hint: 'choose another name, or replace it with --force',
  })

/** @throws AppError `usage` when the name is taken, `config`, `store` or `interaction` when it cannot be kept. */
export async function createProfile(
  wanted: NewProfile,
  file: ProfileFile,
  secrets: SecretKeeper,
): Promise<Created> {
  const kept: KeptSecret[] = []
  let replaced: Replaced | undefined
  let inUse: readonly KeptSecret[] = []
  let isDefault = false
  try {
    await changeProfiles(file, async (document) => {
      const taken = findProfileName(document, wanted.name)
      if (taken !== undefined && !wanted.force) throw profileExists(taken)
      if (taken !== undefined) replaced = await rememberSecrets(taken, document.profiles.get(taken), secrets)
      for (const [purpose, secret] of wanted.secrets) {
        const reference = await secrets.keep(wanted.name, purpose, secret, wanted.secretStore)
        kept.push({ purpose, reference })
      }
      const before = taken === undefined ? undefined : document.profiles.get(taken)
      const profile = wanted.build(
        new Map(kept.map(({ purpose, reference }) => [purpose, reference])),
        before,
      )
      inUse = keptSecrets(profile)
      const profiles = new Map(document.profiles)
      if (taken !== undefined && taken !== wanted.name) profiles.delete(taken)
      profiles.set(wanted.name, profile)
      const first = document.profiles.size === 0
      const wasDefault = taken !== undefined && document.default === taken
      isDefault = wanted.makeDefault || first || wasDefault
      const chosen = isDefault ? wanted.name : document.default
      return { profiles, ...(chosen !== undefined && { default: chosen }) }
    })
  } catch (error) {
    for (const place of kept) await takeBack(wanted.name, place, replaced, secrets)
    throw error
  }
  for (const { purpose, reference } of replaced ?? [])
    if (!inUse.some((place) => isSame(place, { purpose, reference })))
      await secrets.forget(wanted.name, purpose, reference)
  return { isDefault, replaced: replaced !== undefined }
}

/** What the profile that is replaced kept with us. */
type Replaced = readonly (KeptSecret & { readonly secret: Secret | undefined })[]

const isSame = (a: KeptSecret, b: KeptSecret) => a.purpose === b.purpose && a.reference === b.reference

/** A secret that cannot be read is not there to be lost. */
function rememberSecrets(
  name: string,
  profile: Profile | undefined,
  secrets: SecretKeeper,
): Promise<Replaced> {
  const ours = profile ? keptSecrets(profile).filter(({ reference }) => storeOf(reference)) : []
  return Promise.all(
    ours.map(async (place) => ({
      ...place,
      secret: await secrets.resolve(place.reference, name, place.purpose).catch(() => undefined),
    })),
  )
}

/** Removes what was kept for nothing; where it stands in a secret's place, that one comes back. */
async function takeBack(
  name: string,
  place: KeptSecret,
  replaced: Replaced | undefined,
  secrets: SecretKeeper,
): Promise<void> {
  const before = replaced?.find((old) => isSame(old, place))?.secret
  if (before) await secrets.keep(name, place.purpose, before, storeOf(place.reference))
  else await secrets.forget(name, place.purpose, place.reference)
}
