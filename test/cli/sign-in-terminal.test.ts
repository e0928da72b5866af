/** What a person at a terminal sees when they sign in: a real terminal, in tmux. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPeople, type People } from '../parts/people.ts'
import { describeWith, until } from '../parts/require-part.ts'
import { closeTerminals, openTerminal, type TerminalOptions } from '../parts/terminal.ts'

const token = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/

let people: People
beforeEach(async () => {
  people = await createPeople()
})
afterEach(async () => {
  closeTerminals()
  await people.close()
})

/** The shell around it outlives Ctrl+C, so that the status can be read. */
const open = (command: string, { env = {}, ...options }: Partial<TerminalOptions> = {}) =>
  openTerminal({
    command: `trap : INT; ${command}`,
    env: { ...people.env, ...env },
    cwd: people.home.directory,
    columns: 200,
    ...options,
  })

/** The address that the terminal shows, in one piece. */
const shownUrl = async (terminal: ReturnType<typeof open>) =>
  until('the address', () => /https:\/\/localhost:\d+\/\S+\/authorize\?\S+/.exec(terminal.output())?.[0])

describeWith(['tmux'], 'a person at a terminal', () => {
  test('without a display the address is shown, and the device code offered', async () => {
    await people.createUserProfile('work')
    const terminal = open('entra-auth-cli get-token -p work')
    await terminal.waitFor(/so no browser is opened; sign in here:/)
    await terminal.waitFor(/press Ctrl\+C and use --flow device-code/)
    await people.deliver(await people.visit(await shownUrl(terminal)))
    await terminal.waitFor(token)
    expect(await terminal.status()).toBe(0)
  })

  test('over SSH no browser is opened, even with a display', async () => {
    await people.createUserProfile('work')
    const env = { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22', DISPLAY: 'localhost:10.0' }
    const terminal = open('entra-auth-cli get-token -p work', { env })
    await terminal.waitFor(/this is a remote session \(SSH\), so no browser is opened/)
    terminal.press('C-c')
    await terminal.status()
  })

  test('BROWSER opens the browser, and one that cannot be started is said', async () => {
    await people.createUserProfile('work')
    const good = open('entra-auth-cli get-token -p work', { env: { BROWSER: '/no/such/browser:firefox' } })
    await good.waitFor(token)
    expect(await good.status()).toBe(0)
    const bad = open('entra-auth-cli get-token -p work --prompt login', { env: { BROWSER: 'false' } })
    await bad.waitFor(/the browser could not be opened: open that address yourself/)
    await people.deliver(await people.visit(await shownUrl(bad)))
    expect(await bad.status()).toBe(0)
  })

  test('Ctrl+C ends the wait and closes the port', async () => {
    await people.createUserProfile('work')
    const terminal = open('entra-auth-cli get-token -p work')
    const redirectUri = new URL(await shownUrl(terminal)).searchParams.get('redirect_uri') as string
    expect((await fetch(redirectUri)).status).toBe(400)
    terminal.press('C-c')
    expect(await terminal.status()).toBe(130)
    await expect(fetch(redirectUri)).rejects.toThrow()
  })

  test('a device code: where to go, the code, how long it is good for, and the token', async () => {
    people.entra.tokens.deviceCodeInterval = 1
    await people.createUserProfile('work', ['--flow', 'DeviceCode'])
    const terminal = open('entra-auth-cli get-token -p work --quiet 2>&1 >token.txt')
    await terminal.waitFor(/enter it only if you started this: .* for application \S+ in tenant \S+/)
    await terminal.waitFor(/waiting for the sign-in: the code is good for 14 minutes/)
    const [, uri = '', code = ''] = /open (\S+) and enter the code (\S+)/.exec(terminal.screen()) ?? []
    await people.enterCode(uri, code)
    expect(await terminal.status()).toBe(0)
    expect(readFileSync(join(people.home.directory, 'token.txt'), 'utf8')).toMatch(token)
    // The line that waited is gone.
    expect(terminal.screen()).not.toContain('waiting')
    const { stdout } = await people.cli(['refresh', '-p', 'work'])
    expect(stdout).toMatch(token)
  })

  test('of several accounts one is picked', async () => {
    await people.createUserProfile('work')
    const bob = people.tenant.addUser({ username: 'bob@contoso.onmicrosoft.com' })
    await people.cli(['get-token', '-p', 'work', '--browser', 'firefox'])
    people.inBrowser = async (url) => people.deliver(await people.visit(url, bob))
    await people.cli(['get-token', '-p', 'work', '--browser', 'firefox', '--prompt', 'select_account'])
    const terminal = open('entra-auth-cli get-token -p work | entra-auth-cli inspect --claims')
    await terminal.waitFor(/\? Account .*bob@contoso.onmicrosoft.com.*ada@contoso.onmicrosoft.com/)
    terminal.press('Down', 'Enter')
    await terminal.waitFor(/"preferred_username":"ada@contoso.onmicrosoft.com"/)
    const list = open('entra-auth-cli list-accounts', { columns: 80 })
    expect(await list.status()).toBe(0)
    const lines = list.screen().split('\n')
    expect(lines).toHaveLength(3)
    for (const name of ['bob', 'ada'])
      expect(list.screen()).toContain(`${name}@contoso.onmicrosoft.com  ${people.tenant.id.slice(0, 8)}…`)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
  })

  test('the wizard makes a profile for people, and signs them in', async () => {
    const terminal = open('entra-auth-cli create-profile', { env: { BROWSER: 'firefox' } })
    for (const [question, text] of [
      [/\? Profile name/, 'work'],
      [/\? Tenant/, people.tenant.id],
      [/\? Application \(client\) ID/, people.native.clientId],
    ] as const) {
      await terminal.waitFor(question)
      terminal.type(text)
      terminal.press('Enter')
    }
    await terminal.waitFor(/\? How does the application authenticate\?/)
    terminal.press('Up', 'Enter')
    await terminal.waitFor(
      /\? How does the person sign in\?.*with the browser.*with a code on another device/,
    )
    terminal.press('Enter')
    await terminal.waitFor(/\? What are the tokens for\?/)
    terminal.press('Enter')
    await terminal.waitFor(/\? Get a token now\?/)
    terminal.press('Enter')
    await terminal.waitFor(token)
    const shown = await people.cli(['show-profile', 'work', '-o', 'json'])
    expect(JSON.parse(shown.stdout)).toMatchObject({
      credential: { type: 'none' },
      flow: 'interactive-browser',
    })
  })
})
