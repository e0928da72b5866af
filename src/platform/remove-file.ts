/** The end of a file of ours. */
import { unlinkSync } from 'node:fs'
import { AppError } from '../errors.ts'

/** Whether there was one. @throws AppError `store` when it stays. */
export function removeFile(path: string): boolean {
  try {
    unlinkSync(path)
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw new AppError('store', `cannot remove ${path}`, { hint: 'check its permissions', cause })
  }
}
