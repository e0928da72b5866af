/** Where a password comes from: asked late, once, and the same for all that is encrypted. */
import type { Secret } from '../secret.ts'
import { passwordNeeded } from './certificate-errors.ts'

/** The password for a file. Throws AppError 'usage' when there is none. */
export type PasswordSource = (file: string) => Promise<Secret>

/** Asks at most once, and only when a password is first needed. */
export function askOnce(ask: (() => Promise<Secret | undefined>) | undefined): PasswordSource {
  let answer: Promise<Secret | undefined> | undefined
  return async (file) => {
    answer ??= ask?.()
    const password = await answer
    if (!password) throw passwordNeeded(file)
    return password
  }
}
