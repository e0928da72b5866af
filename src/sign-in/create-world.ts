/** People's sign-ins in the program's own places. */
import type { Context } from '../context.ts'
import { clearCache } from '../tokens/cache-contents.ts'
import type { SignInStore } from './store.ts'
import type { SignInOptions, SignInWorld } from './world.ts'

export function signInStore({ paths, profiles, secrets }: Context): SignInStore {
  let key: Promise<Uint8Array> | undefined
  return {
    directory: paths.signIns,
    uid: profiles.uid,
    key: () => {
      key ??= secrets.findOrCreateSignInKey()
      return key
    },
  }
}

export function createSignInWorld(
  context: Context,
  options: SignInOptions = {},
): Omit<SignInWorld, 'client'> {
  return {
    ...context,
    options,
    mayAsk: true,
    store: signInStore(context),
    forgetUnnamedTokens: async ({ profile, clientId }) => {
      await clearCache(context, { unnamed: { profile, clientId } })
    },
  }
}
