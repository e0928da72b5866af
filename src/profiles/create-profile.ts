/** What `create-profile` does once its flags are read. */
import type { Context } from '../context.ts'
import { flagAnswers, isComplete, wizardAnswers } from '../prompts/wizard.ts'
import type { StoreKind } from '../secrets/keeper.ts'
import { signInStore } from '../sign-in/create-world.ts'
import { removeSignIns } from '../sign-in/store.ts'
import { clearCache } from '../tokens/cache-contents.ts'
import { printToken } from '../tokens/print-token.ts'
import { createProfile, profileExists } from './create.ts'
import { type DraftFlags, draftProfile } from './draft.ts'
import { findProfileName } from './profile.ts'
import { loadProfiles } from './store.ts'

export interface CreateFlags extends DraftFlags {
  readonly 'secret-store'?: StoreKind | undefined
  readonly default: boolean
  readonly force: boolean
}

export async function runCreateProfile(flags: CreateFlags, context: Context): Promise<void> {
  const document = await loadProfiles(context.profiles)
  const findTaken = (name: string) => (flags.force ? undefined : findProfileName(document, name))
  const taken = flags.name === undefined ? undefined : findTaken(flags.name)
  if (taken !== undefined) throw profileExists(taken)

  // With all that is needed in the flags nothing is asked, on a terminal either.
  const asking = context.interactive && !isComplete({ ...flags })
  const answers = asking ? wizardAnswers((name) => findTaken(name) !== undefined) : flagAnswers({ ...flags })
  const draft = await draftProfile(flags, answers, context)
  const { isDefault, replaced } = await createProfile(
    { ...draft, force: flags.force, makeDefault: flags.default, secretStore: flags['secret-store'] },
    context.profiles,
    context.secrets,
  )
  // Its tokens may be those of another application or credential.
  if (replaced) await clearCache(context, { profile: draft.name })
  if (replaced) await removeSignIns(signInStore(context), draft.name)
  context.notice(
    `profile ${draft.name} ${replaced ? 'replaced' : 'created'}${isDefault ? '; it is the default' : ''}`,
  )
  if (!asking) return
  const { askYesNo } = await import('../prompts/ask.ts')
  if (await askYesNo('Get a token now?', true)) await printToken({ profile: draft.name }, context)
  else context.notice(`get a token: entra-auth-cli get-token -p ${draft.name}`)
}
