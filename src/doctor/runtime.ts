/** The program and what it runs on. */
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, release } from 'node:os'
import { join } from 'node:path'
import { quoted, readPrivateFile } from '../platform/atomic-file.ts'
import { utcDate } from './dates.ts'
import type { Check, DoctorWorld, Finding } from './finding.ts'

export const runtimeCheck: Check = {
  group: 'runtime',
  deadline: 5,
  run: (world, add) => {
    const { platform, nodeVersion, now } = world.context
    add({ check: 'version', status: 'ok', message: `entra-auth-cli ${world.version}` })
    add(nodeFinding(nodeVersion, now()))
    add({
      check: 'platform',
      status: 'ok',
      message: `${platform} ${release()}, ${arch()}`,
      details: { platform, release: release(), architecture: arch() },
    })
    add(codeCacheFinding(world))
    add(hardwareKeys())
  },
}

/** The oldest Node this program runs on: `engines` of package.json. */
const oldest = { major: 20, minor: 17 }

/** When Node's releases get no more security fixes (https://github.com/nodejs/Release). */
const endsOfLife: Readonly<Record<number, string>> = {
  20: '2026-04-30',
  21: '2024-06-01',
  22: '2027-04-30',
  23: '2025-06-01',
  24: '2028-04-30',
  25: '2026-06-01',
  26: '2029-04-30',
}

/** @param version as `process.version` has it. @param now seconds since 1970. */
export function nodeFinding(version: string, now: number): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  const end = endsOfLife[major]
  const details = { version, ...(end && { end_of_life: end }) }
  const newer = 'install a Node.js version with long-term support: https://nodejs.org'
  const found = (status: Finding['status'], message: string): Finding => ({
    check: 'node',
    status,
    message,
    ...(status !== 'ok' && { fix: newer }),
    details,
  })
  if (major < oldest.major || (major === oldest.major && minor < oldest.minor))
    return found(
      'warning',
      `Node.js ${version} is older than ${oldest.major}.${oldest.minor}, the oldest that is tested`,
    )
  if (end !== undefined && now > Date.parse(end) / 1000)
    return found('warning', `Node.js ${version} has had no security fixes since ${utcDate(Date.parse(end))}`)
  return found('ok', `Node.js ${version}`)
}

/** The compiled code that halves the start of every command. */
function codeCacheFinding({ context }: DoctorWorld): Finding {
  const { env, paths, nodeVersion, profiles } = context
  const found = (status: Finding['status'], message: string, fix?: string): Finding => ({
    check: 'code-cache',
    status,
    message,
    fix,
    details: { directory: paths.code },
  })
  if (env.ENTRA_AUTH_CLI_NO_CODE_CACHE)
    return found('ok', 'compiled code is not kept (ENTRA_AUTH_CLI_NO_CODE_CACHE): starts take longer')
  const files = compiledFiles(paths.code).filter((name) => name.endsWith(`-${nodeVersion}-${arch()}.bin`))
  if (files.length === 0) return found('ok', `compiled code will be kept in ${paths.code}, for faster starts`)
  const { uid } = profiles
  try {
    for (const name of files)
      readPrivateFile(join(paths.code, name), {
        maxBytes: 16 * 1024 * 1024,
        ...(uid !== undefined && { uid }),
      })
    return found('ok', `compiled code is kept in ${paths.code}, for faster starts`)
  } catch (error) {
    return found(
      'warning',
      `compiled code is not used: ${(error as Error).message}`,
      `remove it: rm -r ${quoted(paths.code)}`,
    )
  }
}

function compiledFiles(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

/** An optional package: without it, all but keys in hardware works. It is found, and not loaded. */
function hardwareKeys(): Finding {
  const check = 'pkcs11'
  try {
    createRequire(join(__dirname, 'main.cjs')).resolve('pkcs11js')
    return {
      check,
      status: 'ok',
      message: 'keys in hardware can be used: pkcs11js is installed',
      details: { installed: true },
    }
  } catch {
    return {
      check,
      status: 'ok',
      message: 'keys in hardware (PKCS#11) cannot be used: the optional package pkcs11js is not installed',
      fix: 'only if you need them: npm install pkcs11js beside this program',
      details: { installed: false },
    }
  }
}
