/** The `scope` parameter of requests for users: permissions of resources, and OpenID Connect's own scopes. */
import type { App } from './app.ts'
import { missingParameter, refused } from './errors.ts'
import { audienceOf } from './scope.ts'
import type { Tenant } from './tenant.ts'
import type { User } from './user.ts'

const oidcScopes: ReadonlySet<string> = new Set(['openid', 'profile', 'email', 'offline_access'])
const graph = 'https://graph.microsoft.com'
const everything = '.default'

/** The permissions asked of one resource. */
export interface ResourceScopes {
  /** As the request has it, without the slash before the permission's name. */
  readonly resource: string
  readonly names: readonly string[]
  /** What names had before them, and get in the answer: nothing, when Microsoft Graph was not named. */
  readonly prefix: string
}

export interface DelegatedScopes {
  readonly oidc: ReadonlySet<string>
  readonly resources: readonly ResourceScopes[]
}

/** `User.Read` is Microsoft Graph's; every other permission has its resource before the last slash. */
export function fullScope(scope: string): string {
  return scope.includes('/') ? scope : `${graph}/${scope}`
}

/** Sorts a `scope` parameter by resource. Throws as Entra refuses unknown resources and names. */
export function delegatedScopes(scope: string | undefined, tenant: Tenant): DelegatedScopes {
  const asked = [...new Set(scope?.split(' ').filter(Boolean))]
  if (asked.length === 0) throw missingParameter('scope')
  const byResource = new Map<string, ResourceScopes>()
  for (const one of asked.filter((name) => !oidcScopes.has(name))) {
    const { resource, name } = splitScope(fullScope(one))
    if (!resource || !/^[\w.-]+$/.test(name)) throw invalidScope(one)
    const names = [...(byResource.get(resource)?.names ?? []), name]
    byResource.set(resource, { resource, names, prefix: one === name ? '' : `${resource}/` })
  }
  const resources = [...byResource.values()]
  for (const one of resources) verifyNames(one, tenant)
  return { oidc: new Set(asked.filter((name) => oidcScopes.has(name))), resources }
}

function verifyNames({ resource, names }: ResourceScopes, tenant: Tenant): void {
  audienceOf(resource, tenant)
  if (names.includes(everything) && names.length > 1) {
    throw invalidScope(
      `${resource}/${everything}`,
      " .default scope can't be combined with resource-specific scopes.",
    )
  }
  const offered = tenant.findApp(resource.replace(/^api:\/\//i, ''))?.scopes
  const unknown = offered && names.find((name) => name !== everything && !offered.includes(name))
  if (unknown) {
    throw refused(
      'invalid_resource',
      650053,
      `The application asked for scope '${unknown}' that doesn't exist on the resource '${resource}'. Contact the app vendor.`,
    )
  }
}

/** The one resource a token is for: Microsoft Graph when only OpenID Connect's scopes are asked for. */
export function singleResource({ resources }: DelegatedScopes): ResourceScopes {
  const [first, second] = resources
  if (second) {
    throw refused(
      'invalid_request',
      28000,
      `Provided value for the input parameter scope is not valid because it contains more than one resource. Scope ${resources.map(({ resource, names }) => `${resource}/${names[0]}`).join(' ')} is not valid.`,
    )
  }
  return first ?? { resource: graph, names: [], prefix: '' }
}

/** The permissions a request needs consent for: `.default` stands for those the app is registered with. */
export function neededScopes({ resource, names }: ResourceScopes, app: App, user?: User): readonly string[] {
  if (!names.includes(everything)) return names.map((name) => `${resource}/${name}`)
  const ofResource = (scope: string) => comparable(splitScope(scope).resource) === comparable(resource)
  const registered = app.permissions.filter(ofResource)
  if (registered.length > 0 || (user && app.consents.of(user).some(ofResource))) return registered
  throw refused(
    'invalid_resource',
    650057,
    `Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's application registration. Client app ID: ${app.clientId}(${app.name}). Resource value from request: ${resource}. List of valid resources from app registration: ${[...new Set(app.permissions.map((scope) => splitScope(scope).resource))].join(', ')}.`,
  )
}

/** Names of everything that is granted on a resource, for the `scp` claim: more than was asked for, as in Entra. */
export function grantedNames(resource: string, app: App, user: User): readonly string[] {
  const granted = app.consents.of(user).map(splitScope)
  return granted
    .filter((scope) => comparable(scope.resource) === comparable(resource))
    .map(({ name }) => name)
}

function splitScope(scope: string): { readonly resource: string; readonly name: string } {
  const slash = scope.lastIndexOf('/')
  return { resource: scope.slice(0, slash), name: scope.slice(slash + 1) }
}

const comparable = (resource: string) => resource.toLowerCase().replace(/\/$/, '')

const invalidScope = (scope: string, reason = '') =>
  refused(
    'invalid_scope',
    70011,
    `The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope ${scope} is not valid.${reason}`,
  )
