/** Adds a profile: its secret first, then the profile; when the second fails the first is taken back. */
import { AppError } from '../errors.ts'
import type { Secret } from '../secret.ts'
import type { SecretPurpose } from '../secrets/account.ts'
import type { SecretKeeper, StoreKind } from '../secrets/keeper.ts'
import { findProfileName, type Profile } from './profile.ts'
import { changeProfiles, type ProfileFile } from './store.ts'

export interface NewProfile {
  readonly name: string
  /** Makes the profile, once each secret to keep has its reference. */
  readonly build: (references: ReadonlyMap<SecretPurpose, string>) => Profile
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
  const kept: { purpose: SecretPurpose; reference: string }[] = []
  let created: Created | undefined
  try {
    await changeProfiles(file, async (document) => {
      const taken = findProfileName(document, wanted.name)
      if (taken !== undefined && !wanted.force) throw profileExists(taken)
      for (const [purpose, secret] of wanted.secrets) {
        const reference = await secrets.keep(wanted.name, purpose, secret, wanted.secretStore)
        kept.push({ purpose, reference })
      }
      const profile = wanted.build(new Map(kept.map(({ purpose, reference }) => [purpose, reference])))
      const profiles = new Map(document.profiles)
      if (taken !== undefined) profiles.delete(taken)
      profiles.set(wanted.name, profile)
      const first = document.profiles.size === 0
      const wasDefault = taken !== undefined && document.default === taken
      const isDefault = wanted.makeDefault || first || wasDefault
      created = { isDefault, replaced: taken !== undefined }
      const chosen = isDefault ? wanted.name : document.default
      return { profiles, ...(chosen !== undefined && { default: chosen }) }
    })
  } catch (error) {
    for (const { purpose, reference } of kept) await secrets.forget(wanted.name, purpose, reference)
    throw error
  }
  return created as unknown as Created
}
