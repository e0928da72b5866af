/**
 * Encrypted exports of the .NET tool: base64 of salt (32 bytes), IV (16) and AES-256-CBC with PKCS#7 padding, the key by
 * PBKDF2 with SHA-256 and 100 000 rounds. Nothing is authenticated: a wrong passphrase looks like damage.
 */
import { createDecipheriv, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { decodeBase64 } from '../../crypto/pem.ts'
import { AppError } from '../../errors.ts'
import { findJsonObject } from '../../platform/json-object.ts'
import { Secret } from '../../secret.ts'
import type { SecretPurpose } from '../../secrets/account.ts'
import { DocumentFault } from '../parse.ts'
import { readDotnetProfile } from './dotnet.ts'
import type { IncomingProfile } from './incoming.ts'

const derive = promisify(pbkdf2)
const rounds = 100_000
const saltLength = 32
const ivLength = 16
const block = 16
const headLength = saltLength + ivLength

/**
 * The bytes of a text that may be such an export; undefined for any other text.
 * @throws AppError `data` when it is one that was cut.
 */
export function findDotnetExport(text: string, source: string): Uint8Array | undefined {
  const bytes = decodeBase64(text)
  if (!bytes || bytes.length < headLength + block) return undefined
  if ((bytes.length - headLength) % block === 0) return bytes
  throw new AppError('data', `${source} looks like an encrypted export of the .NET tool that was cut short`, {
    hint: 'copy it again, from its beginning to its end',
  })
}

/** @throws AppError `denied` for a wrong passphrase or damage, `data` for another content. */
export async function openDotnetExport(
  bytes: Uint8Array,
  passphrase: Secret,
  source: string,
): Promise<IncomingProfile> {
  const text = await decrypt(bytes, passphrase)
  // Now and then a wrong key leaves padding that looks right, but never an object.
  const content = text === undefined ? undefined : findJsonObject(text)
  if (content === undefined)
    throw new AppError('denied', `the passphrase does not open ${source}, or it is damaged`, {
      hint: 'exports of the .NET tool cannot tell which: try the passphrase again, then export again there',
    })
  try {
    return readContent(content)
  } catch (fault) {
    if (!(fault instanceof DocumentFault)) throw fault
    const where = fault.path.length > 0 ? `${fault.path.join('.')} ` : ''
    throw new AppError('data', `${source}: ${where}${fault.message}`, {
      hint: 'mend the profile in the .NET tool, and export it again',
      cause: fault,
    })
  }
}

async function decrypt(bytes: Uint8Array, passphrase: Secret): Promise<string | undefined> {
  const salt = bytes.subarray(0, saltLength)
  const iv = bytes.subarray(saltLength, headLength)
  const key = await derive(passphrase.reveal(), salt, rounds, 32, 'sha256')
  try {
    const decipher = createDecipheriv('aes-256-cbc', key, iv)
    const plain = Buffer.concat([decipher.update(bytes.subarray(headLength)), decipher.final()])
    return new TextDecoder('utf-8', { fatal: true }).decode(plain)
  } catch {
    return undefined
  }
}

function readContent(content: Record<string, unknown>): IncomingProfile {
  const byName = new Map(Object.entries(content).map(([key, value]) => [key.toLowerCase(), value]))
  if (!byName.has('profile')) throw new DocumentFault([], 'lacks the field "Profile"')
  const given: readonly (readonly [SecretPurpose, unknown])[] = [
    ['client-secret', byName.get('clientsecret')],
    ['certificate-password', byName.get('certificatepassword')],
  ]
  const secrets = new Map(
    given.flatMap(([purpose, value]) =>
      typeof value === 'string' && value !== '' ? [[purpose, new Secret(value)] as const] : [],
    ),
  )
  return readDotnetProfile(byName.get('profile'), ['Profile'], secrets)
}
