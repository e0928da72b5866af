/** Suites that need more than Node: without a part they say which Debian package brings it; in CI they fail. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Debian packages, and the program of each that shows that it is installed. */
const programs = {
  chromium: 'chromium',
  'dbus-daemon': 'dbus-daemon',
  fish: 'fish',
  gcc: 'gcc',
  'gnutls-bin': 'p11tool',
  'gnome-keyring': 'gnome-keyring-daemon',
  jq: 'jq',
  'libnss3-tools': 'pk12util',
  'libsecret-tools': 'secret-tool',
  'p11-kit': 'p11-kit',
  opensc: 'pkcs11-tool',
  openssl: 'openssl',
  softhsm2: 'softhsm2-util',
  strace: 'strace',
  swtpm: 'swtpm',
  tmux: 'tmux',
  zsh: 'zsh',
  'tpm2-abrmd': 'tpm2-abrmd',
  'tpm2-tools': 'tpm2_dictionarylockout',
  'libtpm2-pkcs11-tools': 'tpm2_ptool',
} as const

export type Part = keyof typeof programs

const isInstalled = (part: Part): boolean =>
  // Daemons are where a person's PATH may not lead.
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].some((directory) => {
    try {
      accessSync(join(directory, programs[part]), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** `describe`, where those Debian packages are there. Only Linux has them all: elsewhere nothing is missed. */
export function describeWith(parts: readonly Part[], name: string, fn: () => void): void {
  const missing = parts.filter((part) => !isInstalled(part))
  const install = `apt-get install --no-install-recommends ${missing.join(' ')}`
  if (missing.length === 0) describe(name, fn)
  else if (process.env.CI && process.platform === 'linux')
    describe(name, () =>
      test(`needs ${missing.join(', ')}`, () => {
        throw new Error(`a part of this suite is missing: ${install}`)
      }),
    )
  else describe.skip(`${name} (to run it: ${install})`, fn)
}

/** Waits until a condition holds, by asking again and again, and fails after some seconds. */
export async function until<T>(
  what: string,
  find: () => T | undefined | false | Promise<T | undefined | false>,
  seconds = 15,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const found = await find()
    if (found !== undefined && found !== false) return found
    if (performance.now() > deadline) throw new Error(`not seen within ${seconds} seconds: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
