/** A SoftHSM token in a directory of the test's. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findModules } from '../../src/crypto/pkcs11/modules.ts'
import { run } from './cli.ts'
import { type TestToken, testToken } from './pkcs11.ts'

export interface SoftHsmOptions {
  readonly label?: string
  readonly pin?: string
}

/** Several tokens in one directory are one module's. */
export async function createSoftHsm(directory: string, options: SoftHsmOptions = {}): Promise<TestToken> {
  const { label = 'soft', pin = '123456' } = options
  mkdirSync(join(directory, 'tokens'), { recursive: true, mode: 0o700 })
  const config = join(directory, 'softhsm2.conf')
  // The TPM's module, which is loaded where all are, would make its store in the current directory.
  const env = { SOFTHSM2_CONF: config, TPM2_PKCS11_STORE: directory }
  writeFileSync(config, `directories.tokendir = ${join(directory, 'tokens')}\nobjectstore.backend = file\n`)
  const { status, stderr } = await run(
    'softhsm2-util',
    ['--init-token', '--free', '--label', label, '--pin', pin, '--so-pin', '12345678'],
    { env: { PATH: process.env.PATH, ...env } },
  )
  if (status !== 0) throw new Error(`softhsm2-util: ${stderr}`)
  return testToken({ env, module: softHsmModule(), label, pin })
}

/** As p11-kit knows it: where it is differs. */
export function softHsmModule(): string {
  const module = findModules({ home: '/nonexistent', env: {} }).find(({ name }) => name === 'softhsm2')
  if (!module) throw new Error('p11-kit does not know SoftHSM')
  return module.path
}
