/**
 * The second door to `get-token`: answers the plain shapes from the cache, and declines on any doubt. It also
 * answers `autocomplete --profiles`.
 * It never prompts, writes, locks, reaches the network or reports an error, so that no message exists twice.
 * Whatever it imports is loaded at every start: `node:*` and our own files only (a test holds it to that).
 */
import { profileNames } from './completion/profile-names.ts'
import { parsePlainly } from './flags/plain-parser.ts'
import { plainFlags } from './flags/table.ts'
import { tokenFormats } from './output/formats.ts'
import { type Place, resolvePaths } from './platform/paths.ts'
import { resolveRequest } from './profiles/resolve.ts'
import { readProfiles } from './profiles/store.ts'
import { findSubject } from './profiles/subject.ts'
import { findCacheKey } from './tokens/find-cache-key.ts'
import { defaultMinTtl, findToken } from './tokens/find-token.ts'

export interface FastPlace extends Place {
  readonly uid: number | undefined
  /** Seconds since 1970. */
  readonly now: number
}

/** These change what a run does or prints; oclif's door knows how. */
const declining = ['DEBUG', 'NODE_TLS_REJECT_UNAUTHORIZED', 'ENTRA_AUTH_CLI_DEBUG']

/** What to print on stdout, or undefined where the other door must answer. */
export function fastPath(argv: readonly string[], place: FastPlace): string | undefined {
  const [command, ...args] = argv
  if (declining.some((name) => place.env[name])) return undefined
  if (command === 'autocomplete' && args.length === 1 && args[0] === '--profiles') return listNames(place)
  if (command !== 'get-token') return undefined
  const flags = parsePlainly(args, plainFlags)
  if (!flags) return undefined
  try {
    const paths = resolvePaths(place)
    const { uid, now, env } = place
    const document = readProfiles({ path: paths.profiles, uid })
    const chosen = findSubject(flags.profile, env, document)
    const key = chosen && findCacheKey(paths, env, uid)
    if (!chosen || !key) return undefined
    const { request, warnings } = resolveRequest(flags, env, document, chosen)
    if (warnings.length > 0) return undefined
    const token = findToken(request, { directory: paths.tokens, key, uid }, now, defaultMinTtl)
    if (!token) return undefined
    const format = flags.json ? 'json' : (flags.output ?? 'text')
    return `${tokenFormats[format]({ token, profile: request.profile, source: 'cache', now })}\n`
  } catch {
    return undefined
  }
}

/** For completion scripts, which ask at each press of Tab and show nothing that goes wrong. */
function listNames(place: FastPlace): string {
  try {
    return profileNames({ path: resolvePaths(place).profiles, uid: place.uid })
  } catch {
    return ''
  }
}
