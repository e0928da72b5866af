/** Azure Pipelines: a job asks for an ID token of a service connection, with the access token of the job. */
import { AppError } from '../../errors.ts'
import type { FederatedSource } from '../source.ts'
import { askService, serviceUrl } from './service.ts'

const apiVersion = '7.1'
const mapping = 'env: {SYSTEM_ACCESSTOKEN: $(System.AccessToken)}'

export const azurePipelines: FederatedSource = {
  isOffered: (env) => Boolean(env.SYSTEM_OIDCREQUESTURI && env.SYSTEM_ACCESSTOKEN),
  isHere: (env) => env.TF_BUILD === 'True',
  fetch: async ({ serviceConnectionId }, _, world) => {
    const { SYSTEM_OIDCREQUESTURI: uri, SYSTEM_ACCESSTOKEN: token } = world.env
    if (!uri)
      throw new AppError('config', 'this is not a job of Azure Pipelines: SYSTEM_OIDCREQUESTURI is not set', {
        hint: 'run it in a pipeline, or name another source with --federated',
      })
    if (!token)
      throw new AppError('config', 'SYSTEM_ACCESSTOKEN is not mapped into this step', {
        hint: `add to the step: ${mapping}`,
      })
    const connection = serviceConnectionId ?? world.env.AZURESUBSCRIPTION_SERVICE_CONNECTION_ID
    if (!connection)
      throw new AppError('config', 'it is not said which service connection is meant', {
        hint: 'give --service-connection-id GUID (resourceId in the address of its page), or run within AzureCLI@2',
      })
    const address = serviceUrl(uri, 'SYSTEM_OIDCREQUESTURI')
    address.searchParams.set('api-version', apiVersion)
    address.searchParams.set('serviceConnectionId', connection)
    const headers = {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      // Azure DevOps would send whoever it does not know to a sign-in page.
      'X-TFS-FedAuthRedirect': 'Suppress',
    }
    return askService(
      {
        name: 'Azure Pipelines',
        field: 'oidcToken',
        refusedHint: `check ${mapping} on the step, the ID of the service connection, and that the pipeline is authorised to use it`,
      },
      { url: address.href, method: 'POST', headers, body: '' },
      world,
    )
  },
}
