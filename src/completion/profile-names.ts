/** What `autocomplete --profiles` prints: asked by the completion scripts at each press of Tab, so by the fast path. */
import { readPrivateFile } from '../platform/atomic-file.ts'
import { nameRule } from '../profiles/rules.ts'
import { largestProfiles, type ProfileFile } from '../profiles/store.ts'

/**
 * The names of all profiles, one a line. A fault in one profile hides no other, and a file that cannot be read
 * gives nothing: completion never complains. What the rule of names does not allow could be code to a shell.
 */
export function profileNames({ path, uid }: ProfileFile): string {
  try {
    const owner = uid === undefined ? {} : { uid }
    const file = readPrivateFile(path, { ...owner, maxBytes: largestProfiles, othersMayRead: true })
    const { profiles } = JSON.parse(file?.toString('utf8').replace(/^\uFEFF/, '') ?? '')
    const names = Object.keys(profiles).filter((name) => nameRule(name) === undefined)
    return names.map((name) => `${name}\n`).join('')
  } catch {
    return ''
  }
}
