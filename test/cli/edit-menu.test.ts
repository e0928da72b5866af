/** The menu of `edit-profile` at a real terminal. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeWith } from '../parts/require-part.ts'
import { closeTerminals, openTerminal } from '../parts/terminal.ts'
import { createWorld, type World } from '../parts/world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
  await world.createProfile('ci')
})
afterEach(async () => {
  closeTerminals()
  await world.close()
})

const menu = /\? What should change\?/
const file = () => readFileSync(join(world.home.directory, '.config/entra-auth-cli/profiles.json'), 'utf8')
const open = (command: string) => openTerminal({ command, env: world.env, cwd: world.home.directory })

describeWith(['tmux'], 'the menu of edit-profile', () => {
  test('shows the values, changes what is chosen, and leaves the rest', async () => {
    const terminal = open('entra-auth-cli edit-profile ci')
    const screen = await terminal.waitFor(menu)
    expect(screen).toContain(`tenant: ${world.tenant.id}`)
    expect(screen).not.toContain(world.secret)
    terminal.press('Enter')
    await terminal.waitFor(/\? Tenant/)
    terminal.press('C-u')
    terminal.type('contoso.onmicrosoft.com')
    terminal.press('Enter')
    await terminal.waitFor(/tenant: contoso\.onmicrosoft\.com/)
    // From the first line up to the last but one: save.
    terminal.press('Up', 'Up', 'Enter')
    expect(await terminal.status()).toBe(0)
    expect(JSON.parse(file()).profiles.ci).toMatchObject({
      tenant: 'contoso.onmicrosoft.com',
      clientId: world.app.clientId,
      credential: { type: 'client-secret', secret: 'file-store' },
    })
    expect((await world.cli(['get-token', '-p', 'ci'])).stdout).toMatch(/^eyJ/)
  })

  test('replaces the secret without showing it', async () => {
    const another = world.app.addSecret('another~secret-of-the-application_123456')
    const terminal = open('entra-auth-cli edit-profile ci')
    await terminal.waitFor(menu)
    terminal.press('Down', 'Down', 'Down', 'Down', 'Enter')
    await terminal.waitFor(/\? How does the application authenticate\?/)
    terminal.press('Enter')
    await terminal.waitFor(/credential: a new secret/)
    terminal.press('Up', 'Up', 'Enter')
    await terminal.waitFor(/\? Client secret/)
    terminal.type(another)
    terminal.press('Enter')
    expect(await terminal.status()).toBe(0)
    expect(terminal.output()).not.toContain(another)
    await world.cli(['get-token', '--force'])
    expect(world.entra.requests.at(-1)?.form?.client_secret).toBe(another)
  })

  test('shows what a profile has: a managed identity has no tenant, a federated one its source', async () => {
    await world.cli(['create-profile', '-n', 'vm', '--managed-identity', 'system'])
    await world.cli(['create-profile', '-n', 'job', ...world.identity, '--federated', 'gitlab'])
    for (const [name, shown] of [
      ['vm', /change\?\s+❯ cloud: public\s+scopes: .*credential: managed identity/s],
      ['job', /change\?\s+❯ tenant: .*credential: federated assertion from gitlab/s],
    ] as const) {
      const terminal = open(`entra-auth-cli edit-profile ${name}`)
      await terminal.waitFor(shown)
      terminal.press('Up', 'Enter')
      expect(await terminal.status()).toBe(0)
    }
  })

  test('opens with --interactive, beside which no flag says what to change', async () => {
    const terminal = open('entra-auth-cli config edit --name ci --interactive')
    await terminal.waitFor(menu)
    terminal.press('Up', 'Enter')
    expect(await terminal.status()).toBe(0)
    const both = open('entra-auth-cli edit-profile ci --interactive --cloud china')
    expect(await both.status()).toBe(64)
    expect(both.screen()).toMatch(/error: --interactive opens the menu/)
  })

  test.each([
    ['left without saving', ['Up', 'Enter'], 0],
    ['left by Ctrl+C', ['C-c'], 130],
  ] as const)('changes nothing when it is %s', async (_, keys, status) => {
    const before = file()
    const terminal = open('entra-auth-cli edit-profile ci')
    await terminal.waitFor(menu)
    terminal.press(...keys)
    expect(await terminal.status()).toBe(status)
    expect(file()).toBe(before)
  })

  test.each([
    ['the tenant', 0, /\? Tenant/],
    ['the client ID', 1, /\? Application \(client\) ID/],
    ['the cloud', 2, /\? Cloud/],
    ['the scopes', 3, /\? Scopes/],
    ['the credential', 4, /\? How does the application authenticate\?/],
  ] as const)(
    'changes nothing when it is left at %s by Ctrl+C, and the terminal echoes',
    async (_, down, prompt) => {
      const before = file()
      const terminal = open('entra-auth-cli edit-profile ci; echo status=$?; stty -a')
      await terminal.waitFor(menu)
      terminal.press(...Array.from({ length: down }, () => 'Down'), 'Enter')
      await terminal.waitFor(prompt)
      terminal.press('C-c')
      expect(await terminal.status()).toBe(0)
      expect(terminal.screen()).toMatch(/status=130/)
      expect(terminal.screen()).toMatch(/(?<!-)\becho\b/)
      expect(file()).toBe(before)
    },
  )

  test('changes nothing when it is left at the new secret by Ctrl+C, and the terminal echoes', async () => {
    const before = file()
    const terminal = open('entra-auth-cli edit-profile ci; echo status=$?; stty -a')
    await terminal.waitFor(menu)
    terminal.press('Down', 'Down', 'Down', 'Down', 'Enter')
    await terminal.waitFor(/\? How does the application authenticate\?/)
    terminal.press('Enter')
    await terminal.waitFor(/credential: a new secret/)
    terminal.press('Up', 'Up', 'Enter')
    await terminal.waitFor(/\? Client secret/)
    terminal.type('half-a-secret')
    terminal.press('C-c')
    expect(await terminal.status()).toBe(0)
    expect(terminal.screen()).toMatch(/status=130/)
    expect(terminal.screen()).toMatch(/(?<!-)\becho\b/)
    expect(terminal.output()).not.toContain('half-a-secret')
    expect(file()).toBe(before)
  })
})
