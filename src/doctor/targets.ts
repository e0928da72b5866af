/** Which authorities the profiles lead to, and with which tenants. */
import { parseAuthorityHost } from '../cloud/authority.ts'
import { clouds } from '../cloud/clouds.ts'
import { findEnvironmentProfile } from '../profiles/environment.ts'
import { resolveRequest } from '../profiles/resolve.ts'
import type { Subject } from '../profiles/subject.ts'
import type { DoctorWorld } from './finding.ts'

export interface Target {
  readonly authorityHost: string
  /** Empty where no profile says which: the authority alone is asked. */
  readonly tenants: readonly string[]
}

const most = 5

/**
 * The authority of the profile that was named, else those of all profiles and of the environment's application, else
 * the one that a first profile would have. A managed identity asks none: there may be nothing to look at. @throws AppError `config` for an AZURE_AUTHORITY_HOST that is none.
 */
export function findTargets(world: DoctorWorld): Target[] {
  const { env } = world.context
  const tenants = new Map<string, Set<string>>()
  const requests = subjects(world).map((subject) => requestOf(world, subject))
  if (requests.length > 0 && requests.every((request) => request?.flow === 'managed-identity')) return []
  for (const request of requests) {
    if (!request || request.flow === 'managed-identity') continue
    const known = tenants.get(request.authorityHost) ?? new Set()
    if (request.tenant) known.add(request.tenant.toLowerCase())
    tenants.set(request.authorityHost, known)
  }
  if (tenants.size > 0)
    return [...tenants].slice(0, most).map(([authorityHost, names]) => ({
      authorityHost,
      tenants: [...names].slice(0, most),
    }))
  const variable = 'AZURE_AUTHORITY_HOST'
  const given = env[variable]
  return [
    { authorityHost: given ? parseAuthorityHost(given, variable) : clouds.public.authorityHost, tenants: [] },
  ]
}

/** Every application that a token could be asked for. */
export function subjects({ asked, context, document }: DoctorWorld): Subject[] {
  if (asked !== undefined) return [{ name: asked, origin: '--profile' }]
  const stored = [...document.profiles.keys()].map((name): Subject => ({ name, origin: '' }))
  const profile = findOrNothing(() => findEnvironmentProfile(context.env))
  return profile ? [...stored, { name: undefined, profile, origin: 'the environment' }] : stored
}

/** What is wrong with a request is said where its values are shown. */
const requestOf = ({ context, document }: DoctorWorld, subject: Subject) =>
  findOrNothing(() => resolveRequest({}, context.env, document, subject).request)

function findOrNothing<T>(find: () => T): T | undefined {
  try {
    return find()
  } catch {
    return undefined
  }
}
