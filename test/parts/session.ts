/**
 * Sessions: text that reads like a terminal, and that the tests run. The same form stands in `test/scripts/*.session`
 * and in the ```console blocks of the documents.
 *
 *     # a comment
 *     $ a command for bash
 *     > its next line
 *     a line of its standard output
 *     ! a line of its standard error
 *     ? 64                              its exit status, 0 unless said
 *
 * `…` in an expected line stands for any text within the line, `<token>` for an access token.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Env, run } from './cli.ts'

export interface Step {
  readonly line: number
  readonly command: string
  readonly stdout: string[]
  readonly stderr: string[]
  status: number
}

export function parseSession(text: string, firstLine = 1): Step[] {
  const steps: Step[] = []
  for (const [index, line] of text.replace(/\n$/, '').split('\n').entries()) {
    const step = steps.at(-1)
    if (line.startsWith('$ '))
      steps.push({ line: firstLine + index, command: line.slice(2), stdout: [], stderr: [], status: 0 })
    else if (
      line.startsWith('# ') ||
      (line === '' && (!step || text.split('\n')[index + 1]?.match(/^(# |\$ |$)/)))
    )
      continue
    else if (!step) throw new Error(`line ${firstLine + index} belongs to no command: ${line}`)
    else if (line.startsWith('> ') && step.stdout.length + step.stderr.length === 0)
      Object.assign(step, { command: `${step.command}\n${line.slice(2)}` })
    else if (line.startsWith('! ')) step.stderr.push(line.slice(2))
    else if (/^\? \d+$/.test(line)) step.status = Number(line.slice(2))
    else step.stdout.push(line)
  }
  return steps
}

const token = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/g

/** What a program printed, with what differs from run to run named. */
function normalise(text: string, names: Readonly<Record<string, string>>): string[] {
  const named = Object.entries(names).reduce((result, [name, value]) => result.replaceAll(value, name), text)
  const lines = named.replace(token, '<token>').split('\n')
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

function matches(expected: string, actual: string): boolean {
  const parts = expected.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 'u').test(actual)
}

/** The lines as expected where they match, so that a difference shows only what differs. */
const aligned = (actual: readonly string[], expected: readonly string[]): string[] =>
  actual.map((line, index) => {
    const wanted = expected[index]
    return wanted !== undefined && matches(wanted, line) ? wanted : line
  })

export interface SessionWorld {
  readonly env: Env
  readonly cwd: string
  /** Values that the session calls by a name, such as the tenant's ID. */
  readonly names?: Readonly<Record<string, string>>
}

/** Runs all steps in one shell, so that variables and functions stay, and compares what each printed. */
export async function runSession(steps: readonly Step[], world: SessionWorld): Promise<void> {
  const notes = mkdtempSync(join(tmpdir(), 'entra-session-'))
  try {
    const script = steps.map(
      ({ command }, index) =>
        `{ ${command}\n} >${notes}/${index}.out 2>${notes}/${index}.err </dev/null; echo $? >${notes}/${index}.status`,
    )
    await run('bash', ['-c', script.join('\n')], { env: world.env, cwd: world.cwd })
    for (const [index, step] of steps.entries()) {
      const read = (name: string) => readFileSync(`${notes}/${index}.${name}`, 'utf8')
      const names = world.names ?? {}
      expect({
        line: step.line,
        command: step.command,
        stdout: aligned(normalise(read('out'), names), step.stdout),
        stderr: aligned(normalise(read('err'), names), step.stderr),
        status: Number(read('status')),
      }).toEqual({ ...step })
    }
  } finally {
    rmSync(notes, { recursive: true, force: true })
  }
}
