/** What `cert export` does once its flags are read: the public part, and never a key. */
import { resolve } from 'node:path'
import type { Context } from '../context.ts'
import { refuseExisting, writeTogether } from '../platform/new-files.ts'
import { certificateRecord } from './facts.ts'
import { findLeaf } from './leaf.ts'
import { openSource, type SourceFlags } from './source.ts'

export interface ExportFlags extends SourceFlags {
  readonly out?: string | undefined
  readonly format: 'pem' | 'der'
  readonly force: boolean
  readonly json: boolean
}

export async function exportCertificate(
  file: string | undefined,
  flags: ExportFlags,
  context: Context,
): Promise<void> {
  const out = flags.out === undefined ? undefined : resolve(flags.out)
  if (out !== undefined) refuseExisting([out], flags.force)
  const source = await openSource(file, flags, { askForKey: false }, context)
  const { certificate } = await findLeaf({ ...source, ...unopened(source) }, context.now())
  const pem = `${certificate.toString().trimEnd()}\n`
  const data = flags.format === 'der' ? certificate.raw : pem
  if (out !== undefined) writeTogether([{ path: out, data }], flags.force)
  if (flags.json) {
    const record = certificateRecord(certificate, context.now())
    const text = flags.format === 'der' ? certificate.raw.toString('base64') : pem
    const written = out === undefined ? { certificate: text } : { file: out }
    return context.out(`${JSON.stringify({ ...record, ...written })}\n`)
  }
  if (out === undefined) context.out(data)
  else context.notice(`certificate written to ${out}`)
}

/** With one certificate there is nothing to choose, and so no key to open. */
const unopened = ({ certificates }: { readonly certificates: readonly unknown[] }) =>
  certificates.length === 1 ? { privateKeys: [] } : {}
