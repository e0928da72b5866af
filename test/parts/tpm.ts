/** A TPM 2.0 in software behind its resource manager, with a PKCS#11 token of tpm2-pkcs11 in it. */
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { findModules } from '../../src/crypto/pkcs11/modules.ts'
import { run } from './cli.ts'
import { end, startBus } from './keyring.ts'
import { type TestToken, testToken } from './pkcs11.ts'
import { until } from './require-part.ts'

export interface Tpm {
  readonly token: TestToken
  /** Lets the TPM take PINs again. */
  unlock(): Promise<void>
  /** Wrong PINs that lock it from now on; the platform's own number is 3 to 32. */
  allowTries(tries: number): Promise<void>
  stop(): Promise<void>
}

const pin = '123456'

/** Everything is in the directory, sockets included: no port is used. */
export async function startTpm(directory: string): Promise<Tpm> {
  const at = (name: string) => join(directory, name)
  for (const name of ['state', 'store']) mkdirSync(at(name), { recursive: true, mode: 0o700 })
  const path = [process.env.PATH, '/usr/sbin'].join(':')
  const server = (name: string) => `type=unixio,path=${at(name)}`
  const swtpm = spawn(
    'swtpm',
    [
      ...['socket', '--tpm2', '--tpmstate', `dir=${at('state')}`, '--flags', 'not-need-init,startup-clear'],
      ...['--server', server('tpm'), '--ctrl', server('tpm.ctrl')],
    ],
    { env: { PATH: path }, stdio: 'ignore' },
  )
  const bus = await startBus(directory, `unix:path=${at('bus')}`)
  const env = {
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${at('bus')}`,
    TPM2TOOLS_TCTI: 'tabrmd:bus_type=session',
    TPM2_PKCS11_TCTI: 'tabrmd:bus_type=session',
    TPM2_PKCS11_STORE: at('store'),
  }
  const tool = (command: string, ...args: string[]) =>
    run(command, args, { env: { PATH: path, HOME: directory, ...env } })
  const ok = async (command: string, ...args: string[]) => {
    const { status, stderr } = await tool(command, ...args)
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
  }
  await until('the TPM', async () => {
    const { status } = await run('tpm2_getrandom', ['4'], {
      env: { PATH: path, TPM2TOOLS_TCTI: `swtpm:path=${at('tpm')}` },
    })
    return status === 0
  })
  const abrmd = spawn('tpm2-abrmd', ['--session', '--allow-root', `--tcti=swtpm:path=${at('tpm')}`], {
    env: { PATH: path, HOME: directory, ...env },
    stdio: 'ignore',
  })
  await until('its resource manager', async () => (await tool('tpm2_getrandom', '4')).status === 0)
  await ok('tpm2_ptool', 'init')
  await ok('tpm2_ptool', 'addtoken', '--pid=1', '--label=tpm', '--sopin=sopin1', `--userpin=${pin}`)
  return {
    token: testToken({ env, module: tpmModule(), label: 'tpm', pin }),
    unlock: () => ok('tpm2_dictionarylockout', '--clear-lockout'),
    allowTries: (tries) =>
      ok(
        'tpm2_dictionarylockout',
        ...[
          '--setup-parameters',
          `--max-tries=${tries}`,
          '--recovery-time=1000',
          '--lockout-recovery-time=1000',
        ],
      ),
    stop: async () => {
      await end(abrmd)
      await end(bus)
      await end(swtpm)
    },
  }
}

function tpmModule(): string {
  const module = findModules({ home: '/nonexistent', env: {} }).find(({ name }) => name === 'tpm2_pkcs11')
  if (!module) throw new Error('p11-kit does not know tpm2-pkcs11')
  return module.path
}
