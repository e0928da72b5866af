/** Reads the server's own pages: one form each, with plain inputs and buttons. */

export interface Button {
  readonly id: string
  readonly name: string
  readonly value: string
}

export interface Page {
  readonly url: URL
  readonly status: number
  /** `sign-in`, `accounts`, `approval`, `consent`, `form-post`, `error`, `message`, or empty. */
  readonly name: string
  /** Where a redirect leads. */
  readonly location: string | undefined
  /** Where the form posts to. */
  readonly action: string
  /** What the form's inputs hold. */
  readonly fields: Readonly<Record<string, string>>
  readonly buttons: readonly Button[]
  /** What the page says is wrong. */
  readonly error: string | undefined
  /** All of its text, without the tags. */
  readonly text: string
}

export async function parsePage(url: URL, response: Response): Promise<Page> {
  const html = await response.text()
  const tags = (name: string) => [...html.matchAll(new RegExp(`<${name} ([^>]*)>`, 'g'))].map(attributes)
  const inputs = tags('input').map(({ name = '', value = '' }) => [name, value])
  return {
    url,
    status: response.status,
    name: /<body data-page="([\w-]+)"/.exec(html)?.[1] ?? '',
    location: response.headers.get('location') ?? undefined,
    action: tags('form')[0]?.action ?? '',
    fields: Object.fromEntries(inputs),
    buttons: tags('button').map(({ id = '', name = '', value = '' }) => ({ id, name, value })),
    error: /<p id="error"[^>]*>(.*?)<\/p>/.exec(html)?.[1]?.replace(/.*/, unescaped),
    text: unescaped(html.replace(/<(style|script|title)>.*?<\/\1>/gs, '').replace(/<[^>]+>/g, ' ')).replace(
      /\s+/g,
      ' ',
    ),
  }
}

function attributes([, text = '']: RegExpMatchArray): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value = '']) => [name, unescaped(value)]),
  )
}

const unescaped = (text: string) => text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
