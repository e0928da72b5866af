/** A `fetch` that trusts the server's CA, for tests whose process was started without `NODE_EXTRA_CA_CERTS`. */
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { buffer } from 'node:stream/consumers'

export interface TrustingFetch {
  (url: string | URL, init?: FetchInit): Promise<Response>
  /** Closes the connections that are kept alive. */
  close(): void
}

/** The part of `RequestInit` that OAuth clients use. */
export interface FetchInit {
  readonly method?: string
  readonly headers?: HeadersInit
  readonly body?: unknown
  readonly signal?: AbortSignal | null
}

export function trustingFetch(caFile: string): TrustingFetch {
  const agent = new Agent({ ca: readFileSync(caFile), keepAlive: true })
  const fetch = (url: string | URL, init: FetchInit = {}) => send(agent, url, init)
  return Object.assign(fetch, { close: () => agent.destroy() })
}

function send(agent: Agent, url: string | URL, init: FetchInit): Promise<Response> {
  return new Promise((resolve, reject) => {
    const options = {
      agent,
      method: init.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(init.signal && { signal: init.signal }),
    }
    const outgoing = request(url, options, async (incoming) => {
      try {
        const headers = new Headers(incoming.headers as Record<string, string>)
        const body = await buffer(incoming)
        const status = incoming.statusCode ?? 0
        const empty = [204, 205, 304].includes(status)
        resolve(new Response(empty ? null : new Uint8Array(body), { status, headers }))
      } catch (error) {
        reject(error)
      }
    })
    outgoing.once('error', reject)
    outgoing.end(init.body === undefined || init.body === null ? undefined : String(init.body))
  })
}
