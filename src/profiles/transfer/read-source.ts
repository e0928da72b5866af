/** The text to import: a file, or standard input. */
import type { Context } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { safeText } from '../../output/safe-text.ts'
import { readInputFile } from '../../platform/input-file.ts'

export interface Source {
  /** What errors call it. */
  readonly name: string
  readonly text: string
}

export interface SourceFlags {
  /** The argument; `-` is standard input. */
  readonly argument?: string | undefined
  readonly file?: string | undefined
  readonly 'passphrase-stdin'?: boolean | undefined
}

/** @throws AppError `usage`, `not_found`, `config` when it cannot be read, `data` when it is empty or too large. */
export async function readSource(flags: SourceFlags, context: Context): Promise<Source> {
  if (flags.argument !== undefined && flags.file !== undefined)
    throw new AppError('usage', 'profiles come from one place: an argument or --file')
  const path = flags.argument ?? flags.file ?? '-'
  if (path !== '-') return whole({ name: safeText(path), text: decode(readInputFile(path)) })
  if (flags['passphrase-stdin'])
    throw new AppError('usage', 'profiles and passphrase cannot both come from standard input', {
      hint: 'give the passphrase by --passphrase-file or --passphrase-env, or the profiles as a file',
    })
  if (context.interactive)
    throw new AppError('usage', 'it is not said what to import', {
      hint: 'name a file: `entra-auth-cli import-profile FILE`, or pipe an export in',
    })
  return whole({ name: 'standard input', text: (await context.readStdin()).replace(/^\uFEFF/, '') })
}

function whole(source: Source): Source {
  if (source.text.trim() !== '') return source
  throw new AppError('data', `${source.name} is empty`, { hint: 'nothing was imported' })
}

/** UTF-8, or UTF-16 as PowerShell's redirection writes it; without its byte order mark. */
function decode(bytes: Buffer): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes)
}
