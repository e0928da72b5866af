/** Making keys as a person does: the spinner, the questions, and Ctrl+C. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../parts/cli.ts'
import { describeWith } from '../parts/require-part.ts'
import { closeTerminals, openTerminal } from '../parts/terminal.ts'
import { createWorld, type World } from '../parts/world.ts'

const password = 'correct horse battery'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(async () => {
  closeTerminals()
  await world.close()
})

const at = (name: string) => join(world.home.directory, name)
const open = (command: string, env = {}) =>
  openTerminal({ command, env: { ...world.env, ...env }, cwd: world.home.directory, columns: 160 })

const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'

describeWith(['tmux', 'openssl'], 'on a terminal', () => {
  test('a spinner says what takes its time, and nothing of it stays', async () => {
    const terminal = open('entra-auth-cli cert generate --out app.pem --key-size 4096')
    expect(await terminal.status()).toBe(0)
    expect(terminal.output()).toContain('Making an RSA key of 4096 bits')
    expect(terminal.output().lastIndexOf(showCursor)).toBeGreaterThan(
      terminal.output().lastIndexOf(hideCursor),
    )
    expect(terminal.screen()).toMatch(/^subject +CN=app\n/)
    expect(terminal.screen()).not.toContain('Making')
  })

  test.each([
    ['--quiet', {}],
    ['', { TERM: 'dumb' }],
    ['', { CI: 'true' }],
  ])('there is none with "%s" and %j', async (flag, env) => {
    const terminal = open(`entra-auth-cli cert generate --out app.pem --key-size 4096 ${flag}`, env)
    expect(await terminal.status()).toBe(0)
    expect(terminal.output()).not.toContain('Making')
    expect(terminal.output()).not.toContain(hideCursor)
  })

  test('Ctrl+C while it turns leaves a clean screen and no file', async () => {
    // The shell hears Ctrl+C too, and must not go. A key may be found before the key press arrives: then once more.
    for (let attempt = 0; attempt < 20; attempt++) {
      const terminal = open('trap : INT; entra-auth-cli cert generate --out app.pem --key-size 4096')
      await terminal.waitFor(/Making an RSA key|subject/)
      terminal.press('C-c')
      const status = await terminal.status()
      if (status === 130) {
        expect(terminal.screen()).toMatch(/^(\^C)?$/)
        const written = terminal.output()
        expect(written.lastIndexOf(showCursor)).toBeGreaterThan(written.lastIndexOf(hideCursor))
        return expect(
          readdirSync(world.home.directory).filter((name) => /\.(tmp|pem|crt)$/.test(name)),
        ).toEqual([])
      }
      expect(status).toBe(0)
      for (const name of ['app.pem', 'app.crt']) rmSync(at(name))
      terminal.close()
    }
    throw new Error('every key was found at once')
  }, 120_000)

  test('the password of a PFX is asked for, twice, and not shown', async () => {
    const terminal = open('entra-auth-cli cert generate --out app.pfx --key-size 2048')
    for (const question of [/Password for the new key/, /The same again/]) {
      await terminal.waitFor(question)
      terminal.type(password)
      terminal.press('Enter')
    }
    expect(await terminal.status()).toBe(0)
    expect(terminal.output()).not.toContain(password)
    const read = ['pkcs12', '-in', 'app.pfx', '-passin', `pass:${password}`, '-noout']
    const options = { env: world.env, cwd: world.home.directory }
    expect(await run('openssl', read, options)).toMatchObject({ status: 0 })
  })

  test('two passwords that differ make nothing', async () => {
    const terminal = open('entra-auth-cli cert generate --out app.pem --ask-password')
    await terminal.waitFor(/Password for the new key/)
    terminal.type('one')
    terminal.press('Enter')
    await terminal.waitFor(/The same again/)
    terminal.type('another')
    terminal.press('Enter')
    expect(await terminal.status()).toBe(64)
    expect(terminal.screen()).toContain('error: the two passwords differ')
    expect(existsSync(at('app.pem'))).toBe(false)
  })

  test.each([
    ['n', 'client-secret'],
    ['y', 'certificate'],
  ])('it asks before a credential is replaced: "%s"', async (answer, type) => {
    await world.createProfile('ci')
    const terminal = open('entra-auth-cli cert generate --profile ci --key-size 2048')
    await terminal.waitFor(/Replace the client secret of ci\? Tokens stop until .* \(y\/N\)/)
    terminal.type(answer)
    terminal.press('Enter')
    expect(await terminal.status()).toBe(0)
    const { profiles } = JSON.parse(readFileSync(at('.config/entra-auth-cli/profiles.json'), 'utf8'))
    expect(profiles.ci.credential.type).toBe(type)
    if (answer === 'n') expect(terminal.screen()).toContain('nothing changed')
  })
})
