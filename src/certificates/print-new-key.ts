/** What is said of a new key: its certificate's facts, where it is, and what to do next. */
import type { X509Certificate } from 'node:crypto'
import type { Context } from '../context.ts'
import { fields } from '../output/table.ts'
import { certificateLines, certificateRecord } from './facts.ts'

export interface NewKeyReport {
  readonly certificate: X509Certificate
  readonly profile?: string
  /** Where the key is, for programs. */
  readonly privateKey?: string
  /** The same for people; undefined where the files say it. */
  readonly keyText?: string
  /** The files, by what they hold. */
  readonly places: Readonly<Record<string, string>>
  /** Commands that come next. */
  readonly steps: readonly string[]
}

export function printNewKey(report: NewKeyReport, json: boolean, context: Context): void {
  const { certificate, profile, privateKey, keyText, places, steps } = report
  const now = context.now()
  if (json) {
    const record = {
      ...certificateRecord(certificate, now),
      ...(profile !== undefined && { profile }),
      ...(privateKey !== undefined && { private_key: privateKey }),
      files: places,
      next_steps: steps,
    }
    context.out(`${JSON.stringify(record)}\n`)
    return
  }
  context.out(
    `${fields([
      ...certificateLines(certificate, now),
      ...(keyText === undefined ? [] : [['private key', keyText] as const]),
      ...Object.entries(places).map(([what, path]) => [what.replaceAll('_', ' '), path] as const),
    ])}\n\n${steps.join('\n')}\n`,
  )
}
