/** The pages where a device's code is entered and confirmed. */
import type { App } from '../app.ts'
import type { Answer } from '../exchange.ts'
import { html } from './html.ts'
import { button, type FormTarget, form } from './sign-in-pages.ts'

export function codePage(target: FormTarget, error?: string): Answer {
  return form(
    'device-code',
    'Enter code to allow access',
    target,
    html`${error === undefined ? undefined : html`<p id="error" role="alert">${error}</p>\n`}<p><label for="user_code">Code</label> <input id="user_code" name="user_code" type="text" autocomplete="off" value=""></p>
${button('next', 'Next')}`,
  )
}

/** Codes are sent to people by attackers too: so it asks whether this is the app they mean. */
export function confirmPage(target: FormTarget, app: App, userCode: string): Answer {
  return form(
    'device-confirm',
    `Are you trying to sign in to ${app.name}?`,
    target,
    html`<p>Only continue if you started this sign-in yourself.</p>
<input type="hidden" name="user_code" value="${userCode}">
${button('continue', 'Continue')}
${button('cancel', 'Cancel')}`,
  )
}
