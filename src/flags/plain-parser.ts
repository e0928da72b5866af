/** Reads the plain shapes of an argument list; on any doubt it declines, and oclif reads it instead. */
import type { PlainFlag } from './table.ts'

type ValueOf<F extends PlainFlag> = F['kind'] extends 'switch'
  ? true
  : F['kind'] extends 'texts'
    ? string[]
    : F extends { options: readonly (infer Option)[] }
      ? Option
      : string

export type PlainValues<T extends Record<string, PlainFlag>> = { [K in keyof T]?: ValueOf<T[K]> }

/**
 * The flags of that argument list, or undefined where anything is not plain: an unknown or repeated flag,
 * a positional, `--`, an empty value or one that looks like a flag, joined short forms, a value outside the options.
 */
export function parsePlainly<T extends Record<string, PlainFlag>>(
  args: readonly string[],
  table: T,
): PlainValues<T> | undefined {
  const values: Record<string, unknown> = {}
  for (let index = 0; index < args.length; index++) {
    const [word, attached] = splitAtEquals(args[index] as string)
    const name = nameOf(word, table)
    const flag = name === undefined ? undefined : table[name]
    if (name === undefined || !flag) return undefined
    if (flag.kind === 'switch') {
      if (attached !== undefined || Object.hasOwn(values, name)) return undefined
      values[name] = true
      continue
    }
    const value = attached ?? args[++index]
    if (!value || value.startsWith('-')) return undefined
    if (flag.options && !flag.options.includes(value)) return undefined
    if (flag.kind === 'texts') values[name] = [...((values[name] as string[] | undefined) ?? []), value]
    else if (Object.hasOwn(values, name)) return undefined
    else values[name] = value
  }
  return values as PlainValues<T>
}

function splitAtEquals(word: string): [string, string | undefined] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)]
}

function nameOf(word: string, table: Record<string, PlainFlag>): string | undefined {
  if (word.startsWith('--')) {
    const name = word.slice(2)
    return Object.hasOwn(table, name) ? name : undefined
  }
  if (word.length !== 2 || word[0] !== '-') return undefined
  return Object.keys(table).find((name) => table[name]?.char === word[1])
}
