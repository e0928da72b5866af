/** What a credential needs that an export does not hold, and what it will do: the same for every type. */
import { parseUri } from '../../crypto/pkcs11/uri.ts'
import type { Profile } from '../profile.ts'

const files = new Set(['certificatePath', 'privateKeyPath'])

const texts = ({ credential, previous }: Pick<Profile, 'credential' | 'previous'>): [string, string][] =>
  [...Object.entries(credential), ...Object.entries(previous ?? {})].filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )

/** The files that it names. */
export const credentialFiles = (profile: Pick<Profile, 'credential' | 'previous'>): string[] =>
  texts(profile).flatMap(([field, path]) => (files.has(field) ? [path] : []))

/** The variables, files and programs that it refers to, as notes: they must be there, and be what one wants. */
export const credentialReferences = (profile: Pick<Profile, 'credential' | 'previous'>): string[] =>
  texts(profile).flatMap(([field, text]) => {
    // The library of a PKCS#11 token is a program as well.
    if (field === 'key' && text.startsWith('pkcs11:')) {
      const module = parseUri(text)['module-path']
      return module === undefined ? [] : [`loads at each use: ${module}`]
    }
    const [, kind, rest] = /^(env|file|command):(.*)$/s.exec(text) ?? []
    if (kind === undefined) return []
    return [kind === 'command' ? `runs at each use: ${rest}` : `reads at each use: ${text}`]
  })
