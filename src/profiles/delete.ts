/** Deletes a profile and everything kept for it: secrets, people's sign-ins and cached tokens. */
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { signInStore } from '../sign-in/create-world.ts'
import { removeSignIns } from '../sign-in/store.ts'
import { clearCache } from '../tokens/cache-contents.ts'
import { pickProfile } from './choose.ts'
import { keptSecrets } from './kept-secrets.ts'
import type { Profile } from './profile.ts'
import { changeProfiles, loadProfiles } from './store.ts'
import { getProfileName } from './subject.ts'

/** @throws AppError `not_found` for an unknown name, `usage` when nobody can be asked and `--yes` is not given. */
export async function deleteProfile(
  asked: string | undefined,
  yes: boolean,
  context: Context,
): Promise<void> {
  const document = await loadProfiles(context.profiles)
  if (asked === undefined && (!context.interactive || document.profiles.size === 0))
    throw new AppError('usage', 'it is not said which profile to delete', {
      hint: 'name it: `entra-auth-cli delete-profile NAME`',
    })
  const name = asked === undefined ? await pickProfile(document) : getProfileName(document, asked)
  if (!yes) {
    if (!context.interactive)
      throw new AppError('usage', 'deleting a profile asks for confirmation, and there is no terminal', {
        hint: 'add --yes',
      })
    const { askYesNo } = await import('../prompts/ask.ts')
    if (!(await askYesNo(`Delete ${name}, its secrets and its cached tokens?`, false)))
      return context.notice('nothing deleted')
  }
  let deleted: Profile | undefined
  await changeProfiles(context.profiles, (document) => {
    deleted = document.profiles.get(getProfileName(document, name))
    const profiles = new Map([...document.profiles].filter(([other]) => other !== name))
    return {
      profiles,
      ...(document.default !== undefined && document.default !== name && { default: document.default }),
    }
  })
  // The profile is gone first: were a secret removed and the profile left, it would be there and not work.
  let clean = true
  for (const { purpose, reference } of deleted ? keptSecrets(deleted) : [])
    clean = (await context.secrets.forget(name, purpose, reference)) && clean
  await removeSignIns(signInStore(context), name)
  await clearCache(context, { profile: name })
  context.notice(`profile ${name} deleted${clean ? ', with its secrets and cached tokens' : ''}`)
}
