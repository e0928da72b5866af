/** Renews a person's tokens by their refresh token, which is another one each time. */
import type { TokenRequest } from '../profiles/resolve.ts'
import { Secret } from '../secret.ts'
import { redeemRefreshToken } from '../tokens/msal/authorization-code.ts'
import { Refusal, type TokenResponse } from '../tokens/token-response.ts'
import { type Account, candidates, findAccount } from './account.ts'
import { severalAccounts } from './choose-account.ts'
import { changingSignIns, readSignIns, type SignIns, signInPath, writeSignIns } from './store.ts'
import type { SignInWorld } from './world.ts'

/** How far it went without anybody. */
export interface Silent {
  readonly response?: TokenResponse
  readonly account?: Account
  /** Why the refresh token did not help. */
  readonly refusal?: Refusal
}

/**
 * Uses the account's refresh token. Everything is decided under the lock: a parallel process has either renewed
 * already, or finds what we leave.
 */
export async function renewSilently(request: TokenRequest, world: SignInWorld): Promise<Silent> {
  const path = signInPath(world.store, request)
  const read = async () => (await readSignIns(world.store, path))?.accounts ?? []
  // Without a sign-in there is nothing to lock.
  if ((await read()).length === 0) return {}
  return changingSignIns(path, async () => {
    const accounts = await read()
    if (accounts.length === 0) return {}
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
    await keepSignIns({ ...signIns, accounts: replace(signIns.accounts, rest) }, world, path)
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
    await keepSignIns({ ...signIns, accounts: replace(signIns.accounts, renewed) }, world, path)
  }
  return response
}

const replace = (accounts: readonly Account[], changed: Account): Account[] =>
  accounts.map((one) => (one.homeAccountId === changed.homeAccountId ? changed : one))

/** The token in hand counts for more than the sign-in that cannot be kept. */
export async function keepSignIns(
  signIns: SignIns,
  { store, warn }: SignInWorld,
  path: string,
): Promise<void> {
  try {
    await writeSignIns(store, path, signIns)
  } catch (error) {
    warn(`the sign-in could not be kept: ${(error as Error).message}`)
  }
}
