/** Google Cloud: the metadata server signs an ID token of the machine's service account. */
import { AppError } from '../../errors.ts'
import { EndpointAbsent } from '../../platform/local-http.ts'
import { Secret } from '../../secret.ts'
import type { FederatedSource } from '../source.ts'

const path = '/computeMetadata/v1/instance/service-accounts/default/identity'

export const gcp: FederatedSource = {
  isHere: (env) => Boolean(env.GCE_METADATA_HOST || env.K_SERVICE),
  fetch: async (_, audience, { env, sendLocal }) => {
    const host = env.GCE_METADATA_HOST || 'metadata.google.internal'
    if (!URL.canParse(`http://${host}`))
      throw new AppError('config', 'GCE_METADATA_HOST is not HOST or HOST:PORT', {
        hint: 'unset it, or mend it',
      })
    const url = new URL(`http://${host}${path}`)
    url.searchParams.set('audience', audience)
    url.searchParams.set('format', 'full')
    const headers = { 'Metadata-Flavor': 'Google' }
    const response = await sendLocal({ url: url.href, method: 'GET', headers }).catch((error: unknown) => {
      if (!(error instanceof EndpointAbsent)) throw error
      throw new AppError('unavailable', "this machine has no metadata server of Google's", {
        hint: 'run it on Google Cloud, or name another source with --federated',
        cause: error,
      })
    })
    if (response.status === 200) return new Secret(response.body.trim())
    throw new AppError(
      response.status >= 500 ? 'unavailable' : 'denied',
      `the metadata server of Google refused an ID token (HTTP ${response.status})`,
      { hint: 'the machine needs a service account' },
    )
  },
}
