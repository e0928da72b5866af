/** Scopes as people write them, made into what Entra v2.0 is asked for. */
import { AppError } from '../errors.ts'
import { safeText } from '../output/safe-text.ts'

const openid = new Set(['openid', 'profile', 'email', 'offline_access'])

/** Repeated flags, spaces and commas all separate scopes; a scope named twice counts once. */
export function splitScopes(texts: readonly string[]): string[] {
  return [...new Set(texts.flatMap((text) => text.split(/[\s,]+/)).filter((scope) => scope !== ''))]
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** `User.Read` and `.default` mean Microsoft Graph's; a URI or the GUID of an application names its resource. */
function qualify(scope: string, graph: string): string {
  if (scope.includes('/') || scope.includes(':') || openid.has(scope) || guid.test(scope)) return scope
  return `${graph}/${scope}`
}

/**
 * The resource of a scope: what stands before the last slash. A bare URI is a resource itself.
 * `https://database.windows.net//.default` keeps its own slash: Entra puts it into `aud`.
 */
function resourceOf(scope: string): string {
  const path = scope.indexOf('://') + 3
  const slash = scope.lastIndexOf('/')
  if (slash < path) return scope
  return slash === scope.length - 1 ? scope.replace(/\/$/, '') : scope.slice(0, slash)
}

export interface RequestedScopes {
  readonly scopes: readonly string[]
  /** Said on stderr when something was corrected. */
  readonly warning?: string
}

/**
 * The one scope of a client credentials request: Entra accepts only a resource's `.default` there.
 * @throws AppError `usage` for more than one resource.
 */
export function applicationScopes(given: readonly string[], graph: string): RequestedScopes {
  const asked = given.map((scope) => qualify(scope, graph)).filter((scope) => !openid.has(scope))
  if (asked.length === 0) return { scopes: [`${graph}/.default`] }
  const resources = [...new Set(asked.map(resourceOf))]
  if (resources.length > 1)
    throw new AppError(
      'usage',
      `the scopes belong to ${resources.length} resources, and a token is for one`,
      {
        hint: 'call get-token once for each resource',
      },
    )
  const scope = `${resources[0]}/.default`
  if (asked.every((one) => one === scope)) return { scopes: [scope] }
  return {
    scopes: [scope],
    warning: `client credentials get the permissions granted to the application: asking for ${safeText(scope, { max: 200 })}`,
  }
}
