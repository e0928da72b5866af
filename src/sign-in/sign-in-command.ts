/** The command that signs a person in, as they can paste it into a shell. */
import type { TokenRequest } from '../profiles/resolve.ts'
import type { SignInOptions } from './world.ts'

const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

/** @param claims what a policy asks for, in place of the request's own */
export function signInCommand(
  { profile, flow, tenant, clientId, scopes, account, claims: own }: TokenRequest,
  { scopesGiven = false }: Pick<SignInOptions, 'scopesGiven'>,
  claims = own,
): string {
  const flags: readonly (readonly [string, string | undefined])[] = [
    ...(profile === undefined
      ? ([
          ['--flow', flow],
          ['--tenant-id', tenant],
          ['--client-id', clientId],
        ] as const)
      : ([['-p', profile]] as const)),
    ['--account', account],
    ...(scopesGiven ? scopes.map((scope) => ['--scope', scope] as const) : []),
    ['--claims', claims],
  ]
  const words = flags.flatMap(([flag, value]) => (value === undefined ? [] : [flag, quoted(value)]))
  return ['entra-auth-cli get-token', ...words].join(' ')
}
