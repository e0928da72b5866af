/** A person's token: silently where a refresh token is there, otherwise by asking them, if there is someone to ask. */
import { AppError } from '../errors.ts'
import { safeText } from '../output/safe-text.ts'
import type { Flow } from '../profiles/profile.ts'
import type { TokenRequest } from '../profiles/resolve.ts'
import type { Refusal, TokenResponse } from '../tokens/token-response.ts'
import { type Accept, type Account, accountName, accountOf, findAccount } from './account.ts'
import { signInByBrowser } from './browser-sign-in.ts'
import { findConsentUrl } from './consent.ts'
import { signInByDevice } from './device-code.ts'
import { keepSignIns, renewSilently } from './renew.ts'
import { signInCommand } from './sign-in-command.ts'
import { changingSignIns, readSignIns, signInPath } from './store.ts'
import type { SignInWorld } from './world.ts'

export interface UserToken {
  readonly response: TokenResponse
  /** What the account is called in the cache; undefined for the only one. */
  readonly account: string | undefined
}

const bySignIn: Partial<
  Record<Flow, (request: TokenRequest, world: SignInWorld, accept: Accept) => Promise<TokenResponse>>
> = {
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
  const accept: Accept = (answer) =>
    acceptAccount(accountOf(answer, request.clientId, world.now()), request, world)
  const response = await signIn(
    {
      ...request,
      ...(claims !== undefined && { claims }),
      ...(known !== undefined && { account: known }),
    },
    world,
    accept,
  )
  return { response, account: await remember(accept(response), request, world) }
}

const isSomeoneThere = ({ flow }: TokenRequest, { interactive, mayAsk, options }: SignInWorld): boolean =>
  mayAsk && (interactive || (flow !== 'device-code' && options.browser !== undefined))

/** `--account` means that one; `--login-hint` only suggests it. */
function acceptAccount(
  account: Account,
  { account: asked }: TokenRequest,
  { options }: SignInWorld,
): Account {
  if (asked === undefined || options.loginHint !== undefined || findAccount([account], asked)) return account
  throw new AppError('denied', `${safeText(account.username)} signed in, and --account asks for another`, {
    hint: 'run the command again and choose the right account, or leave --account out',
  })
}

/** Keeps who signed in, and returns what the account is called from now on. */
async function remember(
  account: Account,
  request: TokenRequest,
  world: SignInWorld,
): Promise<string | undefined> {
  const { profile, authorityHost, clientId, account: asked } = request
  world.notice(`signed in as ${safeText(account.username, { max: 120 })}`)
  if (account.refreshToken === undefined)
    world.warn('Entra gave no refresh token: the next token needs another sign-in')
  const path = signInPath(world.store, request)
  try {
    return await changingSignIns(path, async () => {
      const before = (await readSignIns(world.store, path))?.accounts ?? []
      const others = before.filter(
        (one) => one.homeAccountId !== account.homeAccountId && one.refreshToken !== undefined,
      )
      const accounts = [account, ...others]
      await keepSignIns(
        { ...(profile !== undefined && { profile }), authorityHost, clientId, accounts },
        world,
        path,
      )
      // They were another's, who is no longer the only one; or nobody can tell whose.
      const isKnown = before.length === 1 && before[0]?.homeAccountId === account.homeAccountId
      if (!isKnown) await world.forgetUnnamedTokens(request)
      return asked ?? (others.length > 0 ? accountName(account, accounts) : undefined)
    })
  } catch (error) {
    world.warn(`the sign-in could not be kept: ${(error as Error).message}`)
    return asked
  }
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
