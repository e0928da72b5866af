/** The findings of `doctor` as people and scripts read them. */
import { safeJson, safeText } from '../output/safe-text.ts'
import type { ReportStyle } from '../output/style.ts'
import { wrap } from '../output/wrap.ts'
import type { Environment } from '../profiles/environment.ts'
import type { Finding } from './finding.ts'

export interface GroupedFinding extends Finding {
  readonly group: string
}

type Status = Finding['status']

/** Marks of one width each: the first for terminals that show UTF-8, the second for the others. */
const marks: Readonly<Record<Status, readonly [string, string]>> = {
  ok: ['✓', 'ok  '],
  warning: ['!', 'warn'],
  failed: ['✗', 'fail'],
  skipped: ['-', '-   '],
}

const colours: Readonly<Record<Status, keyof ReportStyle>> = {
  ok: 'green',
  warning: 'yellow',
  failed: 'red',
  skipped: 'dim',
}

export interface ReportOptions {
  readonly style: ReportStyle
  readonly columns: number
  readonly unicode: boolean
}

const headings: Readonly<Record<string, string>> = {
  runtime: 'Runtime',
  files: 'Files',
  secrets: 'Secrets',
  cache: 'Token cache',
  network: 'Network',
  credentials: 'Credentials',
  variables: 'Variables that are set',
  request: 'What a token is asked with',
}

const headingOf = ({ group, subject }: GroupedFinding): string =>
  [headings[group] ?? group, ...(subject === undefined ? [] : [subject])].join(': ')

/** A heading for each group, a line for each finding, and the count last; without a newline at the end. */
export function doctorReport(findings: readonly GroupedFinding[], options: ReportOptions): string {
  const groups = new Map<string, GroupedFinding[]>()
  for (const finding of findings) {
    const heading = headingOf(finding)
    groups.set(heading, [...(groups.get(heading) ?? []), finding])
  }
  const blocks = [...groups].map(([heading, members]) =>
    [options.style.bold(safeText(heading)), ...members.flatMap((member) => lines(member, options))].join(
      '\n',
    ),
  )
  return [...blocks, countLine(findings)].join('\n\n')
}

function lines({ status, message, fix }: Finding, { style, columns, unicode }: ReportOptions): string[] {
  const mark = marks[status][unicode ? 0 : 1]
  const indent = ' '.repeat(mark.length + 1)
  const width = Math.max(columns > 0 ? columns : 80, 40) - indent.length
  const [first = '', ...rest] = wrap(safeText(message), width)
  const help = fix === undefined ? [] : wrap(`fix: ${safeText(fix)}`, width - 2)
  return [
    `${style[colours[status]](mark)} ${first}`,
    ...rest.map((line) => indent + line),
    // The second line of a fix begins below its first word.
    ...help.map((line, index) => `${indent}${index === 0 ? '' : '  '}${line}`),
  ]
}

const countOf = (findings: readonly Finding[], status: Status) =>
  findings.filter((finding) => finding.status === status).length

function countLine(findings: readonly Finding[]): string {
  const warnings = countOf(findings, 'warning')
  const skipped = countOf(findings, 'skipped')
  return [
    `${countOf(findings, 'ok')} ok`,
    `${warnings} warning${warnings === 1 ? '' : 's'}`,
    `${countOf(findings, 'failed')} failed`,
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ].join(', ')
}

/** The record of `doctor -o json`, on one line. */
export function doctorJson(findings: readonly GroupedFinding[]): string {
  return safeJson({
    ok: countOf(findings, 'failed') === 0,
    results: findings.map(({ group, check, status, message, fix, code, details }) => ({
      group,
      check,
      status,
      message,
      ...(fix !== undefined && { fix }),
      ...(code !== undefined && { code }),
      ...(details && { details }),
    })),
  })
}

/** Whether the terminal shows more than ASCII, by the locale (POSIX: the first of these that is set decides). */
export function showsUnicode(env: Environment, platform: NodeJS.Platform): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG
  if (locale) return /utf-?8/i.test(locale)
  return platform === 'darwin' || (platform === 'win32' && Boolean(env.WT_SESSION))
}
