/** Where the key that seals cached tokens is, and how many tokens it opens. */
import { readdirSync } from 'node:fs'
import { AppError } from '../errors.ts'
import { quoted } from '../platform/atomic-file.ts'
import { cacheKeyAccount } from '../secrets/account.ts'
import { chosenKind } from '../secrets/keeper.ts'
import { findSessionKey } from '../secrets/session-key.ts'
import { entryNames, readEntry } from '../tokens/cache.ts'
import { findCacheKey } from '../tokens/find-cache-key.ts'
import type { Check, DoctorWorld, Finding } from './finding.ts'

export const cacheKeyCheck: Check = {
  group: 'cache',
  deadline: 11,
  run: async (world, add) => {
    add(await keyFinding(world))
    add(tokensFinding(world))
  },
}

const turnOff = 'ENTRA_AUTH_CLI_NO_SESSION_KEY=1 turns that off'

/** No key is made for the answer. */
async function keyFinding(world: DoctorWorld): Promise<Finding> {
  const { env, paths, profiles } = world.context
  const found = (place: string, message: string, fix?: string): Finding => ({
    check: 'key',
    status: 'ok',
    message,
    fix,
    details: { place },
  })
  const wantsSession = !env.ENTRA_AUTH_CLI_NO_SESSION_KEY && paths.runtime !== undefined
  if (wantsSession && paths.runtime !== undefined) {
    const owner = profiles.uid === undefined ? {} : { uid: profiles.uid }
    const place = { runtimeDirectory: paths.runtime, name: cacheKeyAccount(paths), ...owner }
    if (findSessionKey(place))
      return found('session', `the key is kept for this login session in ${paths.runtime}; ${turnOff}`)
  }
  const kind = chosenKind(env) ?? ((await world.keychain()).state === 'absent' ? 'file' : 'keychain')
  const store = kind === 'file' ? 'the file store' : 'the keychain'
  if (wantsSession)
    return found('none', `the first token brings the key from ${store} into this login session; ${turnOff}`)
  const why = paths.runtime === undefined ? 'there is no login session' : 'ENTRA_AUTH_CLI_NO_SESSION_KEY'
  return kind === 'file'
    ? found('file', `the key comes from the file store at each call (${why})`)
    : found(
        'keychain',
        `the key comes from the keychain at each call (${why}): a cached token takes longer`,
        env.ENTRA_AUTH_CLI_NO_SESSION_KEY ? undefined : 'on Linux, XDG_RUNTIME_DIR makes a place for it',
      )
}

/** Counted, and opened where the key is in a file: the keychain is not asked for it. */
function tokensFinding({ context }: DoctorWorld): Finding {
  const { env, paths, profiles, now } = context
  const names = cachedNames(paths.tokens)
  const message = `${names.length} cached token${names.length === 1 ? '' : 's'}`
  const found = { check: 'tokens', status: 'ok', message, details: { tokens: names.length } } as const
  const key = names.length > 0 ? findKey(() => findCacheKey(paths, env, profiles.uid)) : undefined
  if (!key) return found
  const cache = { directory: paths.tokens, key, uid: profiles.uid }
  const unreadable = names.filter((name) => !readEntry(cache, name, now())).length
  const details = { tokens: names.length, unreadable }
  if (unreadable === 0) return { ...found, details }
  return {
    check: 'tokens',
    status: 'warning',
    message: `${message}, ${unreadable} of them damaged or sealed with another key: new ones are asked for`,
    fix: 'remove them: entra-auth-cli cache clear --expired',
    details,
  }
}

/** @throws AppError `config` for a directory that cannot be read. */
function cachedNames(directory: string): string[] {
  try {
    return entryNames(readdirSync(directory))
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return []
    const hint = `look at it: ls -ld ${quoted(directory)}`
    throw new AppError('config', `cannot read ${directory} (${code})`, { hint, cause })
  }
}

function findKey(find: () => Uint8Array | undefined): Uint8Array | undefined {
  try {
    return find()
  } catch {
    return undefined
  }
}
