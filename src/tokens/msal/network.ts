/** MSAL's HTTP, through our own: MSAL reads no proxy variable, sets no limit and hides every cause. */
import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node'
import { AppError } from '../../errors.ts'
import type { HttpResponse, Send } from '../../platform/http.ts'
import { sendPatiently } from '../retry.ts'
import { readTokenResponse, type TokenResponse } from '../token-response.ts'

export interface Network extends INetworkModule {
  /** What the token endpoint answered last, read by us. */
  readonly token: TokenResponse | undefined
  /** Why the last exchange failed, where MSAL would only say `network_error`. */
  readonly failure: unknown
  /** Before another exchange: what the last one left says nothing of it. */
  forget(): void
}

/** @param debug gets one line for each wait between tries. */
export function createNetwork(send: Send, debug: (line: string) => void): Network {
  let token: TokenResponse | undefined
  let failure: unknown
  const relay = <T>(response: HttpResponse): NetworkResponse<T> => ({
    headers: Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
    ),
    body: JSON.parse(response.body) as T,
    status: response.status,
  })
  const remembering = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      failure = error
      throw error
    }
  }
  return {
    get token() {
      return token
    },
    get failure() {
      return failure
    },
    forget: () => {
      token = undefined
      failure = undefined
    },
    sendPostRequestAsync: <T>(url: string, options: NetworkRequestOptions = {}) =>
      remembering(async () => {
        const { headers = {}, body = '' } = options
        const response = await sendPatiently(() => send({ url, method: 'POST', headers, body }), debug)
        token = readTokenResponse(response)
        return relay<T>(response)
      }),
    sendGetRequestAsync: (url: string) =>
      remembering(() => {
        throw new AppError('bug', `MSAL asked for ${new URL(url).pathname}, which is known without asking`)
      }),
  }
}
