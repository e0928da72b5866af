/** Makes oclif's flags of the plain table, so that a flag is written once for both doors. */
import * as Flags from '@oclif/core/flags'
import type { BooleanFlag, OptionFlag } from '@oclif/core/interfaces'
import type { PlainFlag } from './table.ts'

type OclifFlag<F extends PlainFlag> = F['kind'] extends 'switch'
  ? BooleanFlag<boolean>
  : F['kind'] extends 'texts'
    ? OptionFlag<string[] | undefined>
    : F extends { options: readonly (infer Option)[] }
      ? OptionFlag<Option | undefined>
      : OptionFlag<string | undefined>

export type OclifFlags<T extends Record<string, PlainFlag>> = { [K in keyof T]: OclifFlag<T[K]> }

export function oclifFlags<T extends Record<string, PlainFlag>>(table: T): OclifFlags<T> {
  const flags = Object.entries<PlainFlag>(table).map(
    ([name, { kind, char, summary, options, value: helpValue }]) => {
      const shared = { summary, ...(char && { char: char as 'p' }) }
      if (kind === 'switch') return [name, Flags.boolean(shared)]
      const value = { ...shared, ...(helpValue && { helpValue }), ...(options && { options: [...options] }) }
      return [
        name,
        kind === 'texts'
          ? Flags.string({ ...value, multiple: true, multipleNonGreedy: true })
          : Flags.string(value),
      ]
    },
  )
  return Object.fromEntries(flags) as OclifFlags<T>
}
