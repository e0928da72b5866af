/** Judges what comes to the redirect URI: the sign-in's answer, or something else (RFC 6749, section 4.1.2; RFC 8252). */
import { createHash, timingSafeEqual } from 'node:crypto'

/** What the browser brought back. */
export type RedirectAnswer =
  | { readonly type: 'code'; readonly code: string }
  /** The parameters of an error (RFC 6749, section 4.1.2.1). */
  | { readonly type: 'error'; readonly fields: Readonly<Record<string, string>> }

export interface RedirectRequest {
  readonly method: string
  /** As in the request line. */
  readonly target: string
  readonly host: string | undefined
  readonly contentType: string | undefined
  readonly body: string
}

export interface Expected {
  readonly port: number
  readonly path: string
  readonly state: string
}

export type Verdict =
  | { readonly accepted: true; readonly answer: RedirectAnswer }
  | { readonly accepted: false; readonly status: 400 | 404 | 405 }

const refuse = (status: 400 | 404 | 405): Verdict => ({ accepted: false, status })

const form = /^application\/x-www-form-urlencoded\s*(;|$)/i

export function judgeRedirect(request: RedirectRequest, { port, path, state }: Expected): Verdict {
  const { method, target, host, contentType, body } = request
  // Another name for this machine would be a page elsewhere that had its name's address changed (DNS rebinding).
  if (!isOurs(host, port)) return refuse(400)
  if (!target.startsWith('/') || !URL.canParse(target, 'http://localhost')) return refuse(400)
  const url = new URL(`http://localhost${target}`)
  if (url.pathname !== path) return refuse(404)
  if (method !== 'GET' && method !== 'POST') return refuse(405)
  if (method === 'POST' && !form.test(contentType ?? '')) return refuse(400)
  const answer = readAnswer(method === 'POST' ? new URLSearchParams(body) : url.searchParams, state)
  return answer ? { accepted: true, answer } : refuse(400)
}

function isOurs(host: string | undefined, port: number): boolean {
  const names = ['localhost', '127.0.0.1', '[::1]']
  const known = names.flatMap((name) => [`${name}:${port}`, ...(port === 80 ? [name] : [])])
  return known.includes(host?.toLowerCase() ?? '')
}

/**
 * An `iss` (RFC 9207) is not looked at: Entra announces none, has one for each tenant and several names for its hosts,
 * and a state that serves one sign-in at one server leaves nothing to mix up.
 */
function readAnswer(parameters: URLSearchParams, state: string): RedirectAnswer | undefined {
  const names = [...parameters.keys()]
  // No parameter may be there twice (RFC 6749, section 3.1).
  if (new Set(names).size !== names.length) return undefined
  if (!isSame(parameters.get('state') ?? '', state)) return undefined
  const [code, error] = [parameters.get('code'), parameters.get('error')]
  if (code && !error) return { type: 'code', code }
  if (error && !code) return { type: 'error', fields: Object.fromEntries(parameters) }
  return undefined
}

/** In a time that does not tell how much of it was right. */
function isSame(a: string, b: string): boolean {
  const hashed = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hashed(a), hashed(b))
}
