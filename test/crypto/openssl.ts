/** Keys, certificates and PFX files made by the real openssl, so that no code of ours checks itself. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CertificateInput, readClientCertificate } from '../../src/crypto/client-certificate.ts'
import type { AppError } from '../../src/errors.ts'
import { Secret } from '../../src/secret.ts'

export const password = 'påss w0rd €𝄞'

const directory = mkdtempSync(join(tmpdir(), 'entra-crypto-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Runs a program in the tests' own directory, so that files go by their base names. */
export function run(program: string, ...args: string[]): Buffer {
  return execFileSync(program, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Runs openssl with its arguments in one text; "%" stands for the password. */
export function openssl(line: string): Buffer {
  return run('openssl', ...line.split(' ').map((word) => word.replace('%', password)))
}

export function pathOf(name: string): string {
  return join(directory, name)
}

export function read(name: string): Buffer {
  return readFileSync(pathOf(name))
}

export function readText(name: string): string {
  return read(name).toString('utf8')
}

/** Makes leaf.key (RSA 2048, PKCS#8) and the self-signed leaf.crt. */
export function makeLeaf(name = 'leaf', newKey = 'rsa:2048'): void {
  openssl(
    `req -x509 -newkey ${newKey} -noenc -keyout ${name}.key -out ${name}.crt -days 30 -subj /CN=${name}`,
  )
}

/** Makes root and intermediate, and issued.crt for leaf.key. */
export function makeChain(): void {
  const ca =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 30 -addext basicConstraints=critical,CA:true'
  openssl(`${ca} -keyout root.key -out root.crt -subj /CN=root`)
  openssl(`${ca} -keyout middle.key -out middle.crt -subj /CN=middle -CA root.crt -CAkey root.key`)
  openssl(
    'req -x509 -key leaf.key -out issued.crt -days 30 -subj /CN=issued -CA middle.crt -CAkey middle.key',
  )
}

/** What a test gives of a certificate input: contents instead of named bytes. */
export interface Files {
  readonly certificate: Uint8Array | string
  readonly privateKey?: Uint8Array | string
  readonly password?: string
  readonly now?: number
}

export function toInput({
  certificate,
  privateKey,
  password: given,
  now = Date.now(),
}: Files): CertificateInput {
  return {
    certificate: { bytes: Buffer.from(certificate as string), name: 'client.file' },
    ...(privateKey !== undefined && {
      privateKey: { bytes: Buffer.from(privateKey as string), name: 'key.file' },
    }),
    ...(given !== undefined && { password: async () => new Secret(given) }),
    now,
  }
}

/** Reads a client certificate and proves that its key works. */
export async function open(files: Files) {
  const read = await readClientCertificate(toInput(files))
  expect(read.chain[0]).toBe(read.certificate)
  expect(await read.signer.sign(Buffer.from('data'))).toHaveLength(256)
  return read
}

/** The error of a file that cannot be read; its message and hint hold no password. */
export async function errorOf(files: Files): Promise<AppError> {
  const error = await readClientCertificate(toInput(files)).then(
    () => undefined,
    (error: AppError) => error,
  )
  if (error?.name !== 'AppError') throw error ?? new Error('the file was read')
  if (files.password) expect(JSON.stringify(error)).not.toContain(files.password)
  return error
}

/** Whether a program is there. In CI a missing one fails; elsewhere the suite is skipped and says what to install. */
export function describeWith(program: string, packageName: string): typeof describe | typeof describe.skip {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`])
    return describe
  } catch {
    if (process.env.CI) throw new Error(`${program} is missing: apt-get install ${packageName}`)
    process.stderr.write(`skipped: ${program} is missing, apt-get install ${packageName}\n`)
    return describe.skip
  }
}
