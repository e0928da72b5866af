/** Runs the built CLI as a process, in a home directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Of this file as a source, and of the programs it is bundled into: both are two folders below. */
export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
export const binary = join(projectRoot, 'bin/run.cjs')

export type Env = Record<string, string | undefined>

export interface Home {
  readonly directory: string
  /** A clean environment: this home, the CLI on the PATH, and nothing of the machine that runs the tests. */
  readonly env: Env
  remove(): void
}

/** A fresh home without D-Bus, so without a keychain, and with a login session's runtime directory. */
export function createHome(extra: Env = {}): Home {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'entra-home-')))
  const runtime = join(directory, 'run')
  const bin = join(directory, 'bin')
  mkdirSync(runtime, { mode: 0o700 })
  chmodSync(runtime, 0o700)
  mkdirSync(bin)
  symlinkSync(binary, join(bin, 'entra-auth-cli'))
  const env = {
    PATH: [bin, dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    HOME: directory,
    XDG_RUNTIME_DIR: runtime,
    LANG: 'C.UTF-8',
    ...extra,
  }
  return { directory, env, remove: () => rmSync(directory, { recursive: true, force: true }) }
}

export interface Result {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Env
  readonly input?: string | Uint8Array
  readonly cwd?: string
  readonly uid?: number
  readonly onStart?: (child: ChildProcess) => void
}

/** Runs a program to its end. Without `input` its standard input is closed. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const { env = {}, input, cwd = '/', uid } = options
  const child = spawn(command, [...args], {
    env: env as NodeJS.ProcessEnv,
    cwd,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid, gid: uid }),
  })
  options.onStart?.(child)
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  child.stdout?.on('data', (chunk: Buffer) => chunks.stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => chunks.stderr.push(chunk))
  // A program that does not read its input to the end closes the pipe.
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, signal) =>
      resolve({
        status,
        signal,
        stdout: Buffer.concat(chunks.stdout).toString('utf8'),
        stderr: Buffer.concat(chunks.stderr).toString('utf8'),
      }),
    )
  })
}

/** Runs the CLI through the Node that runs the tests. */
export const cli = (args: readonly string[], options: RunOptions = {}): Promise<Result> =>
  run(process.execPath, [binary, ...args], options)
