/** What every command shares: flags, the context, and a deadline. Errors leave in `main.ts`. */
import { Command } from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'
import { type Context, createContext } from './context.ts'
import { AppError } from './errors.ts'
import { durationFlag } from './flags/duration.ts'
import { oclifFlags } from './flags/oclif.ts'
import { plainFlags } from './flags/table.ts'
import { duration } from './output/relative-time.ts'

const { json } = oclifFlags({ json: plainFlags.json })
const helpGroup = 'global'

const debugFlag = Flags.boolean({
  helpGroup,
  char: 'd',
  summary: 'say on stderr what is done; secrets are left out',
})

/** `--debug` under its other name too, for a command where `--verbose` means nothing else. */
export const verboseFlags = { debug: { ...debugFlag, aliases: ['verbose'] } }

/** `--output` with those values and its short form `--json`, for a command that prints a record. */
export const outputFlags = <const T extends readonly string[]>(options: T) => ({
  output: Flags.option({ options, char: 'o', summary: 'how to print the result' })(),
  json,
})

export interface SharedFlags {
  readonly quiet: boolean
  readonly debug: boolean
  readonly 'no-color': boolean
  readonly timeout: number | undefined
  readonly interactive?: boolean
  readonly 'non-interactive'?: boolean
}

export abstract class BaseCommand extends Command {
  static override baseFlags = {
    quiet: { ...oclifFlags({ quiet: plainFlags.quiet }).quiet, helpGroup, aliases: ['silent'] },
    debug: debugFlag,
    'no-color': Flags.boolean({ helpGroup, summary: 'no colours (NO_COLOR does the same)' }),
    timeout: durationFlag({
      helpGroup,
      helpValue: 'TIME',
      summary: 'give up after this time, for instance 30s or 2m',
    }),
  }

  /** Runs the command's work with its collaborators, no longer than `--timeout` allows. */
  protected async within(flags: SharedFlags, work: (context: Context) => Promise<void>): Promise<void> {
    const context = createContext({
      quiet: flags.quiet,
      debug: flags.debug,
      colors: !flags['no-color'],
      asking: flags['non-interactive'] ? 'never' : flags.interactive ? 'wanted' : undefined,
    })
    const { timeout } = flags
    if (timeout === undefined) return work(context)
    let timer: NodeJS.Timeout | undefined
    const tooLong = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => {
          reject(
            new AppError('timeout', `not finished after ${duration(timeout)}`, {
              hint: 'allow more with --timeout',
            }),
          )
          // A timer takes no more than 24 days; a longer one would fire at once.
        },
        Math.min(timeout * 1000, 2 ** 31 - 1),
      )
    })
    try {
      await Promise.race([work(context), tooLong])
    } finally {
      clearTimeout(timer)
    }
  }

  /** An error is rendered by `main.ts`, whatever it is: oclif must not. */
  protected override async catch(error: Error): Promise<never> {
    const { usageError } = await import('./usage-error.ts')
    const known = Object.entries({ ...this.ctor.baseFlags, ...this.ctor.flags })
    const shown = known.filter(([, { hidden }]) => !hidden).map(([name]) => name)
    throw usageError(error, shown, [], { command: this.ctor.id }) ?? error
  }
}
