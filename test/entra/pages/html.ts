/** HTML text, with everything that is put into it escaped. */
import { randomUUID } from 'node:crypto'
import { type EntraError, errorDescription } from '../errors.ts'
import type { Answer } from '../exchange.ts'

export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Value = string | number | undefined | Html | readonly Html[]

/** A template: strings are escaped, HTML is taken as it is, undefined is nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(text)))
}

function text(value: Value): string {
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(text).join('')
  return String(value ?? '').replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A whole page. Its name, on the body, tells programs which one it is. */
export function page(name: string, title: string, body: Html, status = 200): Answer {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<link rel="icon" href="data:,">
</head>
<body data-page="${name}">
<h1>${title}</h1>
${body}
</body>
</html>
`
  const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store, no-cache' }
  return { status, headers, body: document.text }
}

/** What people see when the error cannot be sent to the app. */
export function errorPage(error: EntraError, correlationId: string): Answer {
  const description = errorDescription(error, { traceId: randomUUID(), correlationId })
  return page(
    'error',
    'Sign in',
    html`<p>Sorry, but we’re having trouble signing you in.</p>\n<p id="error">${description}</p>`,
    400,
  )
}

/** The last page, when the browser does not go back to an app. */
export const messagePage = (title: string, text: string): Answer =>
  page('message', title, html`<p id="message">${text}</p>`)
