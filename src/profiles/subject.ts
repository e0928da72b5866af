/** Whom a token is for: the profile that was named, the environment's application, or the usual profile. */
import { AppError } from '../errors.ts'
import { findNearest } from '../output/nearest.ts'
import { safeText } from '../output/safe-text.ts'
import { type Environment, findEnvironmentProfile } from './environment.ts'
import { findProfileName, type Profile, type ProfilesDocument } from './profile.ts'

export interface ChosenProfile {
  readonly name: string
  readonly origin: string
}

/** Whom a token is for: one of the profiles, or the application that flags or the environment describe. */
export type Subject =
  | ChosenProfile
  | { readonly name: undefined; readonly profile: Profile; readonly origin: string }

/**
 * The profile that was named, else the environment's application, else the usual profile. What was named is never
 * mixed with `AZURE_*` identities or credentials, nor they with the usual profile.
 */
export function findSubject(
  flag: string | undefined,
  env: Environment,
  document: ProfilesDocument,
): Subject | undefined {
  const named = findNamedProfile(flag, env, document)
  if (named) return named
  const profile = findEnvironmentProfile(env)
  return profile
    ? { name: undefined, profile, origin: 'AZURE_TENANT_ID, AZURE_CLIENT_ID and a credential' }
    : findChosenProfile(undefined, env, document)
}

/** The profile that a flag or variable names. Throws as `getProfileName`. */
export function findNamedProfile(
  flag: string | undefined,
  env: Environment,
  document: ProfilesDocument,
): ChosenProfile | undefined {
  const asked = flag ?? (env.ENTRA_AUTH_CLI_PROFILE || undefined)
  const origin = flag === undefined ? 'ENTRA_AUTH_CLI_PROFILE' : '--profile'
  return asked === undefined ? undefined : { name: getProfileName(document, asked), origin }
}

/** Flag, then variable, then the default, then the only one; undefined where a person must choose. */
export function findChosenProfile(
  flag: string | undefined,
  env: Environment,
  document: ProfilesDocument,
): ChosenProfile | undefined {
  const named = findNamedProfile(flag, env, document)
  if (named) return named
  if (document.default !== undefined)
    return { name: getProfileName(document, document.default), origin: 'the default profile' }
  const [only, ...others] = document.profiles.keys()
  return only !== undefined && others.length === 0 ? { name: only, origin: 'the only profile' } : undefined
}

/** @throws AppError `not_found` for a name that no profile has. */
export function getProfileName(document: ProfilesDocument, name: string): string {
  const known = findProfileName(document, name)
  if (known !== undefined) return known
  const nearest = findNearest(name, [...document.profiles.keys()])
  throw new AppError('not_found', `there is no profile "${safeText(name, { max: 64 })}"`, {
    hint: nearest
      ? `did you mean ${nearest}?`
      : document.profiles.size
        ? 'see `entra-auth-cli list-profiles`'
        : 'create one: `entra-auth-cli create-profile`',
  })
}
