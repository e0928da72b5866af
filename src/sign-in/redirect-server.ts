/** Waits on the redirect URI for the one answer that belongs to a sign-in (RFC 8252, section 7.3). */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError } from '../errors.ts'
import { duration } from '../output/relative-time.ts'
import { openLoopback } from '../platform/loopback.ts'
import { judgeRedirect, type RedirectAnswer } from './redirect.ts'
import { otherPage, pageHeaders, type ResultPage, renderPage } from './result-page.ts'

export interface Arrival {
  readonly answer: RedirectAnswer
  /** Shows the person how it ended; resolves when the page is on its way. */
  readonly show: (page: ResultPage) => Promise<void>
}

export interface RedirectServer {
  readonly redirectUri: string
  /**
   * The answer with that state, whatever else comes meanwhile.
   * @throws AppError `timeout` after so many seconds. However many wrong requests come, they do not end it: a program that
   * scans ports would end every sign-in, and none guesses a state.
   */
  waitFor(state: string, seconds: number): Promise<Arrival>
  close(): void
}

const largestBody = 64 * 1024

export interface RedirectPlace {
  /** On this machine, as the application has it registered. `http://localhost` when absent. */
  readonly redirectUri?: string | undefined
  readonly port?: number | undefined
}

/** @throws AppError `usage` for two different ports, and as `openLoopback`. */
export async function openRedirectServer({
  redirectUri = 'http://localhost',
  port,
}: RedirectPlace): Promise<RedirectServer> {
  const [, base = '', written, path = ''] =
    /^(http:\/\/(?:\[[^\]]*\]|[^:/]+))(?::(\d+))?(.*)$/.exec(redirectUri) ?? []
  const inUri = written === undefined ? undefined : Number(written)
  if (port !== undefined && inUri !== undefined && port !== inUri)
    throw new AppError('usage', `the redirect URI has port ${inUri}, and --port is ${port}`, {
      hint: 'leave one of them out',
    })
  let waiting: Waiting | undefined
  const loopback = await openLoopback(port ?? inUri, (request, response) => {
    receive(request, response, loopback.port, new URL(`http://localhost${path}`).pathname, waiting).catch(
      () => response.destroy(),
    )
  })
  return {
    redirectUri: `${base}:${loopback.port}${path}`,
    waitFor: (state, seconds) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(late(seconds)), seconds * 1000)
        waiting = {
          state,
          resolve: (arrival) => {
            clearTimeout(timer)
            resolve(arrival)
          },
        }
      }),
    close: loopback.close,
  }
}

const late = (seconds: number) =>
  new AppError('timeout', `nobody signed in within ${duration(seconds)}`, {
    hint: 'if the page showed AADSTS50011, register http://localhost as a redirect URI of the application; look up others with `entra-auth-cli explain`',
  })

interface Waiting {
  readonly state: string
  accepted?: boolean
  readonly resolve: (arrival: Arrival) => void
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
  path: string,
  waiting: Waiting | undefined,
): Promise<void> {
  const body = await readBody(request)
  const verdict =
    body === undefined || !waiting || waiting.accepted
      ? ({ accepted: false, status: 400 } as const)
      : judgeRedirect(
          {
            method: request.method ?? '',
            target: request.url ?? '',
            host: request.headers.host,
            contentType: request.headers['content-type'],
            body,
          },
          { port, path, state: waiting.state },
        )
  if (verdict.accepted && waiting) {
    waiting.accepted = true
    waiting.resolve({ answer: verdict.answer, show: (page) => send(response, 200, page) })
    return
  }
  await send(response, verdict.accepted ? 400 : verdict.status, otherPage)
}

/** Undefined for more than any answer of Entra has. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestBody) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function send(response: ServerResponse, status: number, page: ResultPage): Promise<void> {
  return new Promise((resolve) => {
    // The browser may have gone meanwhile.
    response.once('close', resolve)
    setTimeout(resolve, 2000).unref()
    response.writeHead(status, pageHeaders)
    response.end(renderPage(page))
  })
}
