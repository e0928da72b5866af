/** What a person at a terminal sees and is asked: a real terminal, in tmux. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cli, run } from '../parts/cli.ts'
import { describeWith } from '../parts/require-part.ts'
import { closeTerminals, openTerminal, type Terminal, type TerminalOptions } from '../parts/terminal.ts'
import { addCertificate, createWorld, type World } from '../parts/world.ts'

const token = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(async () => {
  closeTerminals()
  await world.close()
})

const open = (command: string, options: Partial<TerminalOptions> = {}) =>
  openTerminal({ command, env: world.env, cwd: world.home.directory, ...options })

const profilesPath = () => join(world.home.directory, '.config/entra-auth-cli/profiles.json')
const profiles = () => JSON.parse(readFileSync(profilesPath(), 'utf8')).profiles

/** Everything in the home but what `createHome` made and the code that V8 compiled. */
const written = () =>
  readdirSync(world.home.directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.cache/entra-auth-cli/code'))
    .map((entry) => entry.name)

async function answer(terminal: Terminal, question: RegExp, text: string): Promise<void> {
  await terminal.waitFor(question)
  if (text !== '') terminal.type(text)
  terminal.press('Enter')
}

const name = /\? Profile name/
const tenant = /\? Tenant \(ID or domain\)/
const clientId = /\? Application \(client\) ID/
const credential = /\? How does the application authenticate\?/
const secret = /\? Client secret/
const scopes = /\? What are the tokens for\?/
const getToken = /\? Get a token now\? \(Y\/n\)/

describeWith(['tmux'], 'the wizard of create-profile', () => {
  test.each([80, 20])(
    'makes a profile and gets a token, and never shows the secret (%i columns)',
    async (columns) => {
      const terminal = open('entra-auth-cli create-profile', { columns })
      await answer(terminal, name, 'ci')
      await answer(terminal, tenant, 'contoso.onmicrosoft.com')
      await answer(terminal, clientId, world.app.clientId)
      await answer(terminal, credential, '')
      await terminal.waitFor(secret)
      // In two steps, so that a screen with half of it would be seen.
      terminal.type(world.secret.slice(0, 20))
      terminal.type(world.secret.slice(20))
      terminal.press('Enter')
      await terminal.waitFor(scopes)
      terminal.press('Down', 'Enter')
      await answer(terminal, getToken, '')
      expect(await terminal.status()).toBe(0)
      const screen = terminal.screen()
      expect(screen.split('\n').at(-1)).toMatch(token)
      expect(profiles()).toEqual({
        ci: {
          tenant: 'contoso.onmicrosoft.com',
          clientId: world.app.clientId,
          scopes: ['https://management.azure.com/.default'],
          credential: { type: 'client-secret', secret: 'file-store' },
        },
      })
      for (let at = 0; at + 6 <= world.secret.length; at++) {
        expect(screen).not.toContain(world.secret.slice(at, at + 6))
        expect(terminal.output()).not.toContain(world.secret.slice(at, at + 6))
      }
    },
  )

  test('asks only what the flags leave open', async () => {
    const terminal = open(
      `entra-auth-cli create-profile --tenant-id ${world.tenant.id} --client-secret-env SECRET --scope User.Read`,
      { env: { ...world.env, SECRET: world.secret } },
    )
    await answer(terminal, name, 'ci')
    await answer(terminal, clientId, world.app.clientId)
    await answer(terminal, getToken, 'n')
    expect(await terminal.status()).toBe(0)
    const questions = terminal.screen().match(/✔ [^?]*?(?= \w+-|\? | ci)/g)
    expect(questions).toHaveLength(3)
    expect(terminal.screen()).toMatch(/get a token: entra-auth-cli get-token -p ci$/)
    expect(profiles().ci.scopes).toEqual(['User.Read'])
  })

  test('asks with --interactive, and with --non-interactive says what is missing', async () => {
    const asking = open('entra-auth-cli config create --interactive')
    await asking.waitFor(name)
    asking.press('C-c')
    expect(await asking.status()).toBe(130)
    const silent = open('entra-auth-cli config create --non-interactive -p ci')
    expect(await silent.status()).toBe(64)
    expect(silent.screen()).toMatch(/--tenant-id and --client-id are missing/)
    expect(silent.screen()).not.toMatch(/\?/)
  })

  test('asks nothing when the flags say everything', async () => {
    const terminal = open(
      `entra-auth-cli create-profile -n ci ${world.identity.join(' ')} --client-secret-env SECRET`,
      { env: { ...world.env, SECRET: world.secret } },
    )
    expect(await terminal.status()).toBe(0)
    expect(terminal.screen()).not.toContain('?')
  })

  test('says what is wrong with an answer, and asks again', async () => {
    await world.createProfile('taken')
    const terminal = open('entra-auth-cli create-profile')
    const correct = async (wrong: string, fault: RegExp, text: string) => {
      terminal.type(wrong)
      terminal.press('Enter')
      await terminal.waitFor(fault)
      terminal.press('C-u')
      terminal.type(text)
      terminal.press('Enter')
    }
    await terminal.waitFor(name)
    await correct('TAKEN', /There is a profile of that name already/, 'ci')
    await terminal.waitFor(tenant)
    await correct('contoso', /It must be a tenant ID \(a GUID\) or a domain/, ` ${world.tenant.id} `)
    await terminal.waitFor(clientId)
    await correct('1234', /It must be an application \(client\) ID: a GUID/, world.app.clientId)
    await terminal.waitFor(credential)
    terminal.press('Down', 'Enter')
    await terminal.waitFor(/\? Certificate file/)
    await correct('missing.pem', /There is no such file/, '/')
    await terminal.waitFor(/\? Private key file/)
    terminal.press('C-c')
    expect(await terminal.status()).toBe(130)
    expect(Object.keys(profiles())).toEqual(['taken'])
  })

  test('wants a secret that is not empty', async () => {
    const terminal = open(`entra-auth-cli create-profile -n ci ${world.identity.join(' ')}`)
    await answer(terminal, credential, '')
    await answer(terminal, secret, '')
    await terminal.waitFor(/must not be empty/)
  })

  test('asks the password of an encrypted key, without showing it, and keeps it for later', async () => {
    const { certificatePath, privateKeyPath } = await addCertificate(world)
    const encrypted = join(world.home.directory, 'encrypted.pem')
    const encrypt = [
      'pkey',
      '-in',
      privateKeyPath,
      '-aes256',
      '-passout',
      'pass:correct horse',
      '-out',
      encrypted,
    ]
    await run('openssl', encrypt, { env: world.env })
    const terminal = open(`entra-auth-cli create-profile -n app ${world.identity.join(' ')}`)
    await terminal.waitFor(credential)
    terminal.press('Down', 'Enter')
    await answer(terminal, /\? Certificate file/, certificatePath)
    await answer(terminal, /\? Private key file \(empty: in the certificate file\)/, 'encrypted.pem')
    await answer(terminal, /\? Password of \S+encrypted\.pem/, 'correct horse')
    await answer(terminal, scopes, '')
    await answer(terminal, getToken, '')
    expect(await terminal.status()).toBe(0)
    expect(terminal.screen()).toMatch(token)
    expect(terminal.output()).not.toContain('horse')
    expect(profiles().app.credential).toEqual({
      type: 'certificate',
      certificatePath,
      privateKeyPath: encrypted,
      password: 'file-store',
    })
    expect(await world.cli(['get-token', '--no-cache'])).toMatchObject({ status: 0, stderr: '' })
  })

  test('takes another scope than the usual ones', async () => {
    const terminal = open(
      `entra-auth-cli create-profile -n ci ${world.identity.join(' ')} --client-secret-ref env:SECRET`,
    )
    // With a name and a credential there is nothing open that must be known.
    expect(await terminal.status()).toBe(0)
    const asking = open(`entra-auth-cli create-profile -n other ${world.identity.join(' ')}`)
    await answer(asking, credential, '')
    await answer(asking, secret, 'x')
    await asking.waitFor(scopes)
    asking.press('Up', 'Enter')
    await answer(asking, /\? Scope/, `api://${world.app.clientId}/.default`)
    await answer(asking, getToken, 'n')
    expect(await asking.status()).toBe(0)
    expect(profiles().other.scopes).toEqual([`api://${world.app.clientId}/.default`])
  })
})

describeWith(['tmux'], 'a prompt that is left', () => {
  const leaving = "; echo status=$?; stty -a | grep -o -- ' -\\?echo '"

  test.each<[string, RegExp[], string]>([
    ['at the name', [], ''],
    ['at the tenant', [name], 'ci'],
    ['at the client ID', [name, tenant], 'contoso.onmicrosoft.com'],
    ['at the credential', [name, tenant, clientId], ''],
    ['at the secret', [name, tenant, clientId, credential], ''],
    ['at the scopes', [name, tenant, clientId, credential, secret], ''],
  ])('%s by Ctrl+C: nothing is written, and the terminal echoes again', async (_, before) => {
    const terminal = open(`entra-auth-cli create-profile${leaving}`)
    const answers = ['ci', 'contoso.onmicrosoft.com', world.app.clientId, '', 'a secret']
    const questions = [name, tenant, clientId, credential, secret, scopes]
    for (const [index, question] of before.entries())
      await answer(terminal, question, answers[index] as string)
    await terminal.waitFor(questions[before.length] as RegExp)
    terminal.press('C-c')
    await terminal.status()
    expect(terminal.screen()).toMatch(/status=130\n echo\s*$/)
    expect(written()).toEqual([])
  })

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('by %s at the secret: the terminal echoes again', async (signal, status) => {
    const script = `echo $$ > pid; exec entra-auth-cli create-profile -n ci ${world.identity.join(' ')}`
    const terminal = open(`bash -c '${script}'${leaving}`)
    await answer(terminal, credential, '')
    await terminal.waitFor(secret)
    process.kill(Number(readFileSync(join(world.home.directory, 'pid'), 'utf8')), signal)
    await terminal.status()
    expect(terminal.screen()).toMatch(new RegExp(`status=${status}\\n echo\\s*$`))
    expect(existsSync(profilesPath())).toBe(false)
  })

  test('when the time is up: the terminal echoes again', async () => {
    const identity = world.identity.join(' ')
    const terminal = open(`entra-auth-cli create-profile -n ci ${identity} --timeout 1s${leaving}`)
    await answer(terminal, credential, '')
    await terminal.status()
    expect(terminal.screen()).toMatch(
      /\? Client secret[\s\S]*not finished after 1 s[\s\S]*status=124\n echo\s*$/,
    )
    expect(existsSync(profilesPath())).toBe(false)
  })

  test('by the end of input: nothing is written', async () => {
    const terminal = open(`entra-auth-cli create-profile${leaving}`)
    await terminal.waitFor(name)
    terminal.press('C-d')
    await terminal.status()
    expect(terminal.screen()).toMatch(/status=(130|1)\n echo\s*$/)
    expect(written()).toEqual([])
  })
})

describeWith(['tmux'], 'get-token on a terminal', () => {
  test('shows the profiles to choose from, and a script captures the token alone', async () => {
    await world.createProfile('first', ['--quiet'])
    await world.createProfile('second')
    await world.createProfile('third', ['--scope', 'https://vault.azure.net/.default'])
    await world.cli(['delete-profile', 'first', '--yes'])
    const terminal = open('TOKEN=$(entra-auth-cli get-token); echo "captured: $TOKEN"')
    const screen = await terminal.waitFor(/\? Profile .*❯ second .*client secret third .*client secret/)
    expect(screen).not.toContain('captured')
    terminal.press('Down', 'Enter')
    expect(await terminal.status()).toBe(0)
    const captured = /captured: (\S+)$/.exec(terminal.screen())?.[1] ?? ''
    expect(captured).toMatch(new RegExp(`^${token.source}$`))
    expect(await world.cli(['get-token', '-p', 'third'])).toMatchObject({ stdout: `${captured}\n` })
    expect(await world.cli(['get-token'])).toMatchObject({ status: 64, stdout: '' })
  })

  test('finds a profile among many by what is typed, and asks nobody who leaves by Ctrl+C', async () => {
    await world.createProfile('ci', ['--quiet'])
    await world.createProfile('gone', ['--default'])
    for (let index = 0; index < 12; index++) await world.cli(['copy-profile', 'ci', `team-${index}`])
    await world.cli(['delete-profile', 'gone', '--yes'])
    const before = written()
    const leaving = open('entra-auth-cli get-token; echo status=$?; stty -a')
    const screen = await leaving.waitFor(/\? Profile .*❯ ci/)
    expect(screen.match(/client secret/g)).toHaveLength(10)
    leaving.press('C-c')
    expect(await leaving.status()).toBe(0)
    expect(leaving.screen()).toMatch(/status=130/)
    expect(leaving.screen()).toMatch(/(?<!-)\becho\b/)
    expect(written()).toEqual(before)
    const terminal = open('entra-auth-cli show-profile; entra-auth-cli show-profile TEAM-7 | head -1')
    await terminal.waitFor(/\? Profile .*❯ ci/)
    terminal.type('M-7')
    await terminal.waitFor(/❯ team-7/)
    terminal.press('Enter')
    expect(await terminal.status()).toBe(0)
    expect(terminal.screen().match(/team-7/g)?.length).toBeGreaterThanOrEqual(3)
  }, 30_000)

  test('asks nothing when its standard input is no terminal', async () => {
    const terminal = open('entra-auth-cli create-profile < /dev/null')
    expect(await terminal.status()).toBe(64)
    const piped = open('echo | entra-auth-cli create-profile')
    expect(await piped.status()).toBe(64)
  })
})

describeWith(['tmux'], 'delete-profile on a terminal', () => {
  test.each<[string, string, boolean]>([
    ['Enter alone', '', true],
    ['n', 'n', true],
    ['y', 'y', false],
  ])('asks, and after %s', async (_, text, stays) => {
    await world.createProfile('ci')
    const terminal = open('entra-auth-cli delete-profile CI')
    await answer(terminal, /\? Delete ci, its secrets and its cached tokens\? \(y\/N\)/, text)
    expect(await terminal.status()).toBe(0)
    expect(Object.keys(profiles())).toEqual(stays ? ['ci'] : [])
    expect(terminal.screen()).toContain(stays ? 'nothing deleted' : 'profile ci deleted')
  })
})

describeWith(['tmux'], 'delete-profile without a name', () => {
  test('lets a person choose, and still asks', async () => {
    await world.createProfile('ci')
    await world.createProfile('other')
    const terminal = open('entra-auth-cli config delete')
    await terminal.waitFor(/\? Profile .*❯ ci/)
    terminal.press('Down', 'Enter')
    await answer(terminal, /\? Delete other, its secrets and its cached tokens\?/, 'y')
    expect(await terminal.status()).toBe(0)
    expect(Object.keys(profiles())).toEqual(['ci'])
  })

  test('is an error without a terminal or without profiles', async () => {
    expect(await world.cli(['delete-profile'])).toMatchObject({ status: 64, stdout: '' })
    expect(await open('entra-auth-cli delete-profile').status()).toBe(64)
  })
})

describeWith(['tmux'], 'colours', () => {
  // A colour of the foreground; bold and dim are none.
  const esc = String.fromCharCode(27)
  const colour = new RegExp(`${esc}\\[(?:[\\d;]*;)?(?:3[0-8]|9[0-7])(?:;[\\d;]*)?m`)

  test('are on a terminal, and nowhere else', async () => {
    await world.createProfile('ci')
    const terminal = open('entra-auth-cli inspect -p ci')
    expect(await terminal.status()).toBe(0)
    expect(terminal.output()).toMatch(colour)
    const piped = open(
      'entra-auth-cli inspect -p ci | cat; entra-auth-cli inspect -p ci 2>&1 > file; cat file',
    )
    expect(await piped.status()).toBe(0)
    expect(piped.output()).not.toMatch(colour)
    expect((await world.cli(['inspect', '-p', 'ci'])).stdout).not.toContain('\u001b')
  })

  test.each([
    ['NO_COLOR=1', ''],
    ['--no-color', '--no-color'],
    ['TERM=dumb', ''],
  ])('are off with %s: in reports, questions, errors and help', async (setting, flag) => {
    await world.createProfile('ci')
    const prefix = setting.includes('=') ? `env ${setting} ` : ''
    for (const command of [
      `inspect -p ci ${flag}`,
      `list-profiles ${flag}`,
      `get-token -p nobody ${flag}`,
      `get-token --help ${flag}`,
    ]) {
      const terminal = open(`${prefix}entra-auth-cli ${command}`)
      await terminal.status()
      expect([command, colour.exec(terminal.output())]).toEqual([command, null])
    }
    if (setting === 'TERM=dumb') return // a question is drawn by moving the cursor, which it cannot
    const terminal = open(`${prefix}entra-auth-cli create-profile ${flag}`)
    await terminal.waitFor(name)
    expect(terminal.output()).not.toMatch(colour)
  })
})

describe('on 80 columns', () => {
  test.each([
    '',
    ...[
      'create-profile',
      'delete-profile',
      'get-token',
      'inspect',
      'list-profiles',
      'refresh',
      'show-profile',
    ],
    ...['use-profile', 'cache', 'cache clear', 'cache list', 'config', 'config create'],
  ])('the help of "%s" fits; only commands to copy may be longer', async (command) => {
    const { status, stdout } = await cli([...String(command).split(' ').filter(Boolean), '--help'], {
      env: world.env,
    })
    expect(status).toBe(0)
    const long = stdout
      .split('\n')
      .slice(command === '' ? 1 : 0)
      .filter((line) => [...line].length > 80 && !/^ {2}(\$ |curl |TOKEN=)/.test(line))
    expect(long).toEqual([])
  })

  test('the report of a token fits', async () => {
    await world.createProfile('ci')
    const { stdout } = await world.cli(['inspect', '-p', 'ci'])
    const long = stdout.split('\n').filter((line) => [...line].length > 80 && !/\S{50}/.test(line))
    expect(long).toEqual([])
  })
})
