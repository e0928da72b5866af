/** Which program opens the browser, on each platform. */
import { browserCommands, findObstacle, openBrowser } from '../../src/sign-in/browser.ts'

const url = 'https://login.example/authorize?a=1&b=2'
const on = (platform: NodeJS.Platform, env: Record<string, string> = {}) => ({ platform, env })

test.each<[string, ReturnType<typeof on>, string | undefined, (readonly string[])[]]>([
  ['Linux', on('linux'), undefined, [['xdg-open', url]]],
  ['macOS', on('darwin'), undefined, [['open', url]]],
  [
    'Windows',
    on('win32', { SystemRoot: 'D:\\Win' }),
    undefined,
    [['D:\\Win\\System32\\rundll32.exe', 'url.dll,FileProtocolHandler', url]],
  ],
  [
    'WSL',
    on('linux', { WSL_DISTRO_NAME: 'Debian' }),
    undefined,
    [
      ['wslview', url],
      ['rundll32.exe', 'url.dll,FileProtocolHandler', url],
      ['/mnt/c/Windows/System32/rundll32.exe', 'url.dll,FileProtocolHandler', url],
    ],
  ],
  [
    'BROWSER',
    on('linux', { BROWSER: 'w3m %s:firefox -P work' }),
    undefined,
    [
      ['w3m', url],
      ['firefox', '-P', 'work', url],
    ],
  ],
  ['--browser', on('linux', { BROWSER: 'w3m' }), 'chromium --app=%s', [['chromium', `--app=${url}`]]],
  ['an empty --browser', on('linux'), ' ', []],
])('%s', (_, world, asked, commands) => {
  expect(browserCommands(url, asked, world)).toEqual(commands)
})

test.each<[string, ReturnType<typeof on>, boolean]>([
  ['SSH', on('linux', { SSH_CONNECTION: 'a', DISPLAY: ':10' }), true],
  ['SSH to a Mac', on('darwin', { SSH_TTY: '/dev/ttys1' }), true],
  ['no display', on('linux'), true],
  ['X11', on('linux', { DISPLAY: ':0' }), false],
  ['Wayland', on('linux', { WAYLAND_DISPLAY: 'wayland-0' }), false],
  ['WSL', on('linux', { WSL_INTEROP: '/run/WSL/1' }), false],
  ['Windows', on('win32'), false],
  ['BROWSER over SSH', on('linux', { SSH_CONNECTION: 'a', BROWSER: 'w3m' }), false],
])('%s: is there an obstacle? %#', (_, world, expected) => {
  expect(findObstacle(undefined, world) !== undefined).toBe(expected)
})

test('the first program that starts is enough', async () => {
  const world = on('linux', { PATH: process.env.PATH ?? '' })
  expect(
    await openBrowser(
      [
        ['/no/such/program', url],
        ['true', url],
      ],
      world,
    ),
  ).toBe(true)
  expect(
    await openBrowser(
      [
        ['/no/such/program', url],
        ['false', url],
      ],
      world,
    ),
  ).toBe(false)
  expect(await openBrowser([], world)).toBe(false)
})

test('the passphrase of our store and AZURE_* credentials stay here', async () => {
  const world = on('linux', {
    PATH: process.env.PATH ?? '',
    ENTRA_AUTH_CLI_PASSPHRASE: 'Canary8Q~hunter2',
    AZURE_CLIENT_SECRET: 'Canary8Q~hunter2',
  })
  const script = "process.exit(JSON.stringify(process.env).includes('Canary') ? 1 : 0)"
  expect(await openBrowser([[process.execPath, '-e', script]], world)).toBe(true)
})

test('no shell reads the address', async () => {
  const world = on('linux', { PATH: process.env.PATH ?? '' })
  expect(await openBrowser([['test', 'a;false', '=', 'a;false']], world)).toBe(true)
})
