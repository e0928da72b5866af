/** The way back to the app (RFC 6749 section 4.1.2, OAuth 2.0 Multiple Response Types). */
import type { Answer, Form } from './exchange.ts'
import { formPostPage } from './pages/sign-in-pages.ts'

const separators: Readonly<Record<string, string>> = { query: '?', fragment: '#' }

export const isResponseMode = (mode: string) => mode === 'form_post' || Object.hasOwn(separators, mode)

/** Sends parameters to the redirect URI, with the request's state, in the mode it asked for. */
export function authorizationResponse(
  { state, response_mode: mode = 'query' }: Form,
  redirectUri: string,
  members: Readonly<Record<string, string | undefined>>,
): Answer {
  const present = Object.entries({ ...members, state }).filter(
    (member): member is [string, string] => member[1] !== undefined,
  )
  const parameters = new URLSearchParams(present)
  // As Entra, it gives a URI without a path its slash.
  const url = new URL(redirectUri).href
  if (mode === 'form_post') return formPostPage(url, parameters)
  const separator = mode !== 'fragment' && url.includes('?') ? '&' : (separators[mode] ?? '?')
  const headers = { Location: `${url}${separator}${parameters}`, 'Cache-Control': 'no-store, no-cache' }
  return { status: 302, headers, body: '' }
}
