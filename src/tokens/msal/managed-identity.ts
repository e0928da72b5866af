/** A token of the identity that Azure gave this machine, through MSAL: it knows the six hosts and their protocols. */
import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node'
import { AppError } from '../../errors.ts'
import type { HttpResponse, Send } from '../../platform/http.ts'
import { EndpointAbsent } from '../../platform/local-http.ts'
import { type IdentityAnswer, identityRefusal, readIdentityAnswer } from '../managed-identity-answer.ts'
import { sendPatiently } from '../retry.ts'
import { loadMsal } from './library.ts'

export interface IdentityRequest {
  /** What the token is for: a resource, or its `.default` scope. */
  readonly resource: string
  /** See `identityRule`; the machine's own identity when absent. */
  readonly identity: string | undefined
}

export interface IdentityWorld {
  /** Without a proxy: the endpoint is the machine's own. */
  readonly send: Send
  readonly debug: (line: string) => void
  /** Seconds since 1970, with fractions. */
  readonly now: () => number
}

/**
 * One token from the machine's identity endpoint. MSAL chooses the host once in a process, which asks once.
 * @throws AppError `unavailable` where there is no endpoint, `denied` where it has no such identity, `protocol`, …
 */
export async function acquireByManagedIdentity(
  { resource, identity }: IdentityRequest,
  world: IdentityWorld,
): Promise<IdentityAnswer> {
  const { ManagedIdentityApplication } = await loadMsal()
  const network = createIdentityNetwork(world)
  try {
    const application = new ManagedIdentityApplication({
      ...(identity !== undefined && { managedIdentityIdParams: identityParameters(identity) }),
      system: { networkClient: network, disableInternalRetries: true },
    })
    world.debug(`managed identity: ${application.getManagedIdentitySource()}`)
    await application.acquireToken({ resource, forceRefresh: true })
  } catch (error) {
    throw explained(network.failure ?? error)
  }
  if (!network.answer) throw new AppError('bug', 'MSAL answered without asking the identity endpoint')
  return network.answer
}

function identityParameters(identity: string) {
  if (identity.startsWith('object:')) return { userAssignedObjectId: identity.slice('object:'.length) }
  if (identity.startsWith('/')) return { userAssignedResourceId: identity }
  return { userAssignedClientId: identity }
}

interface IdentityNetwork extends INetworkModule {
  readonly answer: IdentityAnswer | undefined
  /** Why the exchange failed, where MSAL would only say `network_error`. */
  readonly failure: unknown
}

/** What passes by itself: an endpoint that starts, updates its identities (404, 410) or is asked too often. */
const isPassing = (status: number) => [404, 408, 410, 429].includes(status) || status >= 500

function createIdentityNetwork({ send, debug, now }: IdentityWorld): IdentityNetwork {
  let answer: IdentityAnswer | undefined
  let failure: unknown
  const ask = async <T>(
    url: string,
    method: 'GET' | 'POST',
    { headers = {}, body }: NetworkRequestOptions = {},
  ): Promise<NetworkResponse<T>> => {
    try {
      const request = { url, method, headers, ...(body !== undefined && { body }) }
      const response = await sendPatiently(() => send(request), debug, isPassing)
      if (isChallenge(response, headers)) return relay<T>(response, {})
      if (response.status !== 200) throw identityRefusal(response, new URL(url).host)
      answer = readIdentityAnswer(response, now())
      return relay<T>(response, answer.body)
    } catch (error) {
      failure = error
      throw error
    }
  }
  return {
    get answer() {
      return answer
    },
    get failure() {
      return failure
    },
    sendGetRequestAsync: (url, options) => ask(url, 'GET', options),
    sendPostRequestAsync: (url, options) => ask(url, 'POST', options),
  }
}

/** Azure Arc first names a file that only its users can read; the second request has what is in it. */
const isChallenge = ({ status, headers }: HttpResponse, sent: Readonly<Record<string, string>>): boolean =>
  status === 401 && headers['www-authenticate'] !== undefined && sent.Authorization === undefined

const relay = <T>({ status, headers }: HttpResponse, body: object): NetworkResponse<T> => ({
  status,
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
  body: body as T,
})

const arcFile = 'Azure Arc names a file for the second request'

/** What MSAL's own words mean, by its error code. */
const explanations: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  unable_to_read_secret_file: [
    `${arcFile}, and this user cannot read it`,
    'add the user to the group himds: sudo usermod -aG himds $USER, then log in again',
  ],
  invalid_file_path: [
    `${arcFile}, and it is not where the agent keeps such files`,
    'nothing was read; check the agent',
  ],
  invalid_file_extension: [`${arcFile}, and it is no key file`, 'nothing was read; check the agent'],
  invalid_secret: [`${arcFile}, and it is larger than a key`, 'check the agent: azcmagent check'],
  platform_not_supported: [
    'Azure Arc has managed identities on Linux and Windows only',
    'use another credential',
  ],
  unable_to_create_cloud_shell: [
    'Azure Cloud Shell has no user-assigned identities',
    'leave the ID out: --managed-identity system',
  ],
  user_assigned_managed_identity_not_confirmed: [
    'the Azure Arc agent did not answer for the identity that was asked for',
    'update the agent, or use --managed-identity system',
  ],
  identity_endpoint_url_malformed: ['IDENTITY_ENDPOINT is not a URL', 'Azure sets it; do not change it'],
  imds_endpoint_url_malformed: ['IMDS_ENDPOINT is not a URL', 'Azure sets it; do not change it'],
  msi_endpoint_url_malformed: ['MSI_ENDPOINT is not a URL', 'Azure sets it; do not change it'],
  azure_pod_identity_authority_host_url_malformed: [
    'AZURE_POD_IDENTITY_AUTHORITY_HOST is not a URL',
    'write it as http://HOST, or unset it',
  ],
}

function explained(error: unknown): unknown {
  if (error instanceof EndpointAbsent)
    return new AppError('unavailable', `this machine has no managed identity: ${error.message}`, {
      hint: 'managed identities are there on Azure, and with the Azure Arc agent; elsewhere use another credential',
      cause: error,
    })
  const { errorCode = '', message = '' } = error as { errorCode?: string; message?: string }
  const known = explanations[errorCode]
  if (known) return new AppError('config', known[0], { hint: known[1], cause: error })
  if (/^Only client id is supported/.test(message))
    return new AppError('config', 'Azure Machine Learning takes the client ID of an identity only', {
      hint: 'give its client ID: --managed-identity GUID',
    })
  return error
}
