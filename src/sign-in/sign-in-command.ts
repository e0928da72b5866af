/** The command that signs a person in, as they can paste it into a shell. */
import type { TokenRequest } from '../profiles/resolve.ts'
import type { SignInOptions } from './world.ts'

const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

/** @param claims what a policy asks for, in place of the request's own */
export function signInCommand(
  { profile, flow, authorityHost, tenant, clientId, scopes, account, claims: own }: TokenRequest,
  { given = {}, redirectUri, port, domainHint, loginHint }: SignInOptions,
  claims = own,
): string {
  const isWhole = profile === undefined
  const flags: readonly (readonly [string, string | undefined])[] = [
    ['-p', profile],
    ['--flow', isWhole || given.flow ? flow : undefined],
    ['--tenant-id', isWhole || given.tenant ? tenant : undefined],
    ['--client-id', isWhole || given.clientId ? clientId : undefined],
    ['--authority-host', given.authorityHost ? authorityHost : undefined],
    ['--redirect-uri', given.redirectUri ? redirectUri : undefined],
    ['--port', given.port ? String(port) : undefined],
    ['--account', account === loginHint ? undefined : account],
    ['--login-hint', loginHint],
    ['--domain-hint', domainHint],
    ...(given.scopes ? scopes.map((scope) => ['--scope', scope] as const) : []),
    ['--claims', claims],
  ]
  const words = flags.flatMap(([flag, value]) => (value === undefined ? [] : [flag, quoted(value)]))
  return ['entra-auth-cli get-token', ...words].join(' ')
}
