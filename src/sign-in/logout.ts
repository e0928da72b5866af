/** What `logout` does once its flags are read. */
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { safeText } from '../output/safe-text.ts'
import { chooseProfile } from '../profiles/choose.ts'
import { loadProfiles } from '../profiles/store.ts'
import { clearCache } from '../tokens/cache-contents.ts'
import { findAccount } from './account.ts'
import { signInStore } from './create-world.ts'
import { changingSignIns, readSignIns, removeSignIns, signInPaths, writeSignIns } from './store.ts'

export interface LogoutFlags {
  readonly profile?: string | undefined
  readonly account?: string | undefined
  readonly all?: boolean
}

/** @throws AppError `usage` for flags that do not go together, `not_found` for an account that is not signed in. */
export async function logout(flags: LogoutFlags, context: Context): Promise<void> {
  const { profile: asked, account, all = false } = flags
  if (all && (asked !== undefined || account !== undefined))
    throw new AppError(
      'usage',
      `--all and --${asked === undefined ? 'account' : 'profile'} do not go together`,
    )
  if (all) return logoutAll(context)
  const { name } = await chooseProfile(asked, await loadProfiles(context.profiles), context)
  if (account !== undefined) await forgetAccount(name, account, context)
  else {
    const count = await removeSignIns(signInStore(context), name)
    if (count === 0) context.notice(`nobody was signed in to profile ${name}`)
    else context.notice(`signed out of profile ${name}`)
  }
  // After the sign-ins: a renewal that was under way has ended by then.
  await clearCache(context, { profile: name })
}

async function logoutAll(context: Context): Promise<void> {
  const count = await removeSignIns(signInStore(context))
  await clearCache(context)
  context.notice(
    count === 0
      ? 'nobody was signed in; cached tokens dropped'
      : 'signed out everywhere; cached tokens dropped',
  )
}

/** The person stays signed in to Entra itself: this forgets what this program has of them. */
async function forgetAccount(profile: string, asked: string, context: Context): Promise<void> {
  const store = signInStore(context)
  let found = false
  for (const path of signInPaths(store, profile))
    await changingSignIns(path, async () => {
      const signIns = await readSignIns(store, path)
      const account = signIns && findAccount(signIns.accounts, asked)
      if (!account) return
      found = true
      await writeSignIns(store, path, {
        ...signIns,
        accounts: signIns.accounts.filter((one) => one !== account),
      })
    })
  if (!found)
    throw new AppError(
      'not_found',
      `${safeText(asked, { max: 80 })} is not signed in to profile ${profile}`,
      {
        hint: 'see `entra-auth-cli list-accounts`',
      },
    )
  context.notice(`${safeText(asked, { max: 80 })} signed out of profile ${profile}`)
}
