/** The main job: a cached token if it is fresh, otherwise a new one, acquired once however many processes ask. */
import { AppError } from '../errors.ts'
import { ensurePrivateDirectory } from '../platform/atomic-file.ts'
import type { TokenRequest } from '../profiles/resolve.ts'
import { type AccessToken, freshness } from './access-token.ts'
import { entryName, entryPath, readEntry, removeEntry, type TokenCache, writeEntry } from './cache.ts'
import { refuseWhileThrottled, rememberThrottle } from './throttle.ts'

export interface GetTokenOptions {
  /** Ignore what is cached. */
  readonly force?: boolean
  /** Seconds that the token must still be good for. */
  readonly minTtl: number
}

export interface Acquirer {
  /** Seconds since 1970. */
  readonly now: () => number
  /** Undefined where there is no place or no key for a cache; the reason has been said. */
  readonly cache: TokenCache | undefined
  /** What to ask for when the cache has no answer: a person may have to choose an account. */
  readonly settle?: (request: TokenRequest) => Promise<TokenRequest>
  /** With `alone` nobody is asked to sign in: there is something to fall back on. */
  readonly acquire: (request: TokenRequest, manner?: { readonly alone: boolean }) => Promise<AccessToken>
  /** Whether a new token may stay in the cache: a logout may have come in between. */
  readonly mayStay?: (request: TokenRequest) => boolean
  readonly warn: (message: string) => void
}

export interface GotToken {
  readonly token: AccessToken
  readonly source: 'cache' | 'entra'
}

/** @throws AppError as the acquisition does; a cache that cannot be used costs a warning, not the token. */
export async function getToken(
  request: TokenRequest,
  options: GetTokenOptions,
  world: Acquirer,
): Promise<GotToken> {
  const { cache, settle, ...settled } = world
  if (!cache) return { token: await world.acquire((await settle?.(request)) ?? request), source: 'entra' }
  const name = entryName(request)
  const started = world.now()
  const find = (isWanted: (token: AccessToken) => boolean): GotToken | undefined => {
    const token = readEntry(cache, name, world.now())
    return token && isWanted(token) ? { token, source: 'cache' } : undefined
  }
  const isFresh = (token: AccessToken) => freshness(token, world.now(), options.minTtl) === 'fresh'
  // Whoever held the lock meanwhile asked for all who were waiting, however short the new token lives.
  const isNews = (token: AccessToken) =>
    (token.obtainedOn > started && token.expiresOn > world.now()) || (!options.force && isFresh(token))

  const cached = options.force ? undefined : find(isFresh)
  if (cached) return cached
  if (settle) return getToken(await settle(request), options, { ...settled, cache })
  const renewal = { request, options, world, cache, name }
  return exclusively(entryPath(cache.directory, name), world, async () => find(isNews) ?? renew(renewal))
}

/** What is asked for, and the entry of the cache that is to answer it. */
interface Renewal {
  readonly request: TokenRequest
  readonly options: GetTokenOptions
  readonly world: Acquirer
  readonly cache: TokenCache
  readonly name: string
}

async function renew(renewal: Renewal): Promise<GotToken> {
  const { world, cache } = renewal
  const renewed = await attemptRenewal(renewal)
  if (renewed.source === 'cache') return renewed
  try {
    ensurePrivateDirectory(cache.directory)
    // Who signed in may be somebody else than the request knew of.
    const name = nameOf(renewal, renewed.token)
    writeEntry(cache, name, renewed.token)
    if (world.mayStay && !world.mayStay(renewal.request)) removeEntry(cache, name)
  } catch (error) {
    world.warn(`the token could not be cached: ${(error as Error).message}`)
  }
  return renewed
}

function nameOf({ request, name }: Renewal, { account }: AccessToken): string {
  return account === request.account || account === undefined ? name : entryName({ ...request, account })
}

/** A token that is due for refresh still works: it is handed out when a new one cannot be had. */
async function attemptRenewal({ request, options, world, cache, name }: Renewal): Promise<GotToken> {
  const path = entryPath(cache.directory, name)
  const old = options.force ? undefined : readEntry(cache, name, world.now())
  const stillWorks = () =>
    old !== undefined && freshness(old, world.now(), options.minTtl) === 'due for refresh'
  try {
    refuseWhileThrottled(path, world.now())
    return { token: await world.acquire(request, { alone: stillWorks() }), source: 'entra' }
  } catch (error) {
    if (error instanceof AppError && error.code === 'try_again') rememberThrottle(path, error, world.now())
    if (!old || !stillWorks()) throw error
    world.warn(`the token could not be renewed, and the cached one still works: ${(error as Error).message}`)
    return { token: old, source: 'cache' }
  }
}

/** One process at a time. Where locks cannot be had at all, the token matters more than a second request. */
async function exclusively<T>(path: string, world: Acquirer, work: () => Promise<T>): Promise<T> {
  const { takeLock, freeLock } = await import('../platform/lock.ts')
  let lock: number | undefined
  try {
    lock = await takeLock(`${path}.lock`)
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'try_again') throw error
    world.warn(`the token cache cannot be used: ${error.message}`)
  }
  try {
    return await work()
  } finally {
    if (lock !== undefined) freeLock(lock)
  }
}
