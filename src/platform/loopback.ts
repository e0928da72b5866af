/** A web server that this machine alone reaches, on both address families, and that nobody can keep busy. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { AppError } from '../errors.ts'

export type LoopbackHandler = (request: IncomingMessage, response: ServerResponse) => void

export interface Loopback {
  readonly port: number
  /** Answers nobody any more; connections are cut. */
  close(): void
}

/** IPv4 first: where the machine has no IPv6, that is all. */
const addresses = ['127.0.0.1', '::1'] as const

const limits = {
  /** Connections at a time; for another one the oldest goes, if there is one that has asked nothing. */
  connections: 24,
  headerBytes: 16 * 1024,
  /** Milliseconds until a request must be there whole. */
  patience: 10_000,
}

/**
 * Listens on 127.0.0.1 and ::1, on one port: that one, or a free one.
 * @throws AppError `config` when the port is taken or no address can be listened on.
 */
export async function openLoopback(wanted: number | undefined, handler: LoopbackHandler): Promise<Loopback> {
  for (let attempt = 1; ; attempt++) {
    const servers: Server[] = []
    const connections = new Set<Socket>()
    const close = () => {
      for (const server of servers) server.close()
      for (const socket of connections) socket.destroy()
    }
    try {
      let port = wanted
      for (const address of addresses) {
        const server = createBoundedServer(handler, connections)
        const bound = await listen(server, port ?? 0, address)
        if (bound === undefined) continue
        servers.push(server)
        port = bound
      }
      if (port === undefined || servers.length === 0)
        throw new AppError('config', 'this machine lets nobody listen on 127.0.0.1 or ::1', {
          hint: 'sign in with --flow device-code',
        })
      return { port, close }
    } catch (cause) {
      close()
      if (cause instanceof AppError) throw cause
      const { code = 'failed' } = cause as NodeJS.ErrnoException
      // A port that is free on one family may be taken on the other.
      if (wanted === undefined && code === 'EADDRINUSE' && attempt < 10) continue
      throw unusable(wanted, code, cause)
    }
  }
}

function unusable(port: number | undefined, code: string, cause: unknown): AppError {
  const named = port === undefined ? 'a port' : `port ${port}`
  const message = code === 'EADDRINUSE' ? `${named} is in use` : `cannot listen on ${named} (${code})`
  return new AppError('config', message, {
    hint: 'end the program that has it, or choose another with --port; http://localhost needs no registered port',
    cause,
  })
}

function createBoundedServer(handler: LoopbackHandler, connections: Set<Socket>): Server {
  const asking = new WeakSet<Socket>()
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.patience,
      requestTimeout: limits.patience,
      connectionsCheckingInterval: 1000,
    },
    (request, response) => {
      asking.add(request.socket)
      handler(request, response)
    },
  )
  server.on('connection', (socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
    if (connections.size <= limits.connections) return
    const [oldest] = connections
    const idle = [...connections].find((one) => one !== socket && !asking.has(one))
    const leaving = idle ?? oldest ?? socket
    connections.delete(leaving)
    leaving.destroy()
  })
  return server
}

/** The port, or undefined where the machine has no such address. */
function listen(server: Server, port: number, address: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT' ? resolve(undefined) : reject(error),
    )
    server.listen({ port, host: address, exclusive: true, ipv6Only: address === '::1' }, () =>
      resolve((server.address() as AddressInfo).port),
    )
  })
}
