/** The pages of a sign-in. Each is one form that posts an `action`. */
import type { App } from '../app.ts'
import type { Answer } from '../exchange.ts'
import type { User } from '../user.ts'
import { type Html, html, page } from './html.ts'

export interface FormTarget {
  /** Where the forms post to. */
  readonly action: string
  /** Which interaction they go on with. */
  readonly flow: string
}

export function passwordPage(target: FormTarget, app: App, username: string, error?: string): Answer {
  return form(
    'sign-in',
    `Sign in to ${app.name}`,
    target,
    html`${error === undefined ? undefined : html`<p id="error" role="alert">${error}</p>\n`}<p><label for="username">Username</label> <input id="username" name="username" type="text" autocomplete="username" value="${username}"></p>
<p><label for="password">Password</label> <input id="password" name="password" type="password" autocomplete="current-password"></p>
${button('sign-in', 'Sign in')}
${button('cancel', 'Cancel')}`,
  )
}

export function accountsPage(target: FormTarget, app: App, users: readonly User[]): Answer {
  const accounts = users.map(
    (user, index) =>
      html`<p><button id="account-${index}" name="account" value="${user.username}">${user.username}</button></p>\n`,
  )
  return form(
    'accounts',
    `Pick an account for ${app.name}`,
    target,
    html`${accounts}${button('other-account', 'Use another account')}\n${button('cancel', 'Cancel')}`,
  )
}

export function approvalPage(target: FormTarget, user: User): Answer {
  return form(
    'approval',
    'Approve sign in request',
    target,
    html`<p>${user.username}: open your Authenticator app, and approve the request.</p>
${button('approve', 'Approve')}
${button('cancel', 'Cancel')}`,
  )
}

export function consentPage(target: FormTarget, app: App, user: User, scopes: readonly string[]): Answer {
  const items = scopes.map((scope) => html`<li>${scope}</li>\n`)
  return form(
    'consent',
    'Permissions requested',
    target,
    html`<p>${user.username}: the app ${app.name} would like to:</p>
<ul id="scopes">
<li>Sign you in and read your profile</li>
${items}</ul>
${button('accept', 'Accept')}
${button('cancel', 'Cancel')}`,
  )
}

/** Sends parameters on to an app as a POST (OAuth 2.0 Form Post Response Mode), without waiting for the user. */
export function formPostPage(action: string, parameters: URLSearchParams): Answer {
  const inputs = [...parameters].map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`,
  )
  return page(
    'form-post',
    'Working…',
    html`<form method="post" action="${action}">
${inputs}<noscript><button id="continue">Continue</button></noscript>
</form>
<script>document.forms[0].submit()</script>`,
  )
}

export const button = (action: string, label: string): Html =>
  html`<button id="${action}" name="action" value="${action}">${label}</button>`

export function form(name: string, title: string, { action, flow }: FormTarget, body: Html): Answer {
  return page(
    name,
    title,
    html`<form method="post" action="${action}">
<input type="hidden" name="flow" value="${flow}">
${body}
</form>`,
  )
}
