/** The keychain, and where secrets go because of its state. */
import { existsSync } from 'node:fs'
import { chosenKind } from '../secrets/keeper.ts'
import { KeychainError } from '../secrets/keychain-error.ts'
import { machineKeyPath } from '../secrets/machine-key.ts'
import { passphrasePath } from '../secrets/passphrase.ts'
import type { Check, DoctorWorld, Finding, KeychainReport } from './finding.ts'

export const keychainCheck: Check = {
  group: 'secrets',
  deadline: 10,
  run: async (world, add) => {
    const chosen = chosenKind(world.context.env)
    const report = await world.keychain()
    add(keychainFinding(report, chosen))
    add(placeFinding(report, chosen))
    const usesFiles = chosen === 'file' || (chosen === undefined && report.state === 'absent')
    if (usesFiles || existsSync(world.context.paths.secrets)) add(fileStoreFinding(world))
  },
}

/** Milliseconds after which waiting for the keychain is felt at every call. */
const slow = 2000

/** @param chosen what ENTRA_AUTH_CLI_SECRET_STORE says. */
export function keychainFinding(
  { state, milliseconds }: KeychainReport,
  chosen: 'keychain' | 'file' | undefined,
): Finding {
  const check = 'keychain'
  const details = { state, milliseconds }
  if (state === 'working')
    return milliseconds > slow
      ? {
          check,
          status: 'warning',
          message: `the keychain works, slowly: it took ${milliseconds} ms`,
          fix: 'see what its service waits for, or choose the file store with ENTRA_AUTH_CLI_SECRET_STORE=file',
          details: { ...details, state: 'slow' },
        }
      : { check, status: 'ok', message: `the keychain works (${milliseconds} ms)`, details }
  const { code, message, hint } = new KeychainError(state)
  const found = { check, message: `${message} (${milliseconds} ms)`, details }
  // Where the file store is chosen, nothing waits for the keychain.
  if (chosen === 'file') return { ...found, status: 'ok', message: `${message}; the file store is chosen` }
  if (state === 'absent' && chosen === undefined)
    return {
      ...found,
      status: 'warning',
      message: `${message}: secrets are kept in sealed files`,
      fix: "start one (on Linux a Secret Service such as gnome-keyring, on the session's D-Bus), or say that files are meant with ENTRA_AUTH_CLI_SECRET_STORE=file",
    }
  return { ...found, status: 'failed', code, fix: hint }
}

function placeFinding({ state }: KeychainReport, chosen: 'keychain' | 'file' | undefined): Finding {
  const reason = chosen && ` (ENTRA_AUTH_CLI_SECRET_STORE=${chosen})`
  const place = chosen ?? (state === 'absent' ? 'file' : 'keychain')
  const words = { keychain: 'the keychain', file: 'sealed files' } as const
  return {
    check: 'store',
    status: 'ok',
    message: `new secrets go to ${words[place]}${reason ?? ''}`,
    details: { store: place, chosen: chosen !== undefined },
  }
}

/** What opens the sealed files: the machine's key, or a passphrase. Neither is read here. */
function fileStoreFinding({ context }: DoctorWorld): Finding {
  const { env, paths } = context
  const found = (status: Finding['status'], sealed_by: string, message: string, fix?: string): Finding => ({
    check: 'file-store',
    status,
    message,
    fix,
    details: { sealed_by, directory: paths.secrets },
    ...(status === 'failed' && { code: 'config' }),
  })
  const given = Boolean(env.ENTRA_AUTH_CLI_PASSPHRASE)
  const hasPassphrase = existsSync(passphrasePath(paths.secrets))
  const hasMachineKey = existsSync(machineKeyPath(paths.secrets))
  if (hasPassphrase && !given)
    return found(
      'failed',
      'passphrase',
      'sealed files need a passphrase, and none is given',
      'set ENTRA_AUTH_CLI_PASSPHRASE to it',
    )
  if (hasMachineKey && !hasPassphrase && given)
    return found(
      'failed',
      'machine-key',
      `the file store in ${paths.secrets} is sealed without a passphrase, and one is given`,
      'unset ENTRA_AUTH_CLI_PASSPHRASE, or remove that directory and set the secrets again',
    )
  if (given)
    return found('ok', 'passphrase', 'sealed files are opened by a passphrase (ENTRA_AUTH_CLI_PASSPHRASE)')
  const key = machineKeyPath(paths.secrets)
  return found(
    'ok',
    'machine-key',
    hasMachineKey
      ? `sealed files are opened by the key in ${key}: whoever can read your files can open them`
      : `sealed files will be opened by a key in ${key}`,
  )
}
