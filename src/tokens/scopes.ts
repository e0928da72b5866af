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

/** @throws AppError `usage` for more than one resource: Entra answers AADSTS28000, and names none. */
function onlyResource(scopes: readonly string[], isNamed: boolean): string {
  const [resource, ...others] = [...new Set(scopes.map(resourceOf))]
  if (others.length === 0) return resource as string
  const named = [resource as string, ...others].map((one) => safeText(one, { max: 100 }))
  throw new AppError(
    'usage',
    `the scopes belong to ${named.length} resources, and a token is for one${isNamed ? `: ${named.slice(0, 3).join(', ')}` : ''}`,
    { hint: 'call get-token once for each resource' },
  )
}

/**
 * The scopes that a person's token is asked for. `openid`, `profile`, `email` and `offline_access` go along with every
 * sign-in and change nothing in the access token, so they are left out here.
 * @throws AppError `usage` for more than one resource, and for `.default` beside others.
 */
export function delegatedScopes(given: readonly string[], graph: string): RequestedScopes {
  const asked = given.map((scope) => qualify(scope, graph)).filter((scope) => !openid.has(scope))
  if (asked.length === 0) return { scopes: [`${graph}/.default`] }
  const resource = onlyResource(asked, true)
  // A bare resource means what is configured for it.
  const scopes = [...new Set(asked.map((scope) => (isBare(scope) ? `${resource}/.default` : scope)))]
  if (scopes.length > 1 && scopes.some((scope) => scope.endsWith('/.default')))
    throw new AppError(
      'usage',
      '.default stands for all configured permissions, and goes with no other scope',
      {
        hint: 'leave it out, or leave the others out',
      },
    )
  return { scopes }
}

/** Whether that is a resource, and no permission of one. */
const isBare = (scope: string): boolean => guid.test(scope) || /^[a-z][\w+.-]*:\/\/[^/]+\/?$/i.test(scope)

/**
 * The one scope of a client credentials request: Entra accepts only a resource's `.default` there.
 * @throws AppError `usage` for more than one resource.
 */
export function applicationScopes(given: readonly string[], graph: string): RequestedScopes {
  const asked = given.map((scope) => qualify(scope, graph)).filter((scope) => !openid.has(scope))
  if (asked.length === 0) return { scopes: [`${graph}/.default`] }
  const scope = `${onlyResource(asked, false)}/.default`
  if (asked.every((one) => one === scope)) return { scopes: [scope] }
  return {
    scopes: [scope],
    warning: `client credentials get the permissions granted to the application: asking for ${safeText(scope, { max: 200 })}`,
  }
}
