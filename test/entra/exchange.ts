/** One HTTP request with its answer, and what is recorded of it. */
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { deferred } from './deferred.ts'
import { isGuid } from './guid.ts'

export type Form = Readonly<Record<string, string>>

/** What tests see of a request. */
export interface RecordedRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  /** The tenant's GUID; the name in the URL when it stands for no tenant. */
  readonly tenant?: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly form?: Form | undefined
  /** Of the answer; 0 while there is none, and when the connection was closed without one. */
  readonly status: number
  /** Arrival, in milliseconds since 1970. */
  readonly at: number
  /** When the answer was sent or the connection was gone; undefined until then. */
  readonly endedAt?: number
}

export interface Answer {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
  readonly body: string
}

export class Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly record: { -readonly [name in keyof RecordedRequest]: RecordedRequest[name] }
  readonly #gone = new AbortController()
  readonly #closed = deferred()

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request
    this.response = response
    const path = request.url ?? '/'
    // `OPTIONS *` and proxies' absolute form name no endpoint here.
    this.url = new URL(`https://localhost${path.startsWith('/') ? path : '/'}`)
    this.record = {
      method: request.method ?? '',
      path,
      headers: request.headers,
      status: 0,
      at: Date.now(),
    }
    response.once('close', () => this.#leave())
    // A client that goes away in the middle is no fault of the server.
    response.on('error', () => this.#leave())
  }

  #leave(): void {
    this.record.endedAt ??= Date.now()
    this.#gone.abort()
    this.#closed.resolve()
  }

  /** Whether there is nobody to answer any more. */
  get isGone(): boolean {
    return this.#gone.signal.aborted
  }

  /** Waits, but not longer than the connection lasts. */
  async sleep(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#gone.signal }).catch(() => {})
  }

  /** Waits for something, but not longer than the connection lasts. */
  async until(event: Promise<void>): Promise<void> {
    await Promise.race([event, this.#closed.promise])
  }

  /** Sends the status line and the headers. */
  begin(status: number, headers: OutgoingHttpHeaders): void {
    this.record.status = status
    this.response.writeHead(status, headers)
  }

  /** Sends a whole answer. */
  send({ status, headers, body }: Answer): void {
    if (this.isGone) return
    this.begin(status, { ...headers, 'Content-Length': Buffer.byteLength(body) })
    this.response.end(body)
  }

  /** A bug of the server must not look like an answer of Entra. */
  fail(error: unknown): void {
    const body = `The test server failed: ${error instanceof Error ? error.stack : error}`
    if (this.response.headersSent) this.destroy()
    else this.send({ status: 500, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body })
  }

  /** Destroys the connection. */
  destroy(): void {
    this.request.socket.destroy()
  }
}

/** The request's correlation ID: what the client sent, in a header, the body or the query, when it is a GUID. */
export function correlationId({ request, record, url }: Exchange): string {
  const name = 'client-request-id'
  const sent = [request.headers[name], record.form?.[name], url.searchParams.get(name)]
  return sent.map(String).find(isGuid) ?? randomUUID()
}

/** A JSON answer (RFC 8259). */
export function jsonAnswer(status: number, body: unknown, headers: OutgoingHttpHeaders = {}): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body) ?? '',
  }
}
