/** The legs of the way to an authority, each by itself and with its time: what one request cannot tell apart. */
import type { LookupAddress } from 'node:dns'
import { request } from 'node:http'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type PeerCertificate } from 'node:tls'
import { AppError } from '../errors.ts'
import { connectionError, proxyHeaders, proxyRefusal } from '../platform/http.ts'
import { whole } from './dates.ts'

export interface Leg<T> {
  readonly result: T
  readonly milliseconds: number
}

export interface Place {
  /** Without brackets. */
  readonly hostname: string
  readonly port: number
  /** As errors call it. */
  readonly host: string
}

export function placeOf(url: URL): Place {
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  return { hostname, host: url.host, port: Number(url.port || (url.protocol === 'http:' ? 80 : 443)) }
}

/** Milliseconds for one leg, and for all of them together. */
const legDeadline = 4000
const wayDeadline = 12_000

/** Times the legs of one way, and ends whatever is open when it is left. */
export class Way {
  readonly #host: string
  readonly #proxy: string | undefined
  readonly #end = performance.now() + wayDeadline
  readonly #sockets: Socket[] = []

  constructor(host: string, proxy: string | undefined) {
    this.#host = host
    this.#proxy = proxy
  }

  /** Milliseconds that the next leg may take. */
  get left(): number {
    return Math.max(1, Math.min(legDeadline, this.#end - performance.now()))
  }

  /** A socket that is closed with the way. */
  keep<T extends Socket>(socket: T): T {
    socket.on('error', () => {})
    this.#sockets.push(socket)
    return socket
  }

  /** What was put around a socket goes before it. */
  close(): void {
    for (const socket of this.#sockets.toReversed()) socket.destroy()
  }

  /** @throws AppError for every failure, a deadline included. */
  async leg<T>(what: string, work: () => Promise<T>): Promise<Leg<T>> {
    const started = performance.now()
    const { left } = this
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(noAnswer(what, left)), left)
    })
    try {
      const result = await Promise.race([work(), tooLate])
      return { result, milliseconds: whole(performance.now() - started) }
    } catch (error) {
      throw error instanceof AppError ? error : connectionError(error, this.#host, this.#proxy)
    } finally {
      clearTimeout(timer)
    }
  }
}

const noAnswer = (what: string, milliseconds: number) =>
  new AppError('unavailable', `${what}: no answer within ${Math.ceil(milliseconds / 1000)} seconds`, {
    hint: 'check the network, the firewall and the proxy variables',
  })

/** A TCP connection to whichever of the addresses answers first (RFC 8305). */
export function openSocket(
  { hostname, port }: Place,
  addresses: readonly LookupAddress[],
  way: Way,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = way.keep(
      connect({
        host: hostname,
        port,
        autoSelectFamily: true,
        lookup: (_, options, done) => {
          const [first] = addresses
          if (options.all) (done as (error: null, all: readonly LookupAddress[]) => void)(null, addresses)
          else done(null, first?.address ?? '', first?.family)
        },
      }),
    )
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** TLS to a proxy, which gets the password: always checked. */
export function secureProxy(socket: Socket, { hostname }: Place, way: Way): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const secure = way.keep(connectTls({ socket, ...names(hostname), rejectUnauthorized: true }))
    secure.once('secureConnect', () => resolve(secure))
    secure.once('error', reject)
  })
}

/** A tunnel to the place (RFC 9110, section 9.3.6). */
export function openTunnel(socket: Socket, proxy: URL, place: Place): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const target = `${isIP(place.hostname) === 6 ? `[${place.hostname}]` : place.hostname}:${place.port}`
    const asking = request({
      createConnection: () => socket,
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...proxyHeaders(proxy) },
    })
    asking.once('connect', ({ statusCode = 0 }, tunnel: Socket) =>
      statusCode === 200 ? resolve(tunnel) : reject(proxyRefusal(proxy.host, place.host, statusCode)),
    )
    asking.once('error', reject)
    asking.end()
  })
}

export interface TlsReport {
  readonly protocol: string
  /** Who signed the server's certificate, in its own words. */
  readonly issuer: string
  /** Why the certificate is not trusted. */
  readonly error: string | undefined
}

/** Shakes hands and looks at the certificate, trusted or not: nothing is sent over this connection. */
export function lookAtTls(socket: Socket, { hostname }: Place, way: Way): Promise<TlsReport> {
  return new Promise((resolve, reject) => {
    const secure = way.keep(
      connectTls({ socket, ...names(hostname), rejectUnauthorized: false, minVersion: 'TLSv1.2' }),
    )
    secure.once('secureConnect', () => {
      const error = secure.authorizationError as Error | string | undefined
      resolve({
        protocol: secure.getProtocol() ?? 'TLS',
        issuer: issuerOf(secure.getPeerCertificate()),
        error: secure.authorized ? undefined : codeOf(error),
      })
    })
    secure.once('error', reject)
  })
}

/** No name is announced for an address (RFC 6066, section 3), but the certificate must have it. */
const names = (hostname: string) => ({ host: hostname, servername: isIP(hostname) ? '' : hostname })

const codeOf = (error: Error | string | undefined): string =>
  typeof error === 'string' ? error : ((error as NodeJS.ErrnoException | undefined)?.code ?? 'not trusted')

function issuerOf({ issuer }: Partial<PeerCertificate>): string {
  const first = (value: unknown) => (Array.isArray(value) ? value[0] : value)
  return String(first(issuer?.O) ?? first(issuer?.CN) ?? 'an unnamed issuer')
}
