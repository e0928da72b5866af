/** What a token request would be made of now, with where each value comes from. */
import type { Paths } from '../platform/paths.ts'
import { credentialWords } from './profile.ts'
import type { ResolvedRequest } from './resolve.ts'

export type Effective = readonly [name: string, value: string, origin: string]

/** Each value of the request; the profile is left out where the environment says it all. */
export function effectiveValues(paths: Paths, { request, origins }: ResolvedRequest): Effective[] {
  const isManaged = request.flow === 'managed-identity'
  const values = {
    profile: request.profile,
    // A managed identity has none of the three: it asks the machine.
    authorityHost: isManaged ? undefined : request.authorityHost,
    tenant: request.tenant || undefined,
    clientId: request.clientId || undefined,
    credential: credentialWords[request.credential.type],
    flow: request.flow,
    scopes: request.scopes.join(' '),
  }
  return [
    ...Object.entries(values).flatMap(([name, value]): Effective[] =>
      value === undefined ? [] : [[name, value, origins[name] ?? '']],
    ),
    ['file', paths.profiles, 'the place of profiles.json'],
  ]
}
