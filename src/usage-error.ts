/** Turns what oclif's parser says into our usage error: it names the flag at fault and never a value. */
import { findCommandHint, findFlagHint, findValueHint } from './compatibility.ts'
import { AppError } from './errors.ts'
import { findNearest } from './output/nearest.ts'

interface OclifError extends Error {
  readonly oclif?: { readonly exit?: number }
  readonly flags?: readonly string[]
}

const help = 'see --help'

const tooMany = () =>
  new AppError('usage', 'there is an argument too many', {
    hint: 'quote values that hold spaces, and put the name of a flag before its value',
  })

/**
 * The usage error for something oclif threw; undefined for anything else.
 * @param knownFlags the command's own, for the nearest match
 * @param knownCommands every command's ID, likewise
 * @param typed the command's ID or, where there is none, all words: hints may depend on them
 */
export function usageError(
  thrown: Error,
  knownFlags: readonly string[] = [],
  knownCommands: readonly string[] = [],
  typed: { readonly command?: string | undefined; readonly argv?: readonly string[] } = {},
): AppError | undefined {
  const { command, argv = [] } = typed
  if (thrown instanceof AppError) return withoutFrame(thrown)
  const error = thrown as OclifError
  const { name } = error.constructor
  if (name === 'NonExistentFlagsError') return unknownFlag(error.flags?.[0] ?? '', knownFlags, command)
  if (name === 'UnexpectedArgsError') return tooMany()
  if (name === 'RequiredArgsError') return new AppError('usage', 'an argument is missing', { hint: help })
  if (error.oclif === undefined && !name.endsWith('Error')) return undefined
  const expectation = /^Expected --([\w-]+)=(.*) to be one of: ([^\n]*)/s.exec(error.message)
  if (expectation) {
    const [, flag = '', value = '', options] = expectation
    const more = findValueHint(command, flag, value)
    return new AppError('usage', `--${flag} is not one of its values`, {
      hint: `use one of ${options}${more ? `; ${more}` : ''}`,
    })
  }
  const valueless = /^Flag --([\w-]+) expects a value/.exec(error.message)
  if (valueless) return new AppError('usage', `--${valueless[1]} needs a value`, { hint: help })
  const unknown = /^command (.+) not found$/s.exec(error.message)
  if (unknown) return unknownCommand(unknown[1] as string, knownCommands, argv)
  if (error.oclif === undefined) return undefined
  // The message may quote values too, and what looks like a flag may be a part of one.
  const named = knownFlags.map((flag) => `--${flag}`).filter((flag) => mentions(error.message, flag))
  return new AppError(
    'usage',
    named.length ? `check ${named.join(' and ')}` : 'the arguments are not valid',
    {
      hint: help,
    },
  )
}

/** What the parser of one of our flags threw: oclif writes its own lines around the message. */
function withoutFrame(error: AppError): AppError | undefined {
  const own = /^Parsing --[\w-]+ \n\t(.*)\nSee more help with --help$/s.exec(error.message)?.[1]
  if (own === undefined) return undefined
  return new AppError(error.code, own, error.hint === undefined ? {} : { hint: error.hint })
}

/** oclif takes words after a command that has no arguments for the rest of the command's name. */
function unknownCommand(id: string, knownCommands: readonly string[], argv: readonly string[]): AppError {
  if (knownCommands.some((known) => id.startsWith(`${known}:`))) return tooMany()
  const nearest = findNearest(id, knownCommands)?.replace(':', ' ')
  const guess = nearest ? `did you mean \`entra-auth-cli ${nearest}\`?` : 'see `entra-auth-cli --help`'
  return new AppError('usage', 'there is no such command', { hint: findCommandHint(argv) ?? guess })
}

function unknownFlag(given: string, knownFlags: readonly string[], command: string | undefined): AppError {
  // What follows "=" or a short flag's letter may be a secret.
  const flag = given.startsWith('--') ? (given.split('=')[0] ?? '') : given.slice(0, 2)
  if (!/^(--[a-z][\w-]{0,39}|-[a-z])$/i.test(flag))
    return new AppError('usage', 'an argument that starts with "-" is not a flag of this command', {
      hint: help,
    })
  const nearest = findNearest(flag.replace(/^--?/, ''), knownFlags)
  return new AppError('usage', `${flag} is not a flag of this command`, {
    hint: findFlagHint(command, flag) ?? (nearest ? `did you mean --${nearest}?` : help),
  })
}

const mentions = (message: string, flag: string) =>
  message
    .split(/(?<![\w-])(?=--)/)
    .some((part) => part.startsWith(flag) && !/^[\w-]/.test(part.slice(flag.length)))
