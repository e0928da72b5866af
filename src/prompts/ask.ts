/** Questions to a person: drawn on stderr, so that stdout stays the payload. */
import { Secret } from '../secret.ts'

const terminal = { output: process.stderr, clearPromptOnDone: false }

/** Ctrl+C ends the process as the signal would, with the terminal restored. */
async function answered<T>(prompt: Promise<T>): Promise<T> {
  try {
    return await prompt
  } catch (error) {
    if ((error as Error).name !== 'ExitPromptError') throw error
    process.kill(process.pid, 'SIGINT')
    // The signal ends the process; nothing that waits for an answer may go on meanwhile.
    return new Promise<never>(() => {})
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
  return (await answered(input(question, terminal))).trim()
}

/** Without echo. */
export async function askSecret(message: string): Promise<Secret> {
  const { password } = await import('@inquirer/prompts')
  const validate = (answer: string) => (answer === '' ? 'must not be empty' : true)
  return new Secret(await answered(password({ message, mask: false, validate }, terminal)))
}

export async function askYesNo(message: string, preset: boolean): Promise<boolean> {
  const { confirm } = await import('@inquirer/prompts')
  return answered(confirm({ message, default: preset }, terminal))
}

export interface Choice<T> {
  readonly value: T
  readonly name: string
  readonly description?: string
}

export async function askChoice<T>(message: string, choices: readonly Choice<T>[]): Promise<T> {
  const { select } = await import('@inquirer/prompts')
  return answered(select({ message, choices: [...choices] }, terminal))
}
