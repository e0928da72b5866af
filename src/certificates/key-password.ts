/** The password that a new key is encrypted with. */
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { findGivenSecret } from '../flags/credential.ts'
import { Secret } from '../secret.ts'
import type { OutputPlan } from './output-plan.ts'

export interface KeyPasswordFlags {
  readonly 'ask-password'?: boolean | undefined
  readonly 'no-password'?: boolean | undefined
  readonly [flag: string]: unknown
}

/**
 * The password; undefined for a key in the clear, empty for a PFX that opens without one.
 * Throws AppError 'usage' for a key that is sealed anyway, for a PFX without a word about its password, and for
 * flags that do not go together.
 */
export async function chooseKeyPassword(
  kind: OutputPlan['kind'],
  flags: KeyPasswordFlags,
  context: Context,
): Promise<Secret | undefined> {
  const given = await findGivenSecret('certificate-password', flags, context)
  const ways = [given !== undefined, flags['ask-password'], flags['no-password']].filter(Boolean).length
  if (ways > 1) throw new AppError('usage', 'there is one password, or none, for the key', { hint: waysHint })
  if (kind === 'profile') {
    if (ways === 0) return undefined
    throw new AppError('usage', 'a key under a profile has no password: it is sealed', {
      hint: 'leave the password flags out, or write the key to a file with --out',
    })
  }
  if (given?.type === 'value') return given.value
  if (given) return context.secrets.resolve(given.reference, undefined, 'certificate-password')
  if (flags['no-password']) return kind === 'pfx' ? new Secret('') : undefined
  if (flags['ask-password'] || (kind === 'pfx' && context.interactive)) return askTwice(context)
  if (kind === 'pfx') throw new AppError('usage', 'a PFX needs a password', { hint: waysHint })
  return undefined
}

const waysHint =
  'give --certificate-password-stdin, --certificate-password-file, --certificate-password-env or --ask-password; --no-password writes the key unprotected'

async function askTwice({ interactive }: Context): Promise<Secret> {
  if (!interactive)
    throw new AppError('usage', '--ask-password needs a terminal', {
      hint: 'give --certificate-password-stdin, --certificate-password-file or --certificate-password-env',
    })
  const { askSecret } = await import('../prompts/ask.ts')
  const password = await askSecret('Password for the new key')
  const again = await askSecret('The same again')
  if (password.reveal() === again.reveal()) return password
  throw new AppError('usage', 'the two passwords differ', { hint: 'run the command again' })
}
