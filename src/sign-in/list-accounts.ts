/** What `list-accounts` does once its flags are read: who is signed in, never the tokens. */
import type { Context } from '../context.ts'
import { relativeTime } from '../output/relative-time.ts'
import { safeJson } from '../output/safe-text.ts'
import { table } from '../output/table.ts'
import { compareNames } from '../profiles/profile.ts'
import { loadProfiles } from '../profiles/store.ts'
import { getProfileName } from '../profiles/subject.ts'
import type { Account } from './account.ts'
import { signInStore } from './create-world.ts'
import { readSignIns, type SignIns, signInPaths } from './store.ts'

interface Entry {
  readonly signIns: SignIns
  readonly account: Account
}

/** @throws AppError `not_found` for an unknown profile, and what the key's store throws. */
export async function listAccounts(
  asked: string | undefined,
  json: boolean,
  context: Context,
): Promise<void> {
  const profile =
    asked === undefined ? undefined : getProfileName(await loadProfiles(context.profiles), asked)
  const store = signInStore(context)
  const entries: Entry[] = []
  for (const path of signInPaths(store, profile)) {
    const signIns = await readSignIns(store, path)
    if (!signIns) context.warn(`${path} cannot be opened: its key has changed`)
    for (const account of signIns?.accounts ?? []) entries.push({ signIns: signIns as SignIns, account })
  }
  entries.sort((a, b) => compareNames(a.signIns.profile ?? '', b.signIns.profile ?? ''))
  if (json) return context.out(`${safeJson({ accounts: entries.map(record) })}\n`)
  if (entries.length === 0) return context.notice('nobody is signed in')
  context.out(`${accountsTable(entries, context)}\n`)
}

/** In a narrow terminal the tenant is the first to be cut: the account is what other commands want. */
function accountsTable(entries: readonly Entry[], { columns, now }: Context): string {
  const tableWith = (tenantOf: (account: Account) => string, width?: number) => {
    const rows = entries.map(({ signIns, account }) => [
      signIns.profile ?? '-',
      account.username,
      tenantOf(account),
      relativeTime(account.signedInOn - Math.floor(now())),
      stateOf(account),
    ])
    return table(['PROFILE', 'ACCOUNT', 'TENANT', 'SIGNED IN', 'STATE'], rows, width)
  }
  const whole = tableWith(({ tenant }) => tenant)
  if (columns === undefined || whole.split('\n').every((line) => line.length <= columns)) return whole
  return tableWith(({ tenant }) => `${tenant.slice(0, 8)}…`, columns)
}

const stateOf = ({ refreshToken }: Account) =>
  refreshToken === undefined ? 'must sign in again' : 'signed in'

const record = ({ signIns, account }: Entry) => ({
  ...(signIns.profile !== undefined && { profile: signIns.profile }),
  username: account.username,
  home_account_id: account.homeAccountId,
  tenant_id: account.tenant,
  client_id: signIns.clientId,
  authority_host: signIns.authorityHost,
  signed_in_on: account.signedInOn,
  signed_in_at: new Date(account.signedInOn * 1000).toISOString().replace('.000Z', 'Z'),
  state: account.refreshToken === undefined ? 'sign-in-needed' : 'signed-in',
})
