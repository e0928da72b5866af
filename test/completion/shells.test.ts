/** What bash, zsh and fish offer with the scripts that `autocomplete` prints. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cloudNames } from '../../src/cloud/clouds.ts'
import { commands } from '../../src/commands.ts'
import { tokenFormatNames } from '../../src/output/formats.ts'
import { flows } from '../../src/profiles/profile.ts'
import { sourceNames } from '../../src/profiles/rules.ts'
import { cli, createHome, type Home } from '../parts/cli.ts'
import { describeWith } from '../parts/require-part.ts'
import { closeTerminals, openTerminal } from '../parts/terminal.ts'
import { askShell } from './ask-shell.ts'

const names = ['ci', 'Prod.eu', 'prod-us', 'staging_2']
const profile = {
  tenant: 'contoso.onmicrosoft.com',
  clientId: '00000000-0000-4000-8000-000000000000',
  credential: { type: 'client-secret', secret: 'keychain' },
}

let home: Home
beforeEach(() => {
  home = createHome()
})
afterEach(() => {
  closeTerminals()
  home.remove()
})

const configFile = () => join(home.directory, '.config/entra-auth-cli/profiles.json')

function keep(text: string): void {
  mkdirSync(join(home.directory, '.config/entra-auth-cli'), { recursive: true, mode: 0o700 })
  writeFileSync(configFile(), text, { mode: 0o600 })
}

const keepProfiles = (all: readonly string[]) =>
  keep(JSON.stringify({ version: 1, profiles: Object.fromEntries(all.map((name) => [name, profile])) }))

/** Some shells offer the whole word, others what stands behind the sign. */
const values = (words: readonly string[] = []) =>
  words.map((word) => word.replace(/^(--[\w-]+=|-p(?=\w))/, '')).sort()

const spoken = (id: string) => id.replaceAll(':', ' ')

/** Every command in each of its spellings, with its flags. */
async function everyCommand() {
  const every: { readonly paths: string[]; readonly flags: string[] }[] = []
  for (const [id, load] of Object.entries(commands)) {
    const command = (await load()).default
    const flags = { ...command.baseFlags, ...command.flags } as Record<string, { hidden?: boolean }>
    const shown = Object.entries(flags).filter(([, { hidden }]) => !hidden)
    every.push({
      paths: [id, ...(command.aliases ?? [])].map(spoken),
      flags: shown.map(([name]) => `--${name}`),
    })
  }
  return every
}

describe.each(['bash', 'zsh', 'fish'] as const)('%s', (shell) => {
  const ask = async (line: string) => values((await askShell[shell]([line], home))[0])

  describeWith(shell === 'zsh' ? ['tmux', 'zsh'] : shell === 'fish' ? ['fish'] : [], 'offers', () => {
    test('every command and every flag there is', async () => {
      const every = await everyCommand()
      const paths = every.flatMap((command) => command.paths)
      const above = [...new Set(paths.map((path) => path.split(' ').slice(0, -1).join(' ')))]
      const lines = [
        ...above.map((path) => `entra-auth-cli ${path}${path && ' '}`),
        ...paths.map((path) => `entra-auth-cli ${path} --`),
      ]
      const offered = await askShell[shell](lines, home)
      for (const [index, path] of above.entries()) {
        const below = paths.filter((one) => one.startsWith(path && `${path} `))
        const next = new Set(below.map((one) => one.slice(path === '' ? 0 : path.length + 1).split(' ')[0]))
        expect([path, offered[index]?.toSorted()]).toEqual([path, [...next].sort()])
      }
      for (const [index, path] of paths.entries()) {
        const { flags = [] } = every.find((command) => command.paths.includes(path)) ?? {}
        const found = offered[above.length + index]?.filter((word) => word.startsWith('--'))
        expect([path, found?.toSorted()]).toEqual([path, [...flags, '--help'].sort()])
      }
    }, 60_000)

    test('names and values where they belong', async () => {
      keepProfiles(names)
      const expected: readonly (readonly [string, readonly string[]])[] = [
        ['get-token -p ', names],
        ['get-token --profile=', names],
        ['get-token -o json -p pr', ['Prod.eu', 'prod-us']],
        ['get-token -p Prod.', ['Prod.eu']],
        ['get-token -p PROD.E', ['Prod.eu']],
        ['get-token --authority-host https://host:443 -p st', ['staging_2']],
        ['get-token --profile=c', ['ci']],
        ['get-token -pc', ['ci']],
        ['config show ', names],
        ['show-profile s', ['staging_2']],
        ['use-profile ', names],
        ['copy-profile ci ', []],
        ['delete-profile --yes ', names],
        ['cache clear -p ', names],
        ['inspect --profile c', ['ci']],
        ['get-token --output ', tokenFormatNames],
        ['get-token --output=', tokenFormatNames],
        ['get-token --output=ya', ['yaml']],
        ['get-token -o j', ['json']],
        ['config create --cloud ', cloudNames],
        ['get-token --tenant x --flow ', flows],
        ['federation show --federated ', sourceNames],
        ['create-profile --managed-identity ', ['system']],
        ['autocomplete ', ['bash', 'zsh', 'fish', 'powershell']],
        ['create-profile --name ', []],
        ['no-such-command ', []],
      ]
      const offered = await askShell[shell](
        expected.map(([line]) => `entra-auth-cli ${line}`),
        home,
      )
      for (const [index, [line, wanted]] of expected.entries()) {
        const got = values(offered[index])
        expect([line, got]).toEqual([line, [...wanted].sort()])
      }
    }, 60_000)

    test('files where a file is wanted, and nowhere else', async () => {
      writeFileSync(join(home.directory, 'part.pem'), '')
      keepProfiles(['part'])
      const lines = ['create-profile --certificate-path pa', 'get-token --file=pa', 'get-token -p pa']
      const offered = await askShell[shell](
        lines.map((line) => `entra-auth-cli ${line}`),
        home,
      )
      // zsh and readline may leave the rest of a name to their own way of completing files.
      expect(offered.map((words) => values(words))).toEqual([['part.pem'], ['part.pem'], ['part']])
    })

    test('no name that could be code, and others beside it', async () => {
      keepProfiles(['ci', '$(touch pwned)', 'a;touch pwned', '`touch pwned`', '../x', '-rf', 'x\ny', "it's"])
      expect(await ask('entra-auth-cli get-token -p ')).toEqual(['ci'])
      expect(existsSync(join(home.directory, 'pwned'))).toBe(false)
    })

    test.each([
      ['absent', undefined],
      ['not JSON', '{"profiles":'],
      ['of another shape', '[1]'],
      ['without profiles', '{}'],
    ])('nothing, without a word, when the file is %s', async (_, text) => {
      if (text === undefined) rmSync(configFile(), { force: true })
      else keep(text)
      expect(await ask('entra-auth-cli get-token -p ')).toEqual([])
    })
  })
})

describeWith(['tmux'], 'a person at bash', () => {
  test.each([
    ['get-token -p P', 'get-token -p Prod.eu'],
    ['get-token --profile=C', 'get-token --profile=ci'],
    ['get-token --outp', 'get-token --output'],
    ['get-token --output=j', 'get-token --output=json'],
    ['get-token --file part', 'get-token --file part.pem'],
    ['cac', 'cache'],
    ['cache cl', 'cache clear'],
  ])('who types %s and presses Tab gets %s', async (typed, completed) => {
    keepProfiles(['ci', 'Prod.eu'])
    writeFileSync(join(home.directory, 'part.pem'), '')
    const rcfile = join(home.directory, 'rc')
    writeFileSync(rcfile, "source <(entra-auth-cli autocomplete bash); PS1='ready> '\n")
    const command = `exec bash --rcfile ${rcfile} -i`
    const terminal = openTerminal({ command, env: home.env, cwd: home.directory })
    await terminal.waitFor(/ready>/)
    terminal.type(`entra-auth-cli ${typed}`)
    terminal.press('Tab')
    const escaped = completed.replace(/[.]/g, '\\$&')
    await terminal.waitFor(new RegExp(`ready> entra-auth-cli ${escaped}(?![\\w.-])`))
  })
})

describe('autocomplete', () => {
  test.each([
    ['/bin/bash', 'for bash.'],
    ['/usr/local/bin/fish', 'for fish.'],
    ['zsh', 'for zsh.'],
    ['/opt/microsoft/powershell/7/pwsh', 'for PowerShell.'],
  ])('takes the shell from SHELL=%s', async (login, words) => {
    const { status, stdout, stderr } = await cli(['autocomplete'], { env: { ...home.env, SHELL: login } })
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain(words)
  })

  test.each([undefined, '', '/bin/tcsh'])('names the shells where SHELL is %s', async (login) => {
    const result = await cli(['autocomplete'], { env: { ...home.env, SHELL: login } })
    expect(result).toMatchObject({ status: 64, stdout: '' })
    expect(result.stderr).toContain('autocomplete bash|zsh|fish|powershell')
  })

  test('--profiles says the same through both doors', async () => {
    keepProfiles(names)
    const fast = await cli(['autocomplete', '--profiles'], { env: home.env })
    const slow = await cli(['autocomplete', '--profiles', '--no-color'], { env: home.env })
    expect(fast).toEqual({ status: 0, signal: null, stdout: `${names.join('\n')}\n`, stderr: '' })
    expect(slow).toEqual(fast)
  })

  test('for PowerShell has every word, and quotes and brackets in pairs', async () => {
    const { stdout } = await cli(['autocomplete', 'powershell'], { env: home.env })
    for (const { paths, flags } of await everyCommand())
      for (const word of [...paths, ...flags]) expect(stdout).toContain(`'${word}'`)
    const code = stdout.replace(/^\s*#.*$/gm, '').replace(/'(?:[^']|'')*'|"(?:[^"`]|`.)*"/g, '')
    expect(code).not.toMatch(/['"]/)
    const open: string[] = []
    const pairs: Record<string, string> = { ')': '(', '}': '{', ']': '[' }
    for (const sign of code.match(/[(){}[\]]/g) ?? [])
      if (sign in pairs) expect(open.pop()).toBe(pairs[sign])
      else open.push(sign)
    expect(open).toEqual([])
  })
})
