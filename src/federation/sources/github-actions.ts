/** GitHub Actions: a job with `id-token: write` asks GitHub for an ID token of five minutes, as often as it wants. */
import { AppError } from '../../errors.ts'
import type { FederatedSource } from '../source.ts'
import { askService, serviceUrl } from './service.ts'

const variables = ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'] as const
const permission = 'permissions: {id-token: write, contents: read}'

export const githubActions: FederatedSource = {
  isOffered: (env) => variables.every((name) => env[name]),
  isHere: (env) => env.GITHUB_ACTIONS === 'true',
  fetch: async (_, audience, world) => {
    const [url, token] = variables.map((name) => world.env[name])
    if (!url || !token)
      throw new AppError(
        'config',
        world.env.GITHUB_ACTIONS === 'true'
          ? 'this job may not ask GitHub for an ID token'
          : 'this is not a job of GitHub Actions that may ask for an ID token',
        {
          hint: `add to the job or the workflow: ${permission} (for pull requests from forks GitHub never allows it)`,
        },
      )
    const address = serviceUrl(url, variables[0])
    address.searchParams.set('audience', audience)
    const headers = { Authorization: `bearer ${token}`, Accept: 'application/json; api-version=2.0' }
    return askService(
      {
        name: 'GitHub',
        field: 'value',
        refusedHint: `the job needs ${permission}, and its right to ask ends with the job`,
      },
      { url: address.href, method: 'GET', headers },
      world,
    )
  },
}
