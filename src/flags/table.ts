/**
 * The flags of `get-token` that both doors know, as plain data. The command makes oclif's flags of them
 * (`oclif.ts`), the fast path reads them with its own few lines (`plain-parser.ts`): they are written once.
 */
import { tokenFormatNames } from '../output/formats.ts'

export interface PlainFlag {
  readonly kind: 'text' | 'texts' | 'switch'
  readonly char?: string
  readonly summary: string
  readonly options?: readonly string[]
  /** What the value is called in the help. */
  readonly value?: string
}

export const plainFlags = {
  profile: { kind: 'text', char: 'p', value: 'NAME', summary: 'profile to use' },
  scope: {
    kind: 'texts',
    char: 's',
    value: 'SCOPE',
    summary: 'scope to ask for; repeated, or separated by spaces or commas',
  },
  output: { kind: 'text', char: 'o', summary: 'how to print the result', options: tokenFormatNames },
  json: { kind: 'switch', summary: 'the same as --output json' },
  quiet: { kind: 'switch', char: 'q', summary: 'no warnings and notices on stderr' },
} as const satisfies Record<string, PlainFlag>
