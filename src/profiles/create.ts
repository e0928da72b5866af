/** Adds or replaces a profile: its secret first, then the profile; when the second fails the first is taken back. */
import { AppError } from '../errors.ts'
import type { Secret } from '../secret.ts'
import type { SecretPurpose } from '../secrets/account.ts'
import { type SecretKeeper, type StoreKind, storeOf } from '../secrets/keeper.ts'
import { type KeptSecret, keptSecrets } from './kept-secrets.ts'
import { findProfileName, type Profile, type ProfilesDocument } from './profile.ts'
import { changeProfiles, type ProfileFile } from './store.ts'

export interface NewProfile {
  readonly name: string
  /** Makes the profile, once each secret to keep has its reference. */
  readonly build: (references: ReadonlyMap<SecretPurpose, string>, replaced: Profile | undefined) => Profile
  readonly secrets: ReadonlyMap<SecretPurpose, Secret>
  /** Replaces a profile of that name. */
  readonly force: boolean
  readonly makeDefault: boolean
  /** False for a profile from elsewhere: what the one that it replaces kept is not for it to use. */
  readonly inheritsSecrets?: boolean
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

/** As `createProfiles`; the first profile of all is the default. */
export async function createProfile(
  wanted: NewProfile,
  file: ProfileFile,
  secrets: SecretKeeper,
): Promise<Created> {
  const [created] = await createProfiles([wanted], file, secrets)
  return created as Created
}

/** What was done for one of the profiles so far, so that it can be finished or undone. */
interface Work {
  readonly wanted: NewProfile
  /** Comes without others, so it is the default where there was no profile. */
  readonly alone: boolean
  readonly kept: KeptSecret[]
  replaced?: Replaced
  inUse: readonly KeptSecret[]
  isDefault: boolean
}

/**
 * All of the profiles in one change, or none.
 * @throws AppError `usage` when a name is taken, `config`, `store` or `interaction` when they cannot be kept.
 */
export async function createProfiles(
  all: readonly NewProfile[],
  file: ProfileFile,
  secrets: SecretKeeper,
): Promise<Created[]> {
  const alone = all.length === 1
  const works = all.map((wanted): Work => ({ wanted, alone, kept: [], inUse: [], isDefault: false }))
  try {
    await changeProfiles(file, async (document) => {
      let changed = document
      for (const work of works) changed = await addProfile(work, changed, secrets)
      return changed
    })
  } catch (error) {
    for (const work of works.reverse()) await takeAllBack(work, secrets)
    throw error
  }
  for (const { wanted, replaced, inUse } of works)
    for (const { purpose, reference } of replaced ?? [])
      if (!inUse.some((place) => isSame(place, { purpose, reference })))
        await secrets.forget(wanted.name, purpose, reference)
  return works.map(({ isDefault, replaced }) => ({ isDefault, replaced: replaced !== undefined }))
}

/** The document with the profile in it, and its secrets kept. */
async function addProfile(
  work: Work,
  document: ProfilesDocument,
  secrets: SecretKeeper,
): Promise<ProfilesDocument> {
  const { wanted, kept } = work
  const taken = findProfileName(document, wanted.name)
  if (taken !== undefined && !wanted.force) throw profileExists(taken)
  const before = taken === undefined ? undefined : document.profiles.get(taken)
  if (taken !== undefined) work.replaced = await rememberSecrets(taken, before, secrets)
  for (const [purpose, secret] of wanted.secrets) {
    const reference = await secrets.keep(wanted.name, purpose, secret, wanted.secretStore)
    kept.push({ purpose, reference })
  }
  const profile = wanted.build(new Map(kept.map(({ purpose, reference }) => [purpose, reference])), before)
  work.inUse = wanted.inheritsSecrets === false ? kept : keptSecrets(profile)
  const profiles = new Map(document.profiles)
  if (taken !== undefined && taken !== wanted.name) profiles.delete(taken)
  profiles.set(wanted.name, profile)
  const first = work.alone && document.profiles.size === 0
  const wasDefault = taken !== undefined && document.default === taken
  work.isDefault = wanted.makeDefault || first || wasDefault
  const chosen = work.isDefault ? wanted.name : document.default
  return { profiles, ...(chosen !== undefined && { default: chosen }) }
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

/** What cannot be undone hides neither the error that came before, nor keeps the rest from being undone. */
async function takeAllBack({ wanted, kept, replaced }: Work, secrets: SecretKeeper): Promise<void> {
  for (const place of kept) await takeBack(wanted.name, place, replaced, secrets).catch(() => {})
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
