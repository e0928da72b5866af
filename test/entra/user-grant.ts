/** A grant: what codes, device codes and refresh tokens stand for. */
import type { App } from './app.ts'
import type { Authority } from './authority.ts'
import { refused } from './errors.ts'
import type { Tenant } from './tenant.ts'
import type { SignIn } from './user.ts'

export interface UserGrant {
  readonly app: App
  readonly signIn: SignIn
  /** Whether the client must prove itself when it uses the grant. */
  readonly isConfidential: boolean
  /** The scopes that were asked for, for requests that name none. */
  readonly scope: string
}

/** The user's tenant. Throws when the user may not use the grant any more, or not at this URL. */
export function verifyUser(grant: UserGrant, authority: Authority, tenantName: string): Tenant {
  const { user, at } = grant.signIn
  const tenant = authority.signInTenant(user, tenantName)
  if (user.disabled) throw refused('invalid_grant', 50057, 'The user account is disabled.')
  if (user.revokedAt < at) return tenant
  throw refused(
    'invalid_grant',
    50173,
    `The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '${new Date(at).toISOString()}' and the TokensValidFrom date (before which tokens are not valid) for this user is '${new Date(user.revokedAt).toISOString()}'.`,
  )
}
