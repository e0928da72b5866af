/** PEM, the textual encoding of RFC 7468, read as leniently as the files people have. */
import { damaged, truncated } from './certificate-errors.ts'

export interface PemBlock {
  /** What stands after BEGIN, for example "CERTIFICATE". */
  readonly label: string
  /** RFC 1421 headers of traditional encrypted keys, lower-case names. */
  readonly headers: ReadonlyMap<string, string>
  readonly bytes: Buffer
}

const boundary = /^\s*-----(BEGIN|END) ([A-Z0-9 #.]{1,40})-----\s*$/
const header = /^([A-Za-z-]{1,40}):\s*(.{0,200})$/

/**
 * Reads every block of a PEM text; text around the blocks is skipped.
 * Throws AppError 'data' for a block without its end or with a body that is not base64.
 */
export function readPemBlocks(text: string, file: string): PemBlock[] {
  const blocks: PemBlock[] = []
  let open: { label: string; lines: string[] } | undefined
  for (const line of text.split(/\r\n|\n|\r/)) {
    const [, edge, label = ''] = boundary.exec(line) ?? []
    if (edge === 'BEGIN') {
      if (open) throw truncated(file, `"BEGIN ${open.label}" has no "END ${open.label}"`)
      open = { label, lines: [] }
    } else if (edge === 'END' && open) {
      if (label !== open.label) throw truncated(file, `"BEGIN ${open.label}" ends with "END ${label}"`)
      blocks.push(readBlock(open.label, open.lines, file))
      open = undefined
    } else open?.lines.push(line.trim())
  }
  if (open) throw truncated(file, `"BEGIN ${open.label}" has no "END ${open.label}"`)
  return blocks
}

function readBlock(label: string, lines: string[], file: string): PemBlock {
  const headers = new Map<string, string>()
  const body: string[] = []
  for (const line of lines) {
    const [, name, value = ''] = header.exec(line) ?? []
    if (name) headers.set(name.toLowerCase(), value)
    else body.push(line)
  }
  const bytes = decodeBase64(body.join(''))
  if (!bytes?.length) throw damaged(file, `the ${label} block is not base64`)
  return { label, headers, bytes }
}

/** The bytes of a standard base64 text, white space ignored; undefined when it is something else. */
export function decodeBase64(text: string): Buffer | undefined {
  const compact = text.replaceAll(/\s+/g, '')
  return /^[A-Za-z0-9+/]+={0,2}$/.test(compact) ? Buffer.from(compact, 'base64') : undefined
}

/** Writes one block again, clean, for readers that want PEM. */
export function writePemBlock({ label, headers, bytes }: PemBlock): string {
  const procType = headers.get('proc-type')
  const info = procType ? `Proc-Type: ${procType}\nDEK-Info: ${headers.get('dek-info') ?? ''}\n\n` : ''
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${info}${lines.join('\n')}\n-----END ${label}-----\n`
}
