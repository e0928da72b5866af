/** A flag that takes a time such as `90`, `30s`, `5m` or `1h`; its value is in seconds. */
import * as Flags from '@oclif/core/flags'
import { AppError } from '../errors.ts'

const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** Seconds, or undefined for anything but a number with an optional unit. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})(s|m|h|d)?$/.exec(text.trim())
  return match ? Number(match[1]) * (units[match[2] ?? 's'] as number) : undefined
}

export const durationFlag = Flags.custom<number>({
  parse: async (text, _, { name }) => {
    const seconds = parseDuration(text)
    if (seconds !== undefined) return seconds
    throw new AppError('usage', `--${name} is not a time`, { hint: 'write for instance 30s, 5m or 1h' })
  },
})
