/** The `scope` parameter of app-only requests: one resource and `/.default`. */
import { missingParameter, refused } from './errors.ts'
import { isGuid } from './guid.ts'
import type { Tenant } from './tenant.ts'

const suffix = '/.default'

/** The audience a token for this scope gets. Throws as Entra refuses other scopes and unknown resources. */
export function audienceOfDefaultScope(scope: string | undefined, tenant: Tenant): string {
  const scopes = scope?.split(' ').filter(Boolean) ?? []
  const [first] = scopes
  if (!first) throw missingParameter('scope')
  if (scopes.length > 1 || first === suffix) throw invalidScope(scopes.join(' '))
  if (!first.toLowerCase().endsWith(suffix)) throw notDefault(first)
  // Only the suffix goes: `https://database.windows.net//.default` keeps a slash in its audience.
  return audienceOf(first.slice(0, -suffix.length), tenant)
}

/** The `aud` of tokens for a resource: its URI as it was asked for, or its GUID. Throws when it is unknown. */
export function audienceOf(resource: string, tenant: Tenant): string {
  if (!tenant.hasResource(resource)) throw unknownResource(resource, tenant)
  const id = resource.replace(/^api:\/\//i, '')
  return isGuid(id) ? id.toLowerCase() : resource
}

const invalidScope = (scope: string) =>
  refused(
    'invalid_scope',
    70011,
    `The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope ${scope} is not valid.`,
  )

const notDefault = (scope: string) =>
  refused(
    'invalid_scope',
    1002012,
    `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
  )

const unknownResource = (resource: string, tenant: Tenant) =>
  refused(
    'invalid_resource',
    500011,
    `The resource principal named ${resource} was not found in the tenant named ${tenant.id}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.`,
  )
