/** Asks a service of the job's own platform for an assertion. */
import { AppError } from '../../errors.ts'
import type { HttpRequest, HttpResponse } from '../../platform/http.ts'
import { Secret } from '../../secret.ts'
import { sendPatiently } from '../../tokens/retry.ts'
import type { SourceWorld } from '../source.ts'

export interface Service {
  /** Of the platform, as in "GitHub refused". */
  readonly name: string
  /** The field of the JSON answer that has the assertion. */
  readonly field: string
  /** What to do when the service refuses, or shows a page for people. */
  readonly refusedHint: string
}

/** @throws AppError `denied`, `unavailable` or `protocol`; neither request nor answer is quoted. */
export async function askService(
  { name, field, refusedHint }: Service,
  request: HttpRequest,
  { send, debug }: Pick<SourceWorld, 'send' | 'debug'>,
): Promise<Secret> {
  const response = await sendPatiently(() => send(request), debug)
  const { status } = response
  if (status >= 500 || status === 408 || status === 429)
    throw new AppError(
      status === 429 ? 'try_again' : 'unavailable',
      `${name} failed to issue an assertion (HTTP ${status})`,
      {
        hint: 'try again in a minute',
      },
    )
  if ((status >= 300 && status < 500) || isPage(response))
    throw new AppError(
      'denied',
      isPage(response) || status < 400
        ? `${name} answered with a sign-in page in place of an assertion (HTTP ${status})`
        : `${name} refused to issue an assertion (HTTP ${status})`,
      { hint: refusedHint },
    )
  const value = fieldOf(response, field)
  if (typeof value === 'string' && value !== '') return new Secret(value)
  throw new AppError('protocol', `${name} answered without an assertion (HTTP ${status})`, {
    hint: `its answer should be JSON with the field ${field}`,
  })
}

const isPage = ({ headers, body }: HttpResponse): boolean =>
  /html/i.test(String(headers['content-type'] ?? '')) || /^\s*<(!doctype|html)/i.test(body)

function fieldOf({ body }: HttpResponse, field: string): unknown {
  try {
    return (Object(JSON.parse(body)) as Record<string, unknown>)[field]
  } catch {
    return undefined
  }
}

/** An address that the platform put into the environment. @throws AppError `config` for one that is none. */
export function serviceUrl(text: string, variable: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'https:') return url
  throw new AppError('config', `${variable} holds no https:// URL`, {
    hint: `the platform sets ${variable} for the job; do not change it`,
  })
}
