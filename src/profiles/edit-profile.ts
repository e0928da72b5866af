/** What `edit-profile` does once its flags are read. */
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { askChanges } from '../prompts/edit-menu.ts'
import { flagAnswers, wizardAnswers } from '../prompts/wizard.ts'
import type { StoreKind } from '../secrets/keeper.ts'
import { signInStore } from '../sign-in/create-world.ts'
import { removeSignIns } from '../sign-in/store.ts'
import { clearCache } from '../tokens/cache-contents.ts'
import { chooseProfile } from './choose.ts'
import { createProfile } from './create.ts'
import { type Answers, type DraftFlags, draftChanges } from './draft.ts'
import { isTokenKey, type Profile } from './profile.ts'
import { loadProfiles } from './store.ts'

export interface EditFlags extends DraftFlags {
  readonly 'secret-store'?: StoreKind | undefined
  readonly interactive?: boolean
}

const fields =
  /^(tenant-id|client-id|cloud|authority-host|flow|scope|redirect-uri|port|use-|certificate|private-key|send-|client-secret|pkcs11-|token-label|key-label|pin-|federated|audience|service-connection|oidc-|managed-identity)/

export async function runEditProfile(
  asked: string | undefined,
  flags: EditFlags,
  context: Context,
): Promise<void> {
  const document = await loadProfiles(context.profiles)
  const { name } = await chooseProfile(asked, document, context)
  const byFlags = Object.entries(flags).some(
    ([flag, value]) => fields.test(flag) && value !== undefined && value !== false,
  )
  if (byFlags && flags.interactive)
    throw new AppError('usage', '--interactive opens the menu, and other flags say already what to change')
  if (!byFlags && !context.interactive)
    throw new AppError('usage', 'it is not said what to change, and there is no terminal for the menu', {
      hint: 'give flags: see `entra-auth-cli edit-profile --help`',
    })
  const profile = document.profiles.get(name) as Profile
  const wanted = byFlags ? flags : await askChanges(profile)
  if (!wanted) return context.notice('nothing changed')
  const answers = editAnswers(profile, byFlags, context)
  // Flags change parts of a credential; the menu asks for a whole new one.
  const before = byFlags ? profile.credential : undefined
  let changed: Profile | undefined
  const { secrets, build } = await draftChanges(name, wanted, answers, context, before)
  await createProfile(
    {
      name,
      secrets,
      build: (references, before) => {
        changed = build(references, before as Profile)
        return changed
      },
      force: true,
      makeDefault: false,
      secretStore: flags['secret-store'],
    },
    context.profiles,
    context.secrets,
  )
  // Its tokens may be those of another application or credential.
  await clearCache(context, { profile: name })
  if (changed && isElsewhere(changed, profile)) await removeSignIns(signInStore(context), name)
  context.notice(`profile ${name} changed`)
}

/** Whether the people who signed in did so to another application or tenant. */
const isElsewhere = (now: Profile, before: Profile): boolean =>
  (['tenant', 'clientId', 'cloud', 'authorityHost'] as const).some((field) => now[field] !== before[field])

/** Whatever flags or the menu leave open stays as it is; only a new credential is asked for. */
function editAnswers({ credential }: Profile, byFlags: boolean, { interactive }: Context): Answers {
  const answers: Answers = {
    ...(interactive ? wizardAnswers(() => false) : flagAnswers({})),
    credentialType: async () => 'client-secret',
  }
  if (!byFlags || credential.type !== 'certificate' || isTokenKey(credential)) return answers
  const { certificatePath, privateKeyPath } = credential
  return {
    ...answers,
    ...(certificatePath !== undefined && { certificatePath: async () => certificatePath }),
    privateKeyPath: async () => privateKeyPath,
  }
}
