/** Names for profiles that come from elsewhere. */
import { nameRule } from '../rules.ts'

const longest = 64

/** The text as a name of ours: other characters become hyphens. A name stays as it is. */
export function validName(text: string): string {
  if (nameRule(text) === undefined) return text
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '')
    .slice(0, longest)
    .replace(/-+$/, '')
  return plain === '' ? 'profile' : plain
}

/** NAME-2, NAME-3 … : the first that is not taken. `taken` holds names in lower case. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let number = 2; ; number++) {
    const ending = `-${number}`
    const candidate = name.slice(0, longest - ending.length) + ending
    if (!taken.has(candidate.toLowerCase())) return candidate
  }
}
