/** A real terminal: a program in tmux, with keys typed into it and its screen read. */
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Env } from './cli.ts'
import { until } from './require-part.ts'

export interface TerminalOptions {
  /** A line for bash. */
  readonly command: string
  readonly env: Env
  readonly cwd?: string
  /** 80 when left out. */
  readonly columns?: number
}

export interface Terminal {
  /** Everything that was ever shown, scrolled away or not, without what only moves the cursor. */
  screen(): string
  /** The same with colours, as escape sequences. */
  colouredScreen(): string
  /** Waits until the screen matches, wherever its lines are broken. */
  waitFor(pattern: RegExp): Promise<string>
  /** Types text, as it is. */
  type(text: string): void
  /** Presses keys by tmux's names: `Enter`, `Down`, `C-c`. */
  press(...keys: string[]): void
  /** The status of the command, once it has ended. */
  status(): Promise<number>
  /** All that was written to the terminal so far, as it was written. */
  output(): string
  close(): void
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

const open = new Set<Terminal>()

export function openTerminal({ command, env, cwd = '/', columns = 80 }: TerminalOptions): Terminal {
  const socket = `entra-${randomUUID()}`
  const notes = mkdtempSync(join(tmpdir(), 'entra-terminal-'))
  const statusFile = join(notes, 'status')
  const tmuxEnv = { PATH: process.env.PATH, LANG: 'C.UTF-8', TERM: 'xterm-256color', TMUX_TMPDIR: notes }
  const tmux = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('tmux', ['-L', socket, ...args], {
      encoding: 'utf8',
      env: tmuxEnv,
    })
    if (status !== 0) throw new Error(`tmux ${args[0]}: ${stderr}`)
    return stdout
  }
  const variables = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [quoted(`${name}=${value}`)],
  )
  // It waits until its output is watched, and the terminal stays until it has been read.
  const script =
    `while [ ! -e ${notes}/go ]; do sleep 0.02; done; cd ${quoted(cwd)}; ${command}\n` +
    `echo $? > ${statusFile}.part; mv ${statusFile}.part ${statusFile}; sleep 600`
  const shell = ['env', '-i', 'TERM=tmux-256color', ...variables, 'bash', '--norc', '-c', quoted(script)]
  tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', '24', shell.join(' '))
  // There from the start: the program that fills it takes a moment.
  writeFileSync(join(notes, 'output'), '')
  tmux('pipe-pane', `cat > ${notes}/output; :`)
  spawnSync('touch', [join(notes, 'go')])

  const screen = () => tmux('capture-pane', '-p', '-J', '-S', '-').trimEnd()
  const terminal: Terminal = {
    screen,
    colouredScreen: () => tmux('capture-pane', '-p', '-J', '-e', '-S', '-').trimEnd(),
    waitFor: async (pattern) => {
      try {
        return await until(String(pattern), () => {
          const shown = screen()
          return pattern.test(shown.replace(/\s+/g, ' ')) && shown
        })
      } catch (error) {
        throw new Error(`${(error as Error).message}; the screen:\n${screen()}`)
      }
    },
    type: (text) => {
      tmux('send-keys', '-l', '--', text)
    },
    press: (...keys) => {
      tmux('send-keys', ...keys)
    },
    status: async () => {
      try {
        return Number(
          await until(
            'the end of the command',
            () => existsSync(statusFile) && readFileSync(statusFile, 'utf8'),
          ),
        )
      } catch (error) {
        throw new Error(`${(error as Error).message}; the screen:\n${screen()}`)
      }
    },
    output: () => {
      // tmux makes it when the first bytes come.
      const file = join(notes, 'output')
      return existsSync(file) ? readFileSync(file, 'utf8') : ''
    },
    close: () => {
      open.delete(terminal)
      spawnSync('tmux', ['-L', socket, 'kill-server'], { env: tmuxEnv })
      rmSync(notes, { recursive: true, force: true })
    },
  }
  open.add(terminal)
  return terminal
}

/** For `afterEach`: ends what a test left open. */
export function closeTerminals(): void {
  for (const terminal of [...open]) terminal.close()
}
