/** Copies and renames profiles: the secrets go first, so that no profile is ever without its own. */
import type { Context } from '../context.ts'
import { storeOf } from '../secrets/keeper.ts'
import { signInStore } from '../sign-in/create-world.ts'
import { adoptSignIns } from '../sign-in/store.ts'
import { adoptTokens } from '../tokens/cache-contents.ts'
import { profileExists } from './create.ts'
import { keptSecrets } from './kept-secrets.ts'
import { findProfileName, type Profile, type ProfilesDocument } from './profile.ts'
import { checked } from './resolve.ts'
import { nameRule } from './rules.ts'
import { changeProfiles } from './store.ts'
import { getProfileName } from './subject.ts'

export interface Renaming {
  readonly from: string
  readonly to: string
}

/** @throws AppError `not_found`, `usage` when the new name is taken or no name, and what the secret stores throw. */
export async function copyProfile(
  from: string,
  to: string,
  force: boolean,
  context: Context,
): Promise<Renaming> {
  const target = checked(to, nameRule, 'the new name')
  let source = from
  await changeProfiles(context.profiles, async (document) => {
    source = getProfileName(document, from)
    const taken = findProfileName(document, target)
    if (taken !== undefined && (!force || taken === source)) throw profileExists(taken)
    const profile = document.profiles.get(source) as Profile
    await copySecrets(profile, source, target, context)
    const others = [...document.profiles].filter(([name]) => name !== taken)
    return { ...document, profiles: new Map([...others, [target, profile]]) }
  })
  return { from: source, to: target }
}

/** The profile keeps its place in the file. Throws as `copyProfile`. */
export async function renameProfile(from: string, to: string, context: Context): Promise<Renaming> {
  const target = checked(to, nameRule, 'the new name')
  let source = from
  let renamed: Profile | undefined
  await changeProfiles(context.profiles, async (document) => {
    source = getProfileName(document, from)
    const taken = findProfileName(document, target)
    if (taken !== undefined && taken !== source) throw profileExists(taken)
    renamed = document.profiles.get(source) as Profile
    await copySecrets(renamed, source, target, context)
    return withName(document, source, target)
  })
  const movedAccounts = source.toLowerCase() !== target.toLowerCase()
  for (const { purpose, reference } of renamed && movedAccounts ? keptSecrets(renamed) : [])
    await context.secrets.forget(source, purpose, reference)
  await adoptSignIns(signInStore(context), source, target)
  if (renamed) await adoptTokens(context, source, target, renamed)
  return { from: source, to: target }
}

function withName(document: ProfilesDocument, source: string, target: string): ProfilesDocument {
  const profiles = new Map(
    [...document.profiles].map(([name, profile]) => [name === source ? target : name, profile]),
  )
  const chosen = document.default === source ? target : document.default
  return { profiles, ...(chosen !== undefined && { default: chosen }) }
}

/** References to elsewhere are the same under any name; what we keep ourselves is kept again. */
async function copySecrets(profile: Profile, from: string, to: string, context: Context): Promise<void> {
  const { secrets } = context
  for (const { purpose, reference } of keptSecrets(profile)) {
    const kind = storeOf(reference)
    if (kind) await secrets.keep(to, purpose, await secrets.resolve(reference, from, purpose), kind)
  }
}
