/** Whether somebody has signed in to a profile for people. The files are sealed: they are counted, and not opened. */
import type { Context } from '../context.ts'
import { flowOfCredential, isSignIn, type Profile } from '../profiles/profile.ts'
import { signInStore } from '../sign-in/create-world.ts'
import { signInPaths } from '../sign-in/store.ts'
import type { Finding } from './finding.ts'

/** Nothing for a profile to which nobody signs in. Throws AppError `config` for a directory that cannot be read. */
export function signInFindings(name: string | undefined, profile: Profile, context: Context): Finding[] {
  const { credential, flow = flowOfCredential[credential.type] } = profile
  if (name === undefined || !isSignIn(flow)) return []
  const isSignedIn = signInPaths(signInStore(context), name).length > 0
  return [
    {
      check: 'sign-in',
      status: 'ok',
      message: isSignedIn
        ? 'somebody has signed in; who, says entra-auth-cli list-accounts'
        : 'nobody is signed in yet',
      fix: isSignedIn ? undefined : `in a terminal, run: entra-auth-cli get-token -p ${name}`,
      details: { signed_in: isSignedIn },
    },
  ]
}
