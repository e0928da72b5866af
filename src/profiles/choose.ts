/** Which profile is meant: by flag, variable or default, or by asking a person. */
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import type { ProfilesDocument } from './profile.ts'
import { type ChosenProfile, findChosenProfile } from './subject.ts'

/** @throws AppError `not_found` when there is none, `usage` when several could be meant and nobody can be asked. */
export async function chooseProfile(
  flag: string | undefined,
  document: ProfilesDocument,
  context: Pick<Context, 'env' | 'interactive'>,
): Promise<ChosenProfile> {
  const chosen = findChosenProfile(flag, context.env, document)
  if (chosen) return chosen
  const names = [...document.profiles.keys()].sort()
  if (names.length === 0)
    throw new AppError('not_found', 'there is no profile yet', {
      hint: 'create one: `entra-auth-cli create-profile`',
    })
  if (!context.interactive)
    throw new AppError('usage', 'there are several profiles, and none is the default', {
      hint: 'name one with --profile, or set the default: `entra-auth-cli use-profile NAME`',
    })
  const { askChoice } = await import('../prompts/ask.ts')
  const name = await askChoice(
    'Profile',
    names.map((value) => ({ value, name: value })),
  )
  return { name, origin: 'the answer' }
}
