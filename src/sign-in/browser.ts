/** Opens the person's browser, without a shell, and notices when there is none. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'

export interface BrowserWorld {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
}

type Command = readonly [string, ...string[]]

/** `firefox --private-window`, where `%s` stands for the address or it comes last. */
function parse(text: string, url: string): Command | undefined {
  const words = text.split(/\s+/).filter(Boolean)
  const [program, ...args] = words.map((word) => word.replaceAll('%s', url))
  if (program === undefined) return undefined
  return text.includes('%s') ? [program, ...args] : [program, ...args, url]
}

const isWsl = ({ env, platform }: BrowserWorld): boolean =>
  platform === 'linux' && Boolean(env.WSL_DISTRO_NAME || env.WSL_INTEROP)

/** Windows' own way to open an address, which reads no command line as a shell does. */
const windows = (url: string, program: string): Command => [program, 'url.dll,FileProtocolHandler', url]

/** What may open a browser here, in the order in which to try. */
export function browserCommands(url: string, asked: string | undefined, world: BrowserWorld): Command[] {
  const { env, platform } = world
  if (asked !== undefined) return [parse(asked, url)].filter((command) => command !== undefined)
  if (env.BROWSER)
    return env.BROWSER.split(platform === 'win32' ? ';' : ':')
      .map((command) => parse(command, url))
      .filter((command) => command !== undefined)
  // By its whole path: Windows looks for a bare name in the current directory first.
  if (platform === 'win32')
    return [windows(url, `${env.SystemRoot ?? 'C:\\Windows'}\\System32\\rundll32.exe`)]
  if (platform === 'darwin') return [['open', url]]
  // The last one where Windows' PATH is not taken over.
  if (isWsl(world))
    return [
      ['wslview', url],
      ...['rundll32.exe', '/mnt/c/Windows/System32/rundll32.exe'].map((program) => windows(url, program)),
    ]
  return [['xdg-open', url]]
}

/** Why no browser of this person can open here, where that is known. */
export function findObstacle(asked: string | undefined, world: BrowserWorld): string | undefined {
  const { env, platform } = world
  if (asked !== undefined || env.BROWSER) return undefined
  if (env.SSH_CONNECTION || env.SSH_TTY) return 'this is a remote session (SSH)'
  if (platform !== 'linux' || isWsl(world) || env.DISPLAY || env.WAYLAND_DISPLAY) return undefined
  const inContainer = existsSync('/.dockerenv') || existsSync('/run/.containerenv')
  return inContainer ? 'this is a container' : 'there is no display'
}

/** Milliseconds after which a program that still runs has opened its window. */
const patience = 1500

/** Whether one of the programs took the address. Throws nothing. */
export async function openBrowser(commands: readonly Command[], world: BrowserWorld): Promise<boolean> {
  for (const command of commands) if (await start(command, world)) return true
  return false
}

/** It has no use for what opens our stores, nor for the credentials of an application. */
const withoutOurs = (env: BrowserWorld['env']): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^(ENTRA_AUTH_CLI|AZURE)_/.test(name)))

function start([program, ...args]: Command, { env }: BrowserWorld): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const child = spawn(program, args, {
        env: withoutOurs(env),
        stdio: 'ignore',
        // It outlives this program.
        detached: true,
        windowsHide: true,
      })
      child.once('error', () => resolve(false))
      child.once('exit', (status) => resolve(status === 0))
      setTimeout(() => resolve(true), patience).unref()
      child.unref()
    } catch {
      resolve(false)
    }
  })
}
