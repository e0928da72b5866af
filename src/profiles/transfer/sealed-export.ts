/**
 * A sealed export: profiles and secrets on one line, under a passphrase.
 *
 *     entra-auth-cli-export:v1:scrypt:17:8:1:SALT:SEALED:CHECKSUM
 *
 * The numbers are the cost of scrypt (RFC 7914): the binary logarithm of N, r, p. SALT and SEALED are base64url;
 * SEALED is AES-256-GCM as `crypto/seal.ts` makes it, with all that stands before it as associated data. CHECKSUM,
 * eight bytes of the SHA-256 of what stands before it, proves nothing: it tells a line that was cut or
 * mistyped from a wrong passphrase.
 */
import { createHash, randomBytes } from 'node:crypto'
import { isBearable, passphraseKey, type ScryptCost, usualCost } from '../../crypto/passphrase-key.ts'
import { seal, unseal } from '../../crypto/seal.ts'
import { AppError } from '../../errors.ts'
import { Secret } from '../../secret.ts'

const mark = 'entra-auth-cli-export:v'
const version = 1

export interface SealedContent {
  /** The text of a plain export. */
  readonly document: string
  /** By profile, then by purpose. */
  readonly secrets: ReadonlyMap<string, ReadonlyMap<string, Secret>>
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

const checksum = (text: string): string =>
  base64url(createHash('sha256').update(text).digest().subarray(0, 8))

/** One line, without a newline. */
export async function sealExport(content: SealedContent, passphrase: Secret): Promise<string> {
  const salt = randomBytes(32)
  const { logN, r, p } = usualCost
  const header = `${mark}${version}:scrypt:${logN}:${r}:${p}:${base64url(salt)}`
  const key = await passphraseKey(passphrase, salt, usualCost)
  const line = `${header}:${base64url(seal(key, header, contentText(content)))}`
  return `${line}:${checksum(line)}`
}

function contentText({ document, secrets }: SealedContent): string {
  const revealed = [...secrets].map(([profile, byPurpose]) => [
    profile,
    Object.fromEntries([...byPurpose].map(([purpose, secret]) => [purpose, secret.reveal()])),
  ])
  return JSON.stringify({ document, secrets: Object.fromEntries(revealed) })
}

const compact = (text: string): string => text.replace(/\s+/g, '')

/** Whether the text is a sealed export, of whatever version, wrapped over lines or not. */
export const isSealedExport = (text: string): boolean => compact(text.slice(0, 256)).startsWith(mark)

export interface Envelope {
  readonly header: string
  readonly cost: ScryptCost
  readonly salt: Uint8Array
  readonly sealed: Uint8Array
}

const shape = /^(entra-auth-cli-export:v1:scrypt:(\d{1,2}):(\d):(\d):([\w-]{43})):([\w-]+)$/

/**
 * The parts of a sealed export, before there is a passphrase.
 * @throws AppError `data` when it is damaged, of a newer version, or made to cost more than any export does.
 */
export function readEnvelope(text: string, source: string): Envelope {
  const whole = compact(text)
  const other = /^entra-auth-cli-export:v(\d{1,9}):/.exec(whole)?.[1]
  if (other !== undefined && Number(other) !== version)
    throw new AppError(
      'data',
      `${source} is a sealed export of version ${other}; this program knows ${version}`,
      {
        hint: 'update entra-auth-cli, and import again',
      },
    )
  const end = whole.lastIndexOf(':')
  const line = whole.slice(0, end)
  const match = shape.exec(line)
  if (!match || checksum(line) !== whole.slice(end + 1))
    throw new AppError('data', `${source} is a sealed export that is damaged or cut short`, {
      hint: 'copy it again, from its beginning to its end',
    })
  const [, header = '', logN, r, p, salt = '', sealed = ''] = match
  const cost = { logN: Number(logN), r: Number(r), p: Number(p) }
  if (!isBearable(cost))
    throw new AppError('data', `opening ${source} is made to cost more memory or time than an export does`, {
      hint: 'this program does not write such exports: do not trust it',
    })
  return { header, cost, salt: Buffer.from(salt, 'base64url'), sealed: Buffer.from(sealed, 'base64url') }
}

/** @throws AppError `denied` for a wrong passphrase, `data` for content of another shape. */
export async function openExport(
  envelope: Envelope,
  passphrase: Secret,
  source: string,
): Promise<SealedContent> {
  const key = await passphraseKey(passphrase, envelope.salt, envelope.cost)
  const text = unseal(key, envelope.header, envelope.sealed)
  if (text === undefined)
    throw new AppError('denied', `the passphrase does not open ${source}`, {
      hint: 'give the passphrase it was made with; with the right one this would mean that it was tampered with',
    })
  const content = readContent(text)
  if (content) return content
  throw new AppError('data', `${source} holds something else than profiles`, {
    hint: 'make it again with `entra-auth-cli export-profile --include-secrets`',
  })
}

function readContent(text: string): SealedContent | undefined {
  try {
    const { document, secrets } = JSON.parse(text) as Record<string, unknown>
    if (typeof document !== 'string') return undefined
    return { document, secrets: readSecrets(secrets) }
  } catch {
    return undefined
  }
}

/** @throws TypeError for anything but texts by profile and purpose. */
function readSecrets(value: unknown): SealedContent['secrets'] {
  const entries = (of: unknown): [string, unknown][] => Object.entries(of as object)
  const read = (text: unknown): Secret => {
    if (typeof text !== 'string' || text === '') throw new TypeError('not a secret')
    return new Secret(text)
  }
  return new Map(
    entries(value).map(([profile, byPurpose]) => [
      profile,
      new Map(entries(byPurpose).map(([purpose, text]) => [purpose, read(text)])),
    ]),
  )
}
