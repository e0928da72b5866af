/** The user's token that on-behalf-of exchanges: read afresh, and looked at before it is sent. */
import { createHash } from 'node:crypto'
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { readInputText } from '../platform/input-file.ts'
import type { UserAssertion } from '../profiles/resolve.ts'
import { Secret } from '../secret.ts'
import { decodeToken } from './decode.ts'

export interface AssertionFlags {
  readonly 'assertion-file'?: string | undefined
  readonly 'assertion-stdin'?: boolean | undefined
  readonly 'client-secret-stdin'?: unknown
  readonly 'certificate-password-stdin'?: unknown
}

const largest = 64 * 1024

/**
 * @throws AppError `usage` for both flags, `data` for what is no user's token or has expired, `not_found` and `config`
 * for the file.
 */
export async function findUserAssertion(
  flags: AssertionFlags,
  { readStdin, now }: Pick<Context, 'readStdin' | 'now'>,
): Promise<UserAssertion | undefined> {
  const { 'assertion-file': file, 'assertion-stdin': stdin } = flags
  const other = (['client-secret-stdin', 'certificate-password-stdin'] as const).find((name) => flags[name])
  if (stdin && other) throw new AppError('usage', `--assertion-stdin and --${other} do not go together`)
  if (file !== undefined && stdin)
    throw new AppError('usage', '--assertion-file and --assertion-stdin do not go together')
  if (file === undefined && !stdin) return undefined
  const text = (file === undefined ? await readStdin() : readInputText(file, largest)).trim()
  const token = text.replace(/^(authorization:\s*)?bearer\s+/i, '')
  const { payload } = decodeToken(token)
  const hint = "give the access token that the user's client sent to this application"
  if (payload.idtyp === 'app')
    throw new AppError('data', 'the assertion is a token of an application, and no user stands behind it', {
      hint,
    })
  if (typeof payload.exp === 'number' && payload.exp <= now())
    throw new AppError('data', 'the assertion has expired', { hint })
  return { token: new Secret(token), digest: createHash('sha256').update(token).digest('hex') }
}
