/** The page that a person sees after the browser sign-in: plain, without scripts and without anything from elsewhere. */
import { createHash } from 'node:crypto'
import { safeText } from '../output/safe-text.ts'

export interface ResultPage {
  readonly kind: 'done' | 'failed' | 'other'
  readonly title: string
  readonly lines: readonly string[]
}

export const signedInPage = (who: string): ResultPage => ({
  kind: 'done',
  title: 'You are signed in',
  lines: [`${who} is signed in to entra-auth-cli.`, 'You can close this page and go back to the terminal.'],
})

export const failedPage = (message: string, hint: string | undefined): ResultPage => ({
  kind: 'failed',
  title: 'The sign-in failed',
  lines: [
    sentence(message),
    ...(hint ? [sentence(hint)] : []),
    'The terminal says the same. You can close this page.',
  ],
})

export const otherPage: ResultPage = {
  kind: 'other',
  title: 'Nothing to see here',
  lines: ['entra-auth-cli is waiting here for a sign-in, and this is not its answer.'],
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/[.:]?$/, '.')}`

const style = `
:root { color-scheme: light dark; --ink: #1b1b1b; --ground: #fff; --quiet: #5a5a5a; --done: #0b6a2e; --failed: #a4262c }
@media (prefers-color-scheme: dark) {
  :root { --ink: #f0f0f0; --ground: #1b1b1b; --quiet: #b4b4b4; --done: #6ccb8c; --failed: #f1868b }
}
body { margin: 0; padding: 12vh 1.5rem 2rem; background: var(--ground); color: var(--ink);
  font: 1.0625rem/1.5 system-ui, -apple-system, "Segoe UI", sans-serif }
main { max-width: 36rem; margin: 0 auto; overflow-wrap: anywhere }
h1 { margin: 0 0 1rem; font-size: 1.75rem; line-height: 1.2; font-weight: 600 }
.done h1 { color: var(--done) }
.failed h1 { color: var(--failed) }
p { margin: 0 0 .75rem }
p:last-child { color: var(--quiet) }
`

const styleHash = createHash('sha256').update(style).digest('base64')

/** What goes with the page: it is kept nowhere, framed nowhere, and loads and runs nothing. */
export const pageHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  Connection: 'close',
} as const

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const html = (text: string) =>
  safeText(text, { max: 600 }).replace(/[&<>"']/g, (char) => entities[char] as string)

export const renderPage = ({ kind, title, lines }: ResultPage): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(title)} – entra-auth-cli</title>
<style>${style}</style>
</head>
<body>
<main class="${kind}">
<h1>${html(title)}</h1>
${lines.map((line) => `<p>${html(line)}</p>`).join('\n')}
</main>
</body>
</html>
`
