/** Where the passphrase of a sealed export comes from: a flag, or a person. */
import type { Context } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { findGivenSecret } from '../../flags/credential.ts'
import type { Secret } from '../../secret.ts'

type Given = Readonly<Record<string, unknown>>

/** Whoever has the export can try passphrases without end: only their cost and number stand in the way. */
const shortest = 8

/** What is wrong with a passphrase for a new export; characters are counted, not bytes. */
const weakness = (passphrase: Secret): string | undefined =>
  [...passphrase.reveal()].length < shortest
    ? `a passphrase for an export has at least ${shortest} characters`
    : undefined

const missing = (what: string) =>
  new AppError('usage', `${what} needs a passphrase, and there is no terminal to ask for it`, {
    hint: 'give --passphrase-stdin, --passphrase-file or --passphrase-env',
  })

async function findGivenPassphrase(flags: Given, context: Context): Promise<Secret | undefined> {
  const given = await findGivenSecret('passphrase', flags, context)
  return given?.type === 'value' ? given.value : undefined
}

/** @throws AppError `usage` when it is too short, or nobody can be asked; and what reading it throws. */
export async function getNewPassphrase(flags: Given, context: Context): Promise<Secret> {
  const given = await findGivenPassphrase(flags, context)
  if (given) {
    const fault = weakness(given)
    if (fault === undefined) return given
    throw new AppError('usage', fault, { hint: 'choose a longer one: several words' })
  }
  if (!context.interactive) throw missing('an export with secrets')
  const { askNewPassphrase } = await import('../../prompts/transfer.ts')
  return askNewPassphrase(weakness)
}

/** The passphrase that an export was made with. Throws as `getNewPassphrase`, but takes a short one. */
export async function getPassphrase(flags: Given, source: string, context: Context): Promise<Secret> {
  const given = await findGivenPassphrase(flags, context)
  if (given) return given
  if (!context.interactive) throw missing(source)
  const { askPassphrase } = await import('../../prompts/transfer.ts')
  return askPassphrase(source)
}
