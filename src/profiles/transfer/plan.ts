/** Decides under which name each profile is imported, before anything is written. */
import { AppError } from '../../errors.ts'
import type { ClashAnswer } from '../../prompts/transfer.ts'
import { findProfileName, type ProfilesDocument } from '../profile.ts'
import type { Incoming, IncomingProfile } from './incoming.ts'
import { freeName } from './names.ts'

/** What to do with a name that is taken. */
export type OnClash =
  | 'refuse'
  | 'overwrite'
  | 'rename'
  | ((name: string, free: string) => Promise<ClashAnswer>)

export interface Planned {
  readonly incoming: IncomingProfile
  readonly action: 'create' | 'replace' | 'skip'
  readonly name: string
  readonly becomesDefault: boolean
}

/** @throws AppError `usage`, naming every profile that is there already, when that is refused. */
export async function planImport(
  { profiles, default: chosen }: Incoming,
  document: ProfilesDocument,
  onClash: OnClash,
): Promise<Planned[]> {
  const clashes = profiles.filter(({ name }) => findProfileName(document, name) !== undefined)
  if (onClash === 'refuse' && clashes.length > 0) throw clash(clashes.map(({ name }) => name))
  const taken = new Set(
    [...document.profiles.keys(), ...profiles.map(({ name }) => name)].map((name) => name.toLowerCase()),
  )
  const planned: Planned[] = []
  for (const incoming of profiles) {
    const becomesDefault = document.profiles.size === 0 && (profiles.length === 1 || incoming.name === chosen)
    const plan = { incoming, name: incoming.name, becomesDefault }
    if (!clashes.includes(incoming)) {
      planned.push({ ...plan, action: 'create' })
      continue
    }
    const free = freeName(incoming.name, taken)
    const answer = typeof onClash === 'function' ? await onClash(incoming.name, free) : onClash
    if (answer === 'rename') {
      taken.add(free.toLowerCase())
      planned.push({ ...plan, name: free, action: 'create' })
    } else planned.push({ ...plan, action: answer === 'overwrite' ? 'replace' : 'skip' })
  }
  return planned
}

function clash(names: readonly string[]): AppError {
  const [only, ...others] = names
  return new AppError(
    'usage',
    others.length === 0
      ? `there is a profile ${only} already; nothing was imported`
      : `there are profiles of these names already: ${names.join(', ')}; nothing was imported`,
    { hint: 'replace what is there with --overwrite, or import under other names with --rename' },
  )
}
