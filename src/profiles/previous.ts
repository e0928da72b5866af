/** The credential that a profile had before: how it comes to be that, and how it goes. */
import { isDeepStrictEqual } from 'node:util'
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import type { Secret } from '../secret.ts'
import type { SecretPurpose } from '../secrets/account.ts'
import { storeOf } from '../secrets/keeper.ts'
import {
  type KeptSecret,
  movedPrevious,
  previousSecretsOf,
  secretsOf,
  withReferences,
} from './kept-secrets.ts'
import { type Credential, credentialWords, findProfileName, isTokenKey, type Profile } from './profile.ts'
import type { TokenRequest } from './resolve.ts'
import { changeProfiles, loadProfiles } from './store.ts'

/** What becomes of a profile's credential when another takes its place. */
export interface Succession {
  /** To be kept again, as the previous one's. */
  readonly secrets: ReadonlyMap<SecretPurpose, Secret>
  /** The previous credential. Throws AppError `try_again` when it is not the one whose secrets were read. */
  readonly previous: (before: Profile | undefined, stored: ReadonlyMap<SecretPurpose, string>) => Credential
}

/** Reads what the credential keeps with us. A secret that is not there is not there to be lost. */
export async function readSuccession(
  name: string,
  credential: Credential,
  { secrets }: Pick<Context, 'secrets'>,
): Promise<Succession> {
  const found = new Map<SecretPurpose, Secret>()
  const places = previousSecretsOf(credential)
  for (const [index, { purpose, reference }] of secretsOf(credential).entries()) {
    if (!storeOf(reference)) continue
    const secret = await secrets.resolve(reference, name, purpose).catch(unlessAbsent)
    if (secret) found.set((places[index] as KeptSecret).purpose, secret)
  }
  return {
    secrets: found,
    previous: (before, stored) => {
      if (isDeepStrictEqual(before?.credential, credential)) return movedPrevious(credential, stored)
      throw changedMeanwhile(name)
    },
  }
}

const changedMeanwhile = (name: string) =>
  new AppError('try_again', `profile ${name} was changed by another program in the same moment`, {
    hint: 'run the command again; nothing was written',
  })

function unlessAbsent(error: unknown): undefined {
  if (!(error instanceof AppError) || error.code !== 'not_found') throw error
}

export function withoutPrevious({ previous: _, keepPrevious: __, ...profile }: Profile): Profile {
  return profile
}

/**
 * Entra took the new credential: the previous one of its kind is dropped, unless a person wants to keep it. One of
 * another kind stays, for an application may have both, and a key in a token is never deleted unasked: these are
 * marked as kept, so that it is said once.
 * What fails costs a warning: there is a token.
 */
export async function confirmCredential(request: TokenRequest, context: Context): Promise<void> {
  const { profile: name, credential, previous } = request
  if (name === undefined || !previous) return
  try {
    const known = (await loadProfiles(context.profiles)).profiles.get(name)
    if (!known?.previous || known.keepPrevious) return
    // With flags that name another application, nothing is known of the profile's own.
    if (known.tenant !== request.tenant || known.clientId !== request.clientId) return
    let dropped: Profile | undefined
    let stays: Profile | undefined
    await changeProfiles(context.profiles, (document) => {
      const known = findProfileName(document, name)
      const profile = known === undefined ? undefined : document.profiles.get(known)
      if (!profile?.previous || profile.keepPrevious || known === undefined) return document
      if (!isDeepStrictEqual([profile.credential, profile.previous], [credential, previous])) return document
      if (isTokenKey(profile.previous) || previous.type !== credential.type) {
        stays = profile
        return {
          ...document,
          profiles: new Map(document.profiles).set(known, { ...profile, keepPrevious: true }),
        }
      }
      dropped = profile
      return { ...document, profiles: new Map(document.profiles).set(known, withoutPrevious(profile)) }
    })
    const word = credentialWords[credential.type]
    if (stays)
      context.notice(
        `the new ${word} of profile ${name} works; the previous ${isTokenKey(previous) ? 'key stays in its token' : `${credentialWords[previous.type]} stays`} until: entra-auth-cli cred delete --old --profile ${name}`,
      )
    if (!dropped?.previous) return
    for (const { purpose, reference } of previousSecretsOf(dropped.previous))
      await context.secrets.forget(name, purpose, reference)
    context.notice(`the new ${word} of profile ${name} works; the previous one is dropped`)
  } catch (error) {
    context.warn(`the previous credential of profile ${name} stays: ${(error as Error).message}`)
  }
}

/** How the previous credential becomes the one in use again. */
export interface Promotion {
  /** To be kept again, as the credential's own. */
  readonly secrets: ReadonlyMap<SecretPurpose, Secret>
  /** Throws AppError `try_again` when it is not the one whose secrets were read. */
  readonly credential: (before: Profile, stored: ReadonlyMap<SecretPurpose, string>) => Credential
}

/** Reads what the previous credential keeps with us. */
export async function readPromotion(
  name: string,
  { previous }: Profile,
  { secrets }: Pick<Context, 'secrets'>,
): Promise<Promotion> {
  if (!previous) throw new AppError('bug', `profile ${name} has no previous credential`)
  const found = new Map<SecretPurpose, Secret>()
  const places = previousSecretsOf(previous)
  for (const [index, { purpose, reference }] of secretsOf(previous).entries()) {
    if (!storeOf(reference)) continue
    const secret = await secrets
      .resolve(reference, name, (places[index] as KeptSecret).purpose)
      .catch(unlessAbsent)
    if (secret) found.set(purpose, secret)
  }
  return {
    secrets: found,
    credential: (before, stored) => {
      if (!isDeepStrictEqual(before.previous, previous)) throw changedMeanwhile(name)
      return withReferences({ ...before, credential: previous }, stored).credential
    },
  }
}
