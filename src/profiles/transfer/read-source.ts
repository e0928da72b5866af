/** The text to import: a file, or standard input. */
import { createReadStream } from 'node:fs'
import type { Context } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { safeText } from '../../output/safe-text.ts'

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

const largest = 4 * 1024 * 1024

/** @throws AppError `usage`, `not_found`, `config` when it cannot be read, `data` when it is empty or too large. */
export async function readSource(flags: SourceFlags, context: Context): Promise<Source> {
  if (flags.argument !== undefined && flags.file !== undefined)
    throw new AppError('usage', 'profiles come from one place: an argument or --file')
  const path = flags.argument ?? flags.file ?? '-'
  if (path !== '-') return whole({ name: safeText(path), text: decode(await readFile(path)) })
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

/** Chunk by chunk: it may be a pipe (`<(…)`), and may be endless. */
async function readFile(path: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of createReadStream(path)) {
      size += chunk.length
      if (size > largest)
        throw new AppError('data', `${safeText(path)} is larger than 4 MiB`, {
          hint: 'that is no file of profiles; nothing was imported',
        })
      chunks.push(chunk)
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new AppError('not_found', `${safeText(path)} is not there`, { hint: 'check its name', cause })
    throw new AppError('config', `cannot read ${safeText(path)} (${code})`, {
      hint: 'it must be a file that you may read',
      cause,
    })
  }
  return Buffer.concat(chunks)
}

/** UTF-8, or UTF-16 as PowerShell's redirection writes it; without its byte order mark. */
function decode(bytes: Buffer): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes)
}
