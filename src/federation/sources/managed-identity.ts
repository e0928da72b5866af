/** A managed identity as the credential of an application: its token for the exchange is the assertion. */
import { Secret } from '../../secret.ts'
import { acquireByManagedIdentity } from '../../tokens/msal/managed-identity.ts'
import type { FederatedSource } from '../source.ts'

export const managedIdentity: FederatedSource = {
  isOffered: (env) => Boolean(env.IDENTITY_ENDPOINT || env.MSI_ENDPOINT),
  fetch: async ({ identity }, audience, world) => {
    const request = { resource: audience, identity }
    const { accessToken } = await acquireByManagedIdentity(request, { ...world, send: world.sendLocal })
    return new Secret(accessToken)
  },
}
