/** What `show-profile` does once its flags are read. */
import type { Context } from '../context.ts'
import { fields, table } from '../output/table.ts'
import { chooseProfile } from './choose.ts'
import { profileLines, profileRecord } from './describe.ts'
import { effectiveValues } from './effective.ts'
import type { Profile } from './profile.ts'
import { resolveRequest } from './resolve.ts'
import { loadProfiles } from './store.ts'

export interface ShowFlags {
  readonly origins: boolean
  readonly json: boolean
}

export async function showProfile(
  asked: string | undefined,
  flags: ShowFlags,
  context: Context,
): Promise<void> {
  const document = await loadProfiles(context.profiles)
  const chosen = await chooseProfile(asked, document, context)
  const profile = document.profiles.get(chosen.name) as Profile
  const isDefault = chosen.name === document.default
  const origins = flags.origins
    ? effectiveValues(context.paths, resolveRequest({}, context.env, document, chosen))
    : []
  if (flags.json) {
    const record = profileRecord(chosen.name, profile, isDefault)
    const effective = Object.fromEntries(origins.map(([name, value, origin]) => [name, { value, origin }]))
    return context.out(`${JSON.stringify(flags.origins ? { ...record, effective } : record)}\n`)
  }
  context.out(
    flags.origins
      ? `${table(['VALUE OF', 'IS', 'FROM'], origins)}\n`
      : `${fields(profileLines(chosen.name, profile, isDefault))}\n`,
  )
}
