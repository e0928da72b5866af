/** A person with a browser that knows no script: follows the pages of a sign-in over plain HTTP. */
import type { TrustingFetch } from './fetch.ts'
import { type Page, parsePage } from './visitor-page.ts'

/** What a browser would bring back to the app. */
export interface Outcome {
  readonly method: 'GET' | 'POST'
  /** The redirect URI, without what the server added to it. */
  readonly redirectUri: string
  readonly parameters: Readonly<Record<string, string>>
}

export interface Person {
  readonly username: string
  readonly password: string
}

export interface Choices {
  /** Presses Cancel on the page of this name. */
  readonly cancelOn?: string
}

export class Visitor {
  readonly #fetch: TrustingFetch
  /** Host and cookie of each server: one cookie is all that ours sets. */
  readonly #cookies = new Map<string, string>()

  constructor(fetch: TrustingFetch) {
    this.#fetch = fetch
  }

  /** Gets a page; redirects are not followed. */
  open(url: string | URL): Promise<Page> {
    return this.#send(new URL(url), 'GET')
  }

  /** Fills in the page's form and presses the button with this id. */
  submit(page: Page, buttonId: string, fields: Readonly<Record<string, string>> = {}): Promise<Page> {
    const button = page.buttons.find(({ id }) => id === buttonId)
    if (!button) throw new Error(`no button ${buttonId} on the page ${page.name}: ${page.text}`)
    const body = new URLSearchParams({ ...page.fields, ...fields })
    if (button.name) body.set(button.name, button.value)
    return this.#send(new URL(page.action, page.url), 'POST', body)
  }

  /** Signs in, approves and accepts, from a URL or a page on, until there is something for the app. */
  async signIn(from: string | URL | Page, person: Person, choices: Choices = {}): Promise<Outcome> {
    const page = await this.passThrough(from, person, choices)
    const outcome = outcomeOf(page)
    if (outcome) return outcome
    throw new Error(`the sign-in ended on the page ${page.name}: ${page.text}`)
  }

  /** As `signIn`, but returns the page at which it ends: the one with the answer, an error or a message. */
  async passThrough(from: string | URL | Page, person: Person, choices: Choices = {}): Promise<Page> {
    let page = from instanceof URL || typeof from === 'string' ? await this.open(from) : from
    // A page that comes again after an error would come for ever.
    for (let steps = 0; steps < 10 && !page.error; steps++) {
      const fill = choices.cancelOn === page.name ? { button: 'cancel' } : answerTo(page, person)
      if (!fill) return page
      page = await this.submit(page, fill.button, fill.fields)
    }
    return page
  }

  /** Enters a device's code at its verification URI, and signs in. Returns the last page. */
  async enterCode(uri: string, code: string, person: Person, choices: Choices = {}): Promise<Page> {
    const page = await this.submit(await this.open(uri), 'next', { user_code: code })
    return this.passThrough(page, person, choices)
  }

  /** Brings the answer to the app, and returns what the app shows. */
  async deliver({ method, redirectUri, parameters }: Outcome): Promise<Response> {
    const body = new URLSearchParams(parameters)
    if (method === 'POST') return fetch(redirectUri, { method, body })
    return fetch(`${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${body}`)
  }

  async #send(url: URL, method: 'GET' | 'POST', body?: URLSearchParams): Promise<Page> {
    const cookie = this.#cookies.get(url.host)
    const response = await this.#fetch(url, {
      method,
      headers: {
        ...(cookie !== undefined && { cookie }),
        ...(body && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(body && { body }),
    })
    const set = response.headers.get('set-cookie')?.split(';')[0]
    if (set !== undefined) this.#cookies.set(url.host, set)
    return parsePage(url, response)
  }
}

/** How a person answers each page. */
function answerTo(page: Page, { username, password }: Person) {
  switch (page.name) {
    case 'sign-in':
      return { button: 'sign-in', fields: { username, password } }
    case 'accounts':
      return { button: page.buttons.find(({ value }) => value === username)?.id ?? 'other-account' }
    case 'approval':
      return { button: 'approve' }
    case 'consent':
      return { button: 'accept' }
    case 'device-confirm':
      return { button: 'continue' }
    default:
      return undefined
  }
}

function outcomeOf(page: Page): Outcome | undefined {
  if (page.name === 'form-post') {
    return { method: 'POST', redirectUri: page.action, parameters: page.fields }
  }
  if (page.location === undefined) return undefined
  const url = new URL(page.location)
  const parameters = Object.fromEntries([...url.searchParams, ...new URLSearchParams(url.hash.slice(1))])
  return { method: 'GET', redirectUri: `${url.origin}${url.pathname}`, parameters }
}
