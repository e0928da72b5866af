/** The pages of a sign-in in a real browser: labels, buttons, scripts and cookies. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Browser, Page } from 'playwright-core'
import { startChromium } from '../parts/chromium.ts'
import { describeWith } from '../parts/require-part.ts'
import { encoded, entra, fetch, tenant } from './fixture.ts'
import { authorizeUrl, nativeApp, user } from './fixture-user.ts'

describeWith(['chromium'], 'in Chromium', () => {
  let browser: Browser
  let page: Page
  let app: Server
  let redirectUri: string
  let received: { method: string; parameters: URLSearchParams }[]

  beforeAll(async () => {
    browser = await startChromium()
    // What a command line tool does while people sign in.
    app = createServer(async (request, response) => {
      const { method = '', url = '' } = request
      const query = url.split('?')[1] ?? ''
      const parameters = new URLSearchParams(method === 'POST' ? await text(request) : query)
      if (parameters.size > 0) received.push({ method, parameters })
      response.end('Signed in')
    }).listen(0, '127.0.0.1')
    await once(app, 'listening')
    redirectUri = `http://localhost:${(app.address() as AddressInfo).port}`
  })

  afterAll(async () => {
    await browser.close()
    app.close()
  })

  beforeEach(async () => {
    received = []
    page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage()
  })

  afterEach(() => page.context().close())

  async function signIn() {
    await page.getByLabel('Username').fill(user.username)
    await page.getByLabel('Password').fill(user.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }

  test.each(['query', 'form_post'])('a sign-in, answered by %s, then a silent one', async (mode) => {
    user.mfa = true
    await page.goto(authorizeUrl({ redirect_uri: redirectUri, response_mode: mode }).href)
    await signIn()
    await page.getByRole('button', { name: 'Approve' }).click()
    expect(await page.locator('#scopes').textContent()).toContain('User.Read')
    await page.getByRole('button', { name: 'Accept' }).click()
    await page.getByText('Signed in').waitFor()
    await page.goto(authorizeUrl({ redirect_uri: redirectUri, response_mode: mode, prompt: 'none' }).href)
    await page.getByText('Signed in').waitFor()
    const method = mode === 'query' ? 'GET' : 'POST'
    expect(received.map((one) => one.method)).toEqual([method, method])
    for (const { parameters } of received) {
      expect(parameters.get('code')).toMatch(/^1\./)
      expect(parameters.get('state')).toBe('the state')
    }
  })

  test('a wrong password is said, and the name is kept', async () => {
    await page.goto(authorizeUrl().href)
    await page.getByLabel('Username').fill(user.username)
    await page.getByLabel('Password').fill('wrong')
    await page.keyboard.press('Enter')
    expect(await page.getByRole('alert').textContent()).toMatch(/^AADSTS50126/)
    expect(await page.getByLabel('Username').inputValue()).toBe(user.username)
  })

  test('a device code', async () => {
    const { clientId } = nativeApp
    const response = await fetch(`${entra.authorityHost}/${tenant.id}/oauth2/v2.0/devicecode`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: encoded({ client_id: clientId, scope: 'User.Read' }),
    })
    const device = (await response.json()) as { verification_uri: string; user_code: string }
    await page.goto(device.verification_uri)
    await page.getByLabel('Code').fill(device.user_code)
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('button', { name: 'Continue' }).click()
    await signIn()
    await page.getByRole('button', { name: 'Accept' }).click()
    await page.getByText('You may now close this window').waitFor()
    expect(entra.deviceCodes.latest?.state).toBe('approved')
  })
})
