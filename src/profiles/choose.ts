/** Which profile is meant: by flag, variable or default, or by asking a person. */
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { credentialWord } from './describe.ts'
import { compareNames, type ProfilesDocument } from './profile.ts'
import { type ChosenProfile, findChosenProfile } from './subject.ts'

/** @throws AppError `not_found` when there is none, `usage` when several could be meant and nobody can be asked. */
export async function chooseProfile(
  flag: string | undefined,
  document: ProfilesDocument,
  context: Pick<Context, 'env' | 'interactive'>,
): Promise<ChosenProfile> {
  const chosen = findChosenProfile(flag, context.env, document)
  if (chosen) return chosen
  if (document.profiles.size === 0)
    throw new AppError('not_found', 'there is no profile yet', {
      hint: 'create one: `entra-auth-cli create-profile`',
    })
  if (!context.interactive)
    throw new AppError('usage', 'there are several profiles, and none is the default', {
      hint: 'name one with --profile, or set the default: `entra-auth-cli use-profile NAME`',
    })
  return { name: await pickProfile(document), origin: 'the answer' }
}

/** Asks a person, who types to find one among many. There must be a terminal. */
export async function pickProfile({ profiles }: ProfilesDocument): Promise<string> {
  const { askSearch } = await import('../prompts/ask.ts')
  const all = [...profiles].sort(([a], [b]) => compareNames(a, b))
  const width = Math.max(...all.map(([name]) => name.length))
  return askSearch(
    'Profile',
    all.map(([name, profile]) => ({
      value: name,
      short: name,
      name: `${name.padEnd(width)}  ${profile.tenant ?? '-'}  ${credentialWord(profile)}`,
    })),
  )
}
