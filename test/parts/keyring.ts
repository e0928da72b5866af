/** A real gnome-keyring on a private D-Bus, as a login session has them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Env, Home } from './cli.ts'
import { run } from './cli.ts'
import { until } from './require-part.ts'

export type KeyringState = 'unlocked' | 'locked' | 'absent'

export interface Keyring {
  /** What a session that has this keychain adds to the environment. */
  readonly env: Env
  /** Lets the keychain, or the bus, answer nothing until `thaw`. */
  freeze(what?: 'keychain' | 'bus'): void
  thaw(): void
  /** Ends the keychain and starts it again without its password, as after a login by SSH key. */
  lock(): Promise<void>
  /** The secret of an account of ours, read by another program: libsecret's own tool. */
  lookUp(account: string): Promise<string | undefined>
  /** Deletes the item of an account, as a person does in the password manager. */
  clear(account: string): Promise<void>
  /** Ends the keychain and its bus: nobody answers any more. */
  stop(): Promise<void>
}

/** Starts a bus, and on it a keychain: unlocked, locked, or none. */
export async function startKeyring({
  home,
  state = 'unlocked',
}: {
  readonly home: Home
  readonly state?: KeyringState
}): Promise<Keyring> {
  const directory = join(home.directory, 'keyring')
  // Its socket and its files stay away from the session's own.
  const daemonHome = { HOME: directory, XDG_DATA_HOME: join(directory, 'data'), XDG_RUNTIME_DIR: directory }
  mkdirSync(daemonHome.XDG_DATA_HOME, { recursive: true, mode: 0o700 })
  const address = `unix:path=${join(directory, 'bus')}`
  const env: Env = { DBUS_SESSION_BUS_ADDRESS: address }
  const toolEnv: Env = { ...home.env, ...env }
  const bus = await startBus(directory, address)
  let keyring: ChildProcess | undefined

  const secretTool = (action: string, account: string) =>
    run('secret-tool', [action, 'service', 'entra-auth-cli', 'username', account], { env: toolEnv })
  const startDaemon = async (password: string) => {
    keyring = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
      env: { ...home.env, ...daemonHome, ...env } as NodeJS.ProcessEnv,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    keyring.stdin?.end(password)
    await until('the keychain on its bus', async () => (await secretTool('lookup', 'none')).stderr === '')
  }
  const restart = async (password: string) => {
    await end(keyring)
    await startDaemon(password)
  }

  if (state !== 'absent') await startDaemon('right')
  // A wrong password leaves the keychain that was made before closed.
  if (state === 'locked') await restart('wrong')
  return {
    env,
    freeze: (what = 'keychain') => (what === 'bus' ? bus : keyring)?.kill('SIGSTOP'),
    thaw: () => {
      for (const daemon of [bus, keyring]) daemon?.kill('SIGCONT')
    },
    lock: () => restart('wrong'),
    lookUp: async (account) => {
      const { status, stdout } = await secretTool('lookup', account)
      return status === 0 ? stdout : undefined
    },
    clear: async (account) => {
      await secretTool('clear', account)
    },
    stop: async () => {
      await end(keyring)
      await end(bus)
    },
  }
}

/** A bus that starts no service by itself, so that only our keychain can be on it. */
export async function startBus(directory: string, address: string): Promise<ChildProcess> {
  const config = join(directory, 'bus.conf')
  writeFileSync(
    config,
    `<busconfig><type>session</type><listen>${address}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>`,
  )
  const bus = spawn('dbus-daemon', [`--config-file=${config}`, '--nofork', '--print-address'], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await new Promise<void>((resolve, reject) => {
    bus.stdout?.once('data', () => resolve())
    bus.once('exit', () => reject(new Error('the bus does not start')))
  })
  return bus
}

export async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}
