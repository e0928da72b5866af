import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { BaseCommand, outputFlags } from '../command.ts'
import { oclifFlags } from '../flags/oclif.ts'
import { plainFlags } from '../flags/table.ts'

export default class Inspect extends BaseCommand {
  static override summary = 'Decode a token: header, claims, and how long it is valid.'
  static override description =
    'Decoding is local, and the signature is not verified. Exit status 0: within its time; ' +
    '80: expired or not yet valid; 65: not a token.'
  static override examples = [
    '<%= config.bin %> inspect --profile ci',
    '<%= config.bin %> get-token | <%= config.bin %> inspect --claims | jq .exp',
    '<%= config.bin %> inspect --file token.txt --output json',
  ]
  static override args = {
    token: Args.string({
      description: 'token, or - for standard input (a token given here shows in `ps`)',
      ignoreStdin: true,
    }),
  }
  static override flags = {
    ...oclifFlags({ profile: plainFlags.profile }),
    token: Flags.string({ char: 't', summary: 'the token itself; it shows in `ps`', helpValue: 'TOKEN' }),
    file: Flags.string({ char: 'f', summary: 'read the token from a file', helpValue: 'FILE' }),
    claims: Flags.boolean({ summary: 'print the payload alone, as JSON' }),
    header: Flags.boolean({ summary: 'print the header alone, as JSON', exclusive: ['claims'] }),
    ...outputFlags(['text', 'json', 'pretty']),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Inspect)
    await this.within(flags, async (context) => {
      const { inspectToken } = await import('../tokens/inspect.ts')
      await inspectToken({ ...flags, argument: args.token }, context)
    })
  }
}
