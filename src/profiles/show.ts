/** What `show-profile` does once its flags are read. */
import type { Context } from '../context.ts'
import { fields, table } from '../output/table.ts'
import { chooseProfile } from './choose.ts'
import { profileLines, profileRecord } from './describe.ts'
import { effectiveValues } from './effective.ts'
import { resolveRequest } from './resolve.ts'
import { loadProfiles } from './store.ts'
import { findSubject } from './subject.ts'

export interface ShowFlags {
  readonly origins: boolean
  readonly json: boolean
}

/** With its origins, what is shown is whatever a token would be asked with: of the environment, too. Throws as `chooseProfile`. */
export async function showProfile(
  asked: string | undefined,
  flags: ShowFlags,
  context: Context,
): Promise<void> {
  const document = await loadProfiles(context.profiles)
  const chosen =
    (flags.origins && findSubject(asked, context.env, document)) ||
    (await chooseProfile(asked, document, context))
  const { name } = chosen
  const profile = name === undefined ? undefined : document.profiles.get(name)
  const isDefault = name === document.default
  const origins = flags.origins
    ? effectiveValues(context.paths, resolveRequest({}, context.env, document, chosen))
    : []
  if (flags.json) {
    const record = name !== undefined && profile && profileRecord(name, profile, isDefault)
    const effective = Object.fromEntries(origins.map(([name, value, origin]) => [name, { value, origin }]))
    return context.out(`${JSON.stringify(flags.origins ? { ...record, effective } : record)}\n`)
  }
  if (flags.origins) return context.out(`${table(['VALUE OF', 'IS', 'FROM'], origins)}\n`)
  if (name !== undefined && profile) context.out(`${fields(profileLines(name, profile, isDefault))}\n`)
}
