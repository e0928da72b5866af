/** A person's token: silently where a refresh token is there, otherwise by asking them, if there is someone to ask. */
import { AppError } from '../errors.ts'
import { safeText } from '../output/safe-text.ts'
import type { Flow } from '../profiles/profile.ts'
import type { TokenRequest } from '../profiles/resolve.ts'
import { Secret } from '../secret.ts'
import { redeemRefreshToken } from '../tokens/msal/authorization-code.ts'
import { Refusal, type TokenResponse } from '../tokens/token-response.ts'
import { type Account, accountName, accountOf, candidates, findAccount } from './account.ts'
import { signInByBrowser } from './browser-sign-in.ts'
import { findConsentUrl } from './consent.ts'
import { signInByDevice } from './device-code.ts'
import { signInCommand } from './sign-in-command.ts'
import { changingSignIns, readSignIns, type SignIns, signInPath, writeSignIns } from './store.ts'
import type { SignInWorld } from './world.ts'

export interface UserToken {
  readonly response: TokenResponse
  /** What the account is called in the cache; undefined for the only one. */
  readonly account: string | undefined
}

const bySignIn: Partial<Record<Flow, (request: TokenRequest, world: SignInWorld) => Promise<TokenResponse>>> =
  {
    'interactive-browser': signInByBrowser,
    'authorization-code': signInByBrowser,
    'device-code': signInByDevice,
  }

/** @throws AppError `interaction`, with the command to run, where nobody can be asked; and what the sign-in throws. */
export async function acquireForUser(request: TokenRequest, world: SignInWorld): Promise<UserToken> {
  const silent = world.options.prompt ? {} : await renewSilently(request, world)
  if (silent.response) return { response: silent.response, account: request.account }
  const { refusal } = silent
  if (!isSomeoneThere(request, world)) throw signInNeeded(request, world, refusal)
  const signIn = bySignIn[request.flow]
  if (!signIn) throw new AppError('bug', `nobody signs in by ${request.flow}`)
  // A policy that refused the refresh token said what it wants.
  const claims = request.claims ?? refusal?.claims
  const known = request.flow === 'authorization-code' ? undefined : silent.account?.username
  const response = await signIn(
    {
      ...request,
      ...(claims !== undefined && { claims }),
      ...(known !== undefined && { account: known }),
    },
    world,
  )
  return { response, account: await remember(response, request, world) }
}

const isSomeoneThere = ({ flow }: TokenRequest, { interactive, options }: SignInWorld): boolean =>
  interactive || (flow !== 'device-code' && options.browser !== undefined)

interface Silent {
  readonly response?: TokenResponse
  readonly account?: Account
  /** Why the refresh token did not help. */
  readonly refusal?: Refusal
}

/**
 * Uses the account's refresh token. Everything is decided under the lock: a parallel process has either renewed
 * already, or finds what we leave.
 */
async function renewSilently(request: TokenRequest, world: SignInWorld): Promise<Silent> {
  const path = signInPath(world.store, request)
  const read = async () => (await readSignIns(world.store, path))?.accounts ?? []
  // Without a sign-in there is nothing to lock.
  if ((await read()).length === 0) return {}
  return changingSignIns(path, async () => {
    const accounts = await read()
    const account = findAccount(accounts, request.account)
    if (!account && request.account === undefined) throw severalAccounts(candidates(accounts))
    if (!account?.refreshToken) return account ? { account } : {}
    try {
      return { response: await redeem(account, request, world, path) }
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'interaction') throw error
      return dealWithRefusal(error, account, request, world, path)
    }
  })
}

/** Something that does not take our lock may have renewed: an older copy was restored, or a backup ran. */
async function dealWithRefusal(
  refusal: Refusal,
  account: Account,
  request: TokenRequest,
  world: SignInWorld,
  path: string,
): Promise<Silent> {
  const signIns = await readSignIns(world.store, path)
  const current = signIns && findAccount(signIns.accounts, account.homeAccountId)
  if (current?.refreshToken && current.refreshToken !== account.refreshToken)
    return { response: await redeem(current, request, world, path) }
  if (signIns && current && isDead(refusal)) {
    const { refreshToken: _, ...rest } = account
    await keep({ ...signIns, accounts: replace(signIns.accounts, rest) }, world, path)
  }
  return { account, refusal }
}

/** A policy or a missing consent leaves the refresh token good for other requests. */
const isDead = ({ oauthError, suberror, claims }: Refusal): boolean =>
  oauthError === 'invalid_grant' &&
  claims === undefined &&
  ['', 'bad_token', 'token_expired'].includes(suberror)

async function redeem(
  account: Account,
  request: TokenRequest,
  world: SignInWorld,
  path: string,
): Promise<TokenResponse> {
  const response = await redeemRefreshToken(
    await world.client(),
    new Secret(account.refreshToken as string),
    request,
  )
  const signIns = await readSignIns(world.store, path)
  if (signIns && response.refreshToken) {
    const renewed = { ...account, refreshToken: response.refreshToken.reveal() }
    await keep({ ...signIns, accounts: replace(signIns.accounts, renewed) }, world, path)
  }
  return response
}

const replace = (accounts: readonly Account[], changed: Account): Account[] =>
  accounts.map((one) => (one.homeAccountId === changed.homeAccountId ? changed : one))

/** The token in hand counts for more than the sign-in that cannot be kept. */
async function keep(signIns: SignIns, { store, warn }: SignInWorld, path: string): Promise<void> {
  try {
    await writeSignIns(store, path, signIns)
  } catch (error) {
    warn(`the sign-in could not be kept: ${(error as Error).message}`)
  }
}

/** Keeps who signed in, and returns what the account is called from now on. */
async function remember(
  response: TokenResponse,
  request: TokenRequest,
  world: SignInWorld,
): Promise<string | undefined> {
  const account = accountOf(response, request.clientId, world.now())
  const { profile, authorityHost, clientId } = request
  const asked = request.account
  if (asked !== undefined && world.options.loginHint === undefined && !findAccount([account], asked))
    throw new AppError('denied', `${safeText(account.username)} signed in, and --account asks for another`, {
      hint: 'run the command again and choose the right account, or leave --account out',
    })
  world.notice(`signed in as ${safeText(account.username, { max: 120 })}`)
  if (!response.refreshToken) world.warn('Entra gave no refresh token: the next token needs another sign-in')
  const path = signInPath(world.store, request)
  try {
    return await changingSignIns(path, async () => {
      const before = (await readSignIns(world.store, path))?.accounts ?? []
      const others = before.filter(
        (one) => one.homeAccountId !== account.homeAccountId && one.refreshToken !== undefined,
      )
      const accounts = [account, ...others]
      await keep(
        { ...(profile !== undefined && { profile }), authorityHost, clientId, accounts },
        world,
        path,
      )
      if (others.length === 1) await world.forgetUnnamedTokens(request)
      return asked ?? (others.length > 0 ? accountName(account, accounts) : undefined)
    })
  } catch (error) {
    world.warn(`the sign-in could not be kept: ${(error as Error).message}`)
    return asked
  }
}

/** @throws AppError as `severalAccounts` where a person would have to choose, and nobody can be asked. */
export async function chooseAccount(
  request: TokenRequest,
  world: Omit<SignInWorld, 'client'>,
): Promise<TokenRequest> {
  if (request.account !== undefined || world.options.prompt) return request
  const signIns = await readSignIns(world.store, signInPath(world.store, request))
  const accounts = candidates(signIns?.accounts ?? [])
  if (accounts.length <= 1) return request
  if (!world.interactive) throw severalAccounts(accounts)
  const { askChoice } = await import('../prompts/ask.ts')
  const account = await askChoice(
    'Account',
    accounts.map((one) => ({ value: accountName(one, accounts), name: safeText(one.username) })),
  )
  return { ...request, account }
}

function severalAccounts(accounts: readonly Account[]): AppError {
  const names = accounts.map((account) => safeText(accountName(account, accounts), { max: 80 }))
  return new AppError(
    'usage',
    `${names.length} accounts are signed in, and it is not said which one is meant`,
    {
      hint: `name it with --account: ${names.slice(0, 5).join(', ')}`,
    },
  )
}

function signInNeeded(request: TokenRequest, world: SignInWorld, refusal: Refusal | undefined): AppError {
  const whose = request.profile === undefined ? 'this application' : `profile ${request.profile}`
  const who = request.account === undefined ? 'nobody' : safeText(request.account, { max: 80 })
  const needed = request.account === undefined ? 'is signed in to' : 'is not signed in to'
  const consent = refusal && findConsentUrl(request, refusal)
  const message = refusal?.message ?? `${who} ${needed} ${whose}`
  return new AppError('interaction', message, {
    hint: `in a terminal, run: ${signInCommand(request, world.options, refusal?.claims)}${consent ? `; or let an administrator consent: ${consent}` : ''}`,
    ...(refusal?.aadsts !== undefined && { aadsts: refusal.aadsts }),
    ...(refusal?.correlationId !== undefined && { correlationId: refusal.correlationId }),
    ...(refusal?.traceId !== undefined && { traceId: refusal.traceId }),
    ...(refusal?.claims !== undefined && { claims: refusal.claims }),
    cause: refusal,
  })
}
