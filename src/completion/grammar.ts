/** What can stand on a command line, as oclif's manifest of the commands says: what the completion scripts are made of. */
import { cloudNames } from '../cloud/clouds.ts'
import { flows } from '../profiles/profile.ts'
import { sourceNames } from '../profiles/rules.ts'

/** What completes a value: words, the names of the profiles, files, or nothing that could be guessed. */
export type Value = readonly string[] | 'profiles' | 'files' | 'anything'

export interface FlagGrammar {
  /** All its spellings, such as `--profile` and `-p`. */
  readonly names: readonly string[]
  /** Those that are offered: neither hidden nor another word for the same. */
  readonly offered: readonly string[]
  readonly summary: string
  /** Undefined for a switch. */
  readonly value?: Value
}

/** What may follow the words of a command or a topic. */
export interface CommandGrammar {
  /** Each spelling, such as `create-profile` and `config create`. The program itself is ''. */
  readonly paths: readonly string[]
  readonly below: readonly { readonly word: string; readonly summary: string }[]
  readonly flags: readonly FlagGrammar[]
  readonly args: readonly Value[]
}

/** The part of oclif's manifest that is read here. */
export interface ManifestCommand {
  readonly id: string
  readonly summary?: string | undefined
  readonly aliases?: readonly string[]
  readonly hidden?: boolean
  readonly flags: Readonly<Record<string, ManifestFlag>>
  readonly args: Readonly<Record<string, ManifestArg>>
}

interface ManifestFlag {
  readonly type: 'boolean' | 'option'
  readonly char?: string
  readonly summary?: string
  readonly options?: readonly string[]
  readonly helpValue?: string | readonly string[]
  readonly hidden?: boolean
  readonly allowNo?: boolean
  readonly aliases?: readonly string[]
  readonly charAliases?: readonly string[]
}

interface ManifestArg {
  readonly description?: string
  readonly options?: readonly string[]
}

/** Flags whose words stand in a table of ours, since they are read in other spellings too. */
const knownValues: Readonly<Record<string, Value>> = {
  profile: 'profiles',
  flow: flows,
  cloud: cloudNames,
  federated: sourceNames,
  'managed-identity': ['system'],
  'pin-source': ['keychain', 'prompt'],
}

const help: FlagGrammar = { names: ['--help', '-h'], offered: ['--help'], summary: 'show help' }
const version: FlagGrammar = {
  names: ['--version', '-v'],
  offered: ['--version'],
  summary: 'show the version',
}

function flagGrammar(name: string, flag: ManifestFlag): FlagGrammar {
  const long = [name, ...(flag.allowNo ? [`no-${name}`] : [])].map((word) => `--${word}`)
  const short = flag.char === undefined ? [] : [`-${flag.char}`]
  const others = [
    ...(flag.aliases ?? []).map((alias) => `--${alias}`),
    ...(flag.charAliases ?? []).map((alias) => `-${alias}`),
  ]
  return {
    names: [...long, ...short, ...others],
    offered: flag.hidden ? [] : [...long, ...short],
    summary: flag.summary ?? '',
    ...(flag.type === 'option' && { value: valueOfFlag(name, flag) }),
  }
}

function valueOfFlag(name: string, { options, helpValue }: ManifestFlag): Value {
  if (options) return options
  return knownValues[name] ?? (helpValue === 'FILE' ? 'files' : 'anything')
}

/** An argument's description begins with what it is. */
function valueOfArg({ description = '', options }: ManifestArg): Value {
  if (options) return options
  if (/^profiles?\b/.test(description)) return 'profiles'
  return /\bfile\b/i.test(description) ? 'files' : 'anything'
}

const spoken = (id: string) => id.replaceAll(':', ' ')

/** The grammar of the program ('' first), of its topics and of its commands. */
export function grammarOf(commands: readonly ManifestCommand[]): readonly CommandGrammar[] {
  const shown = commands.filter(({ hidden }) => !hidden)
  const leaves = shown.map(
    ({ id, aliases = [], flags, args }): CommandGrammar => ({
      paths: [id, ...aliases].map(spoken),
      below: [],
      flags: [...Object.entries(flags).map(([name, flag]) => flagGrammar(name, flag)), help],
      args: Object.values(args).map(valueOfArg),
    }),
  )
  const summaries = new Map(
    shown.flatMap(({ id, aliases = [], summary = '' }) =>
      [id, ...aliases].map((path) => [spoken(path), summary] as const),
    ),
  )
  const paths = [...summaries.keys()].sort()
  const topics = new Set(paths.flatMap((path) => pathsAbove(path)))
  const inner = ['', ...[...topics].sort()].map((topic): CommandGrammar => {
    const words = wordsBelow(topic, paths)
    const below = words.map((word) => {
      const path = topic === '' ? word : `${topic} ${word}`
      return { word, summary: summaries.get(path) ?? wordsBelow(path, paths).join(', ') }
    })
    return { paths: [topic], below, flags: topic === '' ? [help, version] : [help], args: [] }
  })
  return [...inner.filter(({ paths: [topic] }) => !summaries.has(topic as string)), ...leaves]
}

function pathsAbove(path: string): string[] {
  const words = path.split(' ')
  return words.slice(1).map((_, index) => words.slice(0, index + 1).join(' '))
}

function wordsBelow(topic: string, paths: readonly string[]): string[] {
  const prefix = topic === '' ? '' : `${topic} `
  const below = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length))
  return [...new Set(below.map((path) => path.split(' ')[0] as string))]
}
