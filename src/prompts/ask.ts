/** Questions to a person: drawn on stderr, so that stdout stays the payload. */
import { Secret } from '../secret.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

type Terminal = { output: NodeJS.WritableStream; clearPromptOnDone: boolean; signal: AbortSignal }

/** Ctrl+C ends the process as the signal would, and so do signals: with the terminal restored. */
async function answered<T>(ask: (terminal: Terminal) => Promise<T>): Promise<T> {
  const leaving = new AbortController()
  let ending: NodeJS.Signals = 'SIGINT'
  const onSignal = (signal: NodeJS.Signals) => {
    ending = signal
    leaving.abort()
  }
  for (const signal of signals) process.on(signal, onSignal)
  const release = () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
  try {
    return await ask({ output: process.stderr, clearPromptOnDone: false, signal: leaving.signal })
  } catch (error) {
    if (!/^(Exit|Abort)PromptError$/.test((error as Error).name)) throw error
    release()
    process.kill(process.pid, ending)
    // The signal ends the process; nothing that waits for an answer may go on meanwhile.
    return new Promise<never>(() => {})
  } finally {
    release()
  }
}

export interface TextQuestion {
  readonly message: string
  readonly default?: string
  /** What is wrong with the answer, or undefined. */
  readonly fault?: (answer: string) => string | undefined | Promise<string | undefined>
}

export async function askText({ message, default: preset, fault }: TextQuestion): Promise<string> {
  const { input } = await import('@inquirer/prompts')
  const validate = async (answer: string) => (await fault?.(answer.trim())) ?? true
  const question = { message, validate, ...(preset !== undefined && { default: preset }) }
  return (await answered((terminal) => input(question, terminal))).trim()
}

/**
 * Without echo.
 * @param fault what is wrong with the answer, or undefined
 */
export async function askSecret(
  message: string,
  fault: (answer: Secret) => string | undefined = () => undefined,
): Promise<Secret> {
  const { password } = await import('@inquirer/prompts')
  const validate = (answer: string) =>
    answer === '' ? 'must not be empty' : (fault(new Secret(answer)) ?? true)
  return new Secret(await answered((terminal) => password({ message, mask: false, validate }, terminal)))
}

export async function askYesNo(message: string, preset: boolean): Promise<boolean> {
  const { confirm } = await import('@inquirer/prompts')
  return answered((terminal) => confirm({ message, default: preset }, terminal))
}

export interface Choice<T> {
  readonly value: T
  readonly name: string
  readonly description?: string
  /** How the answer is shown, `name` unless given. */
  readonly short?: string
}

export async function askChoice<T>(message: string, choices: readonly Choice<T>[]): Promise<T> {
  const { select } = await import('@inquirer/prompts')
  return answered((terminal) => select({ message, choices: [...choices] }, terminal))
}

/** As `askChoice`, for a long list: what is typed filters it by the names. */
export async function askSearch<T>(message: string, choices: readonly Choice<T>[]): Promise<T> {
  const { search } = await import('@inquirer/prompts')
  const source = (typed = '') => {
    const wanted = typed.trim().toLowerCase()
    const at = ({ name }: Choice<T>) => name.toLowerCase().indexOf(wanted)
    // What begins with it comes first; sorting keeps the order otherwise.
    return choices.filter((choice) => at(choice) >= 0).sort((a, b) => Math.sign(at(a)) - Math.sign(at(b)))
  }
  return answered((terminal) => search({ message, source, pageSize: 10 }, terminal))
}
