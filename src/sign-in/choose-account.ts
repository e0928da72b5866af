/** Of several people who signed in, the one that is meant. */
import { AppError } from '../errors.ts'
import { safeText } from '../output/safe-text.ts'
import type { TokenRequest } from '../profiles/resolve.ts'
import { type Account, accountName, candidates } from './account.ts'
import { readSignIns, signInPath } from './store.ts'
import type { SignInWorld } from './world.ts'

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

export function severalAccounts(accounts: readonly Account[]): AppError {
  const names = accounts.map((account) => safeText(accountName(account, accounts), { max: 80 }))
  return new AppError(
    'usage',
    `${names.length} accounts are signed in, and it is not said which one is meant`,
    {
      hint: `name it with --account: ${names.slice(0, 5).join(', ')}`,
    },
  )
}
