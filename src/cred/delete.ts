/** What `cred delete` does once its flags are read. */
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { createProfile } from '../profiles/create.ts'
import { deleteProfile } from '../profiles/delete.ts'
import { readPromotion, withoutPrevious } from '../profiles/previous.ts'
import { type Credential, credentialWords, isTokenKey, type Profile } from '../profiles/profile.ts'
import { clearCache } from '../tokens/cache-contents.ts'
import { getTarget, type TargetFlags } from './target.ts'
import { type DoomedKey, withDoomedKeys } from './token-keys.ts'

export interface DeleteFlags extends TargetFlags {
  readonly secret: boolean
  readonly cert: boolean
  readonly old: boolean
  readonly yes: boolean
}

interface Doomed {
  readonly current: boolean
  readonly previous: boolean
}

/**
 * Secret, certificate or both, with a key that is in a token. What is left is used from then on; a profile without any
 * is deleted.
 * @throws AppError `not_found` when there is no such credential, `usage` when nobody can be asked, as `withDoomedKeys`.
 */
export async function deleteCredentials(flags: DeleteFlags, context: Context): Promise<void> {
  const { name, profile } = (await getTarget(flags, context)) as { name: string; profile: Profile }
  const doomed = choose(flags, profile)
  if (!doomed.current && !doomed.previous)
    throw new AppError('not_found', `profile ${name} has no ${wantedWord(flags)}`, {
      hint: `see \`entra-auth-cli cred list --profile ${name}\``,
    })
  const isWhole = doomed.current && (doomed.previous || !profile.previous)
  if (!(await mayDelete(name, profile, doomed, isWhole, flags.yes, context)))
    return context.notice('nothing deleted')
  const keys: DoomedKey[] = [
    ...tokenKey(doomed.current ? profile.credential : undefined, false),
    ...tokenKey(doomed.previous ? profile.previous : undefined, true),
  ]
  await withDoomedKeys(keys, name, context, async () => {
    if (isWhole) return deleteProfile(name, true, context)
    await leaveOne(name, profile, doomed, context)
    await clearCache(context, { profile: name })
    const left = doomed.current ? (profile.previous as Credential) : profile.credential
    context.notice(`deleted; profile ${name} uses its ${credentialWords[left.type]}`)
  })
}

function choose({ secret, cert, old }: DeleteFlags, { credential, previous }: Profile): Doomed {
  if (old) return { current: false, previous: previous !== undefined }
  const isMeant = (one: Credential | undefined) =>
    one !== undefined &&
    ((one.type === 'client-secret' && (secret || !cert)) || (one.type === 'certificate' && (cert || !secret)))
  return { current: isMeant(credential), previous: isMeant(previous) }
}

const wantedWord = ({ secret, cert, old }: DeleteFlags): string => {
  if (old) return 'previous credential'
  if (secret === cert) return 'client secret and no certificate'
  return secret ? 'client secret' : 'certificate'
}

const tokenKey = (credential: Credential | undefined, isPrevious: boolean): DoomedKey[] =>
  credential && isTokenKey(credential) ? [{ credential, isPrevious }] : []

async function mayDelete(
  name: string,
  { credential, previous }: Profile,
  doomed: Doomed,
  isWhole: boolean,
  yes: boolean,
  { interactive }: Context,
): Promise<boolean> {
  if (yes) return true
  if (!interactive)
    throw new AppError('usage', 'deleting a credential asks for confirmation, and there is no terminal', {
      hint: 'add --yes',
    })
  const { askYesNo } = await import('../prompts/ask.ts')
  const words = [
    ...(doomed.current ? [wordOf(credential)] : []),
    ...(doomed.previous && previous ? [`previous ${wordOf(previous)}`] : []),
  ]
  const what = `the ${words.join(' and the ')} of ${name}${isWhole ? ', and with it the profile' : ''}`
  return askYesNo(`Delete ${what}?`, false)
}

const wordOf = (credential: Credential): string =>
  `${credentialWords[credential.type]}${isTokenKey(credential) ? ', its key in the token included,' : ''}`

/** The profile with the one that is left, which keeps its secrets under their usual names. */
async function leaveOne(name: string, profile: Profile, doomed: Doomed, context: Context): Promise<void> {
  const promotion = doomed.current ? await readPromotion(name, profile, context) : undefined
  await createProfile(
    {
      name,
      secrets: promotion?.secrets ?? new Map(),
      build: (stored, before) => {
        if (!before) throw new AppError('not_found', `profile ${name} was deleted meanwhile`)
        const rest = withoutPrevious(before)
        return promotion ? { ...rest, credential: promotion.credential(before, stored) } : rest
      },
      force: true,
      makeDefault: false,
      secretStore: undefined,
    },
    context.profiles,
    context.secrets,
  )
}
