/** One HTTPS exchange: bounded in time and size, no redirects, proxies honoured, every failure named. */
import type { Agent, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { AppError } from '../errors.ts'
import { safeText } from '../output/safe-text.ts'

export interface HttpRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface HttpResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface HttpOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds for the whole exchange, connection and body included. */
  readonly deadline?: number
  /** Bytes of the body at the most. */
  readonly maxBytes?: number
  readonly debug?: (line: string) => void
}

export type Send = (request: HttpRequest) => Promise<HttpResponse>

/** The connection broke in a way that another try may mend. */
export class BrokenConnection extends AppError {}

export function createHttp(options: HttpOptions): Send {
  const { env, deadline = 30_000, maxBytes = 1024 * 1024, debug = () => {} } = options
  return async (request) => {
    const { host, href, origin, pathname } = new URL(request.url)
    const proxy = await findProxy(href, env)
    const route = proxy && (await routeThrough(proxy))
    const started = performance.now()
    const log = (outcome: string) =>
      debug(
        `${request.method} ${origin}${pathname}: ${outcome}, ${Math.round(performance.now() - started)} ms`,
      )
    try {
      const response = await exchange(request, route, deadline, maxBytes)
      log(String(response.status))
      return response
    } catch (error) {
      // A mistake of ours is not the network's.
      if (error instanceof TypeError) throw error
      const named = error instanceof AppError ? error : connectionError(error, host, proxy?.host)
      log(named.message)
      throw named
    }
  }
}

async function exchange(
  request: HttpRequest,
  route: Route | undefined,
  deadline: number,
  maxBytes: number,
): Promise<HttpResponse> {
  const https = await import('node:https')
  const { url, method, headers, body } = request
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const { host } = new URL(url)
  return new Promise((resolve, reject) => {
    const outgoing = https.request(
      url,
      {
        method,
        agent: route?.agent ?? false,
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
      },
      (incoming) => {
        readBody(incoming, maxBytes, host).then(
          (text) =>
            settle(() =>
              resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text }),
            ),
          (error: Error) => settle(() => reject(error)),
        )
      },
    )
    // The socket itself is destroyed: once garbage was collected, an abort signal may no longer stop a read (Node 20).
    // No BrokenConnection: the time for the exchange is spent, and another try would spend it again.
    const timer = setTimeout(
      () =>
        settle(() =>
          reject(
            new AppError('unavailable', `${host} gave no complete answer within ${deadline / 1000} seconds`, {
              hint: 'check the network and the proxy, or try again',
            }),
          ),
        ),
      deadline,
    )
    let connecting = route
    const settle = (finish: () => void) => {
      clearTimeout(timer)
      connecting?.abandon()
      outgoing.destroy()
      finish()
    }
    outgoing.on('error', (error) => settle(() => reject(error)))
    // What a proxy says to CONNECT comes without TLS: it must never pass as the host's own answer.
    outgoing.on('proxyConnect', ({ statusCode }: { statusCode: number }) => {
      connecting = undefined
      if (route && statusCode !== 200) settle(() => reject(proxyRefusal(route.host, host, statusCode)))
    })
    // Not among the options, which Node prints under NODE_DEBUG.
    for (const [name, value] of Object.entries({ ...headers, ...length })) outgoing.setHeader(name, value)
    outgoing.end(body)
  })
}

export async function readBody(incoming: IncomingMessage, maxBytes: number, host: string): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes)
      throw new AppError('protocol', `the answer of ${host} is larger than ${maxBytes / 1024} KiB`, {
        hint: 'check that the authority host is one of Microsoft Entra ID',
      })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

export const proxyVariables = [
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'npm_config_https_proxy',
]

/**
 * The proxy for that URL by the usual variables, `NO_PROXY` included. Node 20 itself ignores them.
 * @throws AppError `config` for a variable that holds no proxy.
 */
export async function findProxy(target: string, env: HttpOptions['env']): Promise<URL | undefined> {
  if (!proxyVariables.some((name) => env[name])) return undefined
  const { getProxyForUrl } = await import('proxy-from-env')
  const proxy = getProxyForUrl(target)
  if (!proxy) return undefined
  // A proxy without a scheme is an HTTP proxy, as for curl; the library says https.
  const bare = proxyVariables.some((name) => proxy === `https://${env[name]}`)
  const url = bare ? proxy.replace('https:', 'http:') : proxy
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return new URL(url)
  throw new AppError('config', 'the proxy variable holds no http:// or https:// URL', {
    hint: 'set HTTPS_PROXY=http://HOST:PORT',
  })
}

interface Route {
  readonly agent: Agent
  readonly host: string
  /** Ends a CONNECT that is under way: destroying the request does not. */
  readonly abandon: () => void
}

/** The proxy's password goes into its own header, and into nothing that could be printed. */
async function routeThrough(proxy: URL): Promise<Route> {
  const { HttpsProxyAgent } = await import('https-proxy-agent')
  const { host } = proxy
  const url = new URL(proxy)
  url.username = ''
  url.password = ''
  const headers = proxyHeaders(proxy)
  const abandoning = new AbortController()
  const agent = new HttpsProxyAgent(url, { headers, signal: abandoning.signal })
  return { agent, host, abandon: () => abandoning.abort() }
}

/** The user and password of a proxy's URL, as it wants them (RFC 7617). */
export function proxyHeaders({ username, password }: URL): Record<string, string> {
  if (!username && !password) return {}
  const login = Buffer.from(`${percentDecoded(username)}:${percentDecoded(password)}`).toString('base64')
  return { 'Proxy-Authorization': `Basic ${login}` }
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** What a proxy's answer to CONNECT means, where it is no connection. */
export function proxyRefusal(proxy: string, host: string, status: number): AppError {
  return status === 407
    ? new AppError('unavailable', `the proxy ${proxy} asks for a user and password (407)`, {
        hint: 'set HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT',
      })
    : new AppError('unavailable', `the proxy ${proxy} does not connect to ${host} (HTTP ${status})`, {
        hint: 'ask who runs the proxy to allow that host, or set NO_PROXY',
      })
}

export const corporate =
  'a proxy or company network may add its own certificate: set NODE_EXTRA_CA_CERTS to its CA file (PEM)'

/** What an error of the network means, with what to do. */
export function connectionError(error: unknown, host: string, proxy: string | undefined): AppError {
  const { code = '', message = '' } = error as NodeJS.ErrnoException
  const via = proxy ? ` through the proxy ${proxy}` : ''
  const details = (hint: string) => ({ hint, cause: error })
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new AppError(
      'unavailable',
      `cannot find the ${proxy ? `proxy ${proxy}` : `host ${host}`} (${code})`,
      details('check the network, DNS and the authority host'),
    )
  if (/CERT|^UNABLE_TO_|^ERR_TLS|^ERR_SSL|^EPROTO|SELF_SIGNED|HOSTNAME_MISMATCH/.test(code))
    return new AppError('unavailable', `TLS with ${host}${via} failed (${code})`, details(corporate))
  if (code === 'ECONNREFUSED')
    return new AppError(
      'unavailable',
      `${proxy ?? host} refused the connection`,
      details('check the host and port, and the proxy variables'),
    )
  if (code.startsWith('HPE_'))
    return new AppError(
      'protocol',
      `${host} did not answer in HTTP (${code})`,
      details('check the authority host and its port, and that no proxy answers in its place'),
    )
  const reason = code || safeText(message, { max: 120 })
  return new BrokenConnection(
    'unavailable',
    `the connection to ${host}${via} broke (${reason})`,
    details('try again'),
  )
}
