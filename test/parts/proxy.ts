/** A small CONNECT proxy of our own. */
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

export interface ConnectProxy {
  readonly port: number
  /** What was asked for, as `HOST:PORT`, and with which login. */
  readonly requests: { readonly target: string; readonly login: string | undefined }[]
  close(): void
}

export interface ProxyOptions {
  /** `USER:PASSWORD`, where it asks for one. */
  readonly login?: string
  /** The status of the answer to CONNECT, where it is not a connection. */
  readonly refuse?: number
  /** Takes connections, and answers nothing. */
  readonly silent?: boolean
}

export async function startProxy({
  login,
  refuse,
  silent = false,
}: ProxyOptions = {}): Promise<ConnectProxy> {
  const requests: ConnectProxy['requests'] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((_, response) => response.writeHead(400).end())
  server.on('connection', (socket) => sockets.add(socket))
  server.on('connect', (request, socket: Socket) => {
    const header = request.headers['proxy-authorization']
    const given = header && Buffer.from(header.replace('Basic ', ''), 'base64').toString()
    requests.push({ target: String(request.url), login: given })
    socket.on('error', () => {})
    if (silent) return
    const status = refuse ?? (login !== undefined && given !== login ? 407 : undefined)
    if (status !== undefined)
      return void socket.end(
        `HTTP/1.1 ${status} No\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n`,
      )
    const onward = connect(Number(String(request.url).split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    sockets.add(onward)
    onward.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
