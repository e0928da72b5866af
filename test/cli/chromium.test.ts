/** People sign in with a real browser: through Entra's pages, to the page that they see at the end. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { startChromium } from '../parts/chromium.ts'
import { createPeople, type People } from '../parts/people.ts'
import { describeWith } from '../parts/require-part.ts'

const token = /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+\n$/
/** Where to leave pictures of the pages, for people who look at them. */
const pictures = process.env.ENTRA_TEST_PICTURES

let people: People
let browser: Browser
let page: Page
/** What the browser complained about. */
let complaints: string[]

const sizes = { narrow: { width: 360, height: 640 }, wide: { width: 1280, height: 800 } }

async function takePictures(name: string): Promise<void> {
  if (pictures === undefined) return
  mkdirSync(pictures, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const)
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize(viewport)
      await page.screenshot({ path: join(pictures, `${name}-${colorScheme}-${size}.png`) })
    }
}

/** Fills in what Entra's pages ask for, until the browser is back on this machine's own page. */
async function goThrough(url: string, press: Readonly<Record<string, string>> = {}): Promise<void> {
  await page.goto(url)
  for (let steps = 0; steps < 6 && !/^http:/.test(page.url()); steps++) {
    const name = (await page.getAttribute('body', 'data-page')) ?? ''
    if (name === 'sign-in') {
      await page.fill('#username', people.user.username)
      await page.fill('#password', people.user.password)
    }
    const usual = { 'sign-in': 'sign-in', consent: 'accept', approval: 'approve', accounts: 'account-0' }[
      name
    ]
    await page.click(`#${press[name] ?? usual}`)
    await page.waitForLoadState()
  }
}

const getToken = (...more: string[]) =>
  people.cli(['get-token', '-p', 'work', '--browser', 'firefox', ...more])

describeWith(['chromium'], 'in Chromium', () => {
  beforeAll(async () => {
    browser = await startChromium()
  }, 60_000)
  afterAll(() => browser?.close())

  beforeEach(async () => {
    people = await createPeople()
    page = await browser.newPage()
    complaints = []
    // The page needs no icon, and has none.
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico'))
        complaints.push(message.text())
    })
  })
  afterEach(async () => {
    await page.context().close()
    await people.close()
  })

  test('a public client: sign-in, consent, and back to the terminal', async () => {
    await people.createUserProfile('work')
    people.inBrowser = (url) => goThrough(url)
    const result = await getToken()
    expect(result).toMatchObject({ status: 0, stdout: expect.stringMatching(token) })
    await page.waitForSelector('h1')
    expect(await page.textContent('h1')).toBe('You are signed in')
    expect(await page.textContent('main')).toContain('go back to the terminal')
    expect(await page.textContent('main')).toContain(people.user.username)
    // The style was not stopped by the page's own policy.
    expect(await page.$eval('main', (main) => getComputedStyle(main).maxWidth)).toBe('576px')
    expect(complaints).toEqual([])
    await takePictures('signed-in')
    // Nothing can be scrolled sideways on a small screen.
    await page.setViewportSize(sizes.narrow)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
  }, 60_000)

  test('a confidential client', async () => {
    const identity = ['--tenant-id', people.tenant.id, '--client-id', people.web.clientId]
    const created = await people.cli(
      ['create-profile', '-n', 'work', ...identity, '-f', 'browser', '--client-secret-stdin'],
      { input: people.webSecret },
    )
    expect(created).toMatchObject({ status: 0 })
    people.inBrowser = (url) => goThrough(url)
    expect(await getToken()).toMatchObject({ status: 0, stdout: expect.stringMatching(token) })
    expect(await page.textContent('h1')).toBe('You are signed in')
  }, 60_000)

  test('consent that is declined: the page and the terminal say so', async () => {
    await people.createUserProfile('work')
    people.inBrowser = (url) => goThrough(url, { consent: 'cancel' })
    const result = await getToken()
    expect(result).toMatchObject({ status: 77, stdout: '' })
    await page.waitForSelector('h1')
    expect(await page.textContent('h1')).toBe('The sign-in failed')
    expect(await page.textContent('main')).toContain('consent was declined')
    await takePictures('declined')
  }, 60_000)

  test('an answer with a wrong state is not taken, and the sign-in still ends well', async () => {
    await people.createUserProfile('work')
    people.inBrowser = async (url) => {
      const redirectUri = new URL(url).searchParams.get('redirect_uri')
      await page.goto(`${redirectUri}/?code=stolen&state=guessed`)
      expect(await page.textContent('h1')).toBe('Nothing to see here')
      await takePictures('wrong-state')
      await goThrough(url)
    }
    expect(await getToken()).toMatchObject({ status: 0, stdout: expect.stringMatching(token) })
    expect(await page.textContent('h1')).toBe('You are signed in')
  }, 60_000)

  test('a code that Entra refuses: the page says what failed', async () => {
    await people.createUserProfile('work')
    people.inBrowser = (url) => {
      people.entra.fault({
        kind: 'json',
        status: 401,
        body: {
          error: 'invalid_client',
          error_description:
            "AADSTS7000218: The request body must contain the following parameter: 'client_assertion'.",
          error_codes: [7000218],
        },
      })
      return goThrough(url)
    }
    expect(await getToken()).toMatchObject({ status: 77 })
    await page.waitForSelector('h1')
    expect(await page.textContent('main')).toContain('AADSTS7000218')
    await takePictures('failed')
  }, 60_000)
})
