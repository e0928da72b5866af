/**
 * HTTP to endpoints of the machine itself, which hand out its identity: never through a proxy, in plain HTTP or with a
 * certificate known beforehand, and quick to notice that nobody is there.
 */
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { AppError } from '../errors.ts'
import { type HttpRequest, type HttpResponse, readBody, type Send } from './http.ts'

export interface LocalHttpOptions {
  readonly debug: (line: string) => void
  /** SHA-1 of the one certificate that an https endpoint may show, in hex; without it https is checked as usual. */
  readonly thumbprint?: string | undefined
  /** Milliseconds for the connection. An address of this machine answers at once, or not at all. */
  readonly patience?: number
  /** Milliseconds for the whole exchange. */
  readonly deadline?: number
}

const maxBytes = 256 * 1024

/** Nobody answers at that address: this machine has no such endpoint. */
export class EndpointAbsent extends AppError {}

export function createLocalHttp({
  debug,
  thumbprint,
  patience = 1500,
  deadline = 15_000,
}: LocalHttpOptions): Send {
  return async (request) => {
    const { host, origin, pathname, protocol } = new URL(request.url)
    const pin = protocol === 'https:' && thumbprint ? thumbprint : undefined
    try {
      const response = await exchange(request, pin, { patience, deadline })
      debug(`${request.method} ${origin}${pathname}: ${response.status}`)
      return response
    } catch (error) {
      const named = error instanceof AppError ? error : connectionError(error, host)
      debug(`${request.method} ${origin}${pathname}: ${named.message}`)
      throw named
    }
  }
}

async function exchange(
  { url, method, headers, body }: HttpRequest,
  pin: string | undefined,
  { patience, deadline }: { readonly patience: number; readonly deadline: number },
): Promise<HttpResponse> {
  const { host, protocol } = new URL(url)
  const http = await (protocol === 'https:' && !pin ? import('node:https') : import('node:http'))
  const connection = pin ? await connectPinned(new URL(url), pin, patience) : undefined
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  return new Promise((resolve, reject) => {
    // The URL is taken apart, because a pinned endpoint's own TLS is under plain HTTP here.
    const { hostname, port, pathname, search } = new URL(url)
    const options = {
      method,
      hostname: hostname.replace(/^\[|\]$/g, ''),
      ...(port && { port }),
      path: pathname + search,
      ...(connection ? { createConnection: () => connection } : { agent: false }),
    }
    const outgoing: ClientRequest = http.request(options, (incoming: IncomingMessage) => {
      readBody(incoming, maxBytes, host).then(
        (text) =>
          settle(() => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text })),
        (error: Error) => settle(() => reject(error)),
      )
    })
    let waiting = setTimeout(() => settle(() => reject(silent(host, patience))), patience)
    outgoing.on('socket', (socket: Socket) => {
      const onConnect = () => {
        clearTimeout(waiting)
        waiting = setTimeout(() => settle(() => reject(slow(host, deadline))), deadline)
      }
      if (connection || !socket.connecting) onConnect()
      else socket.once('connect', onConnect)
    })
    const settle = (finish: () => void) => {
      clearTimeout(waiting)
      outgoing.destroy()
      finish()
    }
    outgoing.on('error', (error) => settle(() => reject(error)))
    // Not among the options, which Node prints under NODE_DEBUG.
    for (const [name, value] of Object.entries({ ...headers, ...length })) outgoing.setHeader(name, value)
    outgoing.end(body)
  })
}

/** A TLS connection to the holder of that certificate; nothing is sent before it has shown it. */
async function connectPinned(url: URL, thumbprint: string, patience: number): Promise<Socket> {
  const { connect } = await import('node:tls')
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: url.hostname,
      port: Number(url.port || 443),
      // Self-signed; its thumbprint is what it is known by.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
    })
    const end = (error: Error) => {
      clearTimeout(timer)
      socket.destroy()
      reject(error)
    }
    const timer = setTimeout(() => end(silent(url.host, patience)), patience)
    socket.once('error', end)
    socket.once('secureConnect', () => {
      const shown = socket.getPeerCertificate().fingerprint?.replaceAll(':', '')
      if (shown?.toLowerCase() !== thumbprint.replace(/[^0-9a-f]/gi, '').toLowerCase())
        return end(
          new AppError(
            'protocol',
            `${url.host} shows another certificate than IDENTITY_SERVER_THUMBPRINT names`,
            {
              hint: 'nothing was sent to it; check the endpoint',
            },
          ),
        )
      clearTimeout(timer)
      socket.off('error', end)
      resolve(socket)
    })
  })
}

const absent = (host: string, how: string) =>
  new EndpointAbsent('unavailable', `the identity endpoint ${host} ${how}`)

const silent = (host: string, patience: number) =>
  absent(host, `did not answer within ${patience / 1000} seconds`)

const slow = (host: string, deadline: number) =>
  new AppError(
    'unavailable',
    `the identity endpoint ${host} gave no complete answer within ${deadline / 1000} seconds`,
    { hint: 'try again' },
  )

function connectionError(error: unknown, host: string): AppError {
  const { code = '' } = error as NodeJS.ErrnoException
  if (code === 'ECONNREFUSED') return absent(host, 'refused the connection')
  if (/^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL)$/.test(code))
    return absent(host, `cannot be reached (${code})`)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return absent(host, `cannot be found (${code})`)
  return new AppError('unavailable', `the connection to the identity endpoint ${host} broke (${code})`, {
    hint: 'try again',
    cause: error,
  })
}
