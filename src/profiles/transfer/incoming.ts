/** What an import brings, whatever format it came in. */
import type { Secret } from '../../secret.ts'
import type { SecretPurpose } from '../../secrets/account.ts'
import { storeOf } from '../../secrets/keeper.ts'
import { keptSecrets } from '../kept-secrets.ts'
import type { Profile } from '../profile.ts'

export interface IncomingProfile {
  readonly name: string
  /** What it was called where it comes from, when that is no name here. */
  readonly foreignName?: string
  readonly profile: Profile
  readonly secrets: ReadonlyMap<SecretPurpose, Secret>
  /** What could not be carried over, by the names it had. */
  readonly lost: readonly string[]
  /** Purposes of secrets that stayed behind, beside those that the profile itself says it needs. */
  readonly wanting?: readonly SecretPurpose[]
}

export interface Incoming {
  readonly format: 'profiles' | 'sealed export' | '.NET profiles' | '.NET export'
  /** The default profile, where it comes from. */
  readonly default?: string
  readonly profiles: readonly IncomingProfile[]
}

/** The purposes of secrets that the profile expects in a store of ours, and that did not come with it. */
export const missingSecrets = ({ profile, secrets }: IncomingProfile): SecretPurpose[] =>
  keptSecrets(profile).flatMap(({ purpose, reference }) =>
    storeOf(reference) !== undefined && !secrets.has(purpose) ? [purpose] : [],
  )
