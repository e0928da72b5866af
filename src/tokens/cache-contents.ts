/** The cached tokens as a whole: what is there, and away with it. */
import { readdirSync } from 'node:fs'
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { removeFile } from '../platform/remove-file.ts'
import { type Flow, isSignIn, type Profile } from '../profiles/profile.ts'
import type { AccessToken } from './access-token.ts'
import { entryName, entryNames, entryPath, readEntry, type TokenCache, writeEntry } from './cache.ts'

export interface CachedEntry {
  readonly name: string
  /** Absent when the entry is damaged or sealed with another key. */
  readonly token?: AccessToken
}

type CacheContext = Pick<Context, 'paths' | 'profiles' | 'secrets' | 'now'>

/** The cache with the key that opens it; undefined where there is no key to be had. */
export async function openTokenCache({
  paths,
  profiles,
  secrets,
}: CacheContext): Promise<TokenCache | undefined> {
  const key = await secrets.findOrCreateCacheKey()
  return key && { directory: paths.tokens, key, uid: profiles.uid }
}

/** Every entry in the cache's directory, or those of a profile. No key is made for an empty cache. */
export async function listCache(context: CacheContext, profile?: string): Promise<CachedEntry[]> {
  const names = entryNames(filesIn(context.paths.tokens), profile).sort()
  const cache = names.length > 0 ? await openTokenCache(context) : undefined
  return names.map((name) => {
    const token = cache && readEntry(cache, name, context.now())
    return { name, ...(token && { token }) }
  })
}

/** Whether it is the token of the only person who was signed in, when there was only one. */
const isUnnamed = ({ token }: CachedEntry, owner: Unnamed): boolean =>
  token !== undefined &&
  token.profile?.toLowerCase() === owner.profile?.toLowerCase() &&
  token.clientId.toLowerCase() === owner.clientId.toLowerCase() &&
  token.account === undefined &&
  isSignIn(token.flow as Flow)

interface Unnamed {
  readonly profile: string | undefined
  readonly clientId: string
}

export interface Selection {
  /** Only the tokens of this profile. */
  readonly profile?: string | undefined
  /** Only people's tokens that do not say whose they are. */
  readonly unnamed?: Unnamed
  /** Only those of them that have expired or cannot be read. */
  readonly expired?: boolean
}

/** Removes entries, garbage included, and says how many. Their lock files stay: others may hold them. */
export async function clearCache(
  context: CacheContext,
  { profile, unnamed, expired = false }: Selection = {},
): Promise<number> {
  const { tokens: directory } = context.paths
  const isExpired = ({ token }: CachedEntry) => !token || token.expiresOn <= context.now()
  const isSelected = unnamed ? (entry: CachedEntry) => isUnnamed(entry, unnamed) : isExpired
  const selected =
    expired || unnamed
      ? (await listCache(context, profile ?? unnamed?.profile)).filter(isSelected).map(({ name }) => name)
      : entryNames(filesIn(directory), profile)
  for (const name of selected) removeFile(entryPath(directory, name))
  return selected.length
}

/** Moves a renamed profile's tokens to where they are looked for under its new name. */
export async function adoptTokens(
  context: CacheContext,
  from: string,
  to: string,
  { credential }: Pick<Profile, 'credential'>,
): Promise<void> {
  const ours = await listCache(context, from)
  const cache = ours.length > 0 ? await openTokenCache(context) : undefined
  if (!cache) return
  for (const { name, token } of ours) {
    if (!token) continue
    const { authorityHost, tenant, clientId, scope, account, claims } = token
    const request = {
      ...{ authorityHost, tenant, clientId, credential, profile: to, flow: token.flow as Flow },
      ...(account !== undefined && { account }),
      ...(claims !== undefined && { claims }),
    }
    const newName = entryName({ ...request, scopes: scope.split(' ') })
    writeEntry(cache, newName, { ...token, profile: to })
    if (newName !== name) removeFile(entryPath(cache.directory, name))
  }
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new AppError('config', `cannot read the cache directory ${directory}`, { cause })
  }
}
