import * as Args from '@oclif/core/args'
import { BaseCommand, outputFlags } from '../command.ts'

export default class Explain extends BaseCommand {
  static override summary = 'Say what an error of Entra means and what to do; offline.'
  static override examples = [
    '<%= config.bin %> explain AADSTS7000215',
    '<%= config.bin %> get-token 2>&1 | <%= config.bin %> explain',
  ]
  static override args = {
    message: Args.string({
      description: 'code, or a message that holds one; standard input unless given',
      ignoreStdin: true,
    }),
  }
  static override flags = outputFlags(['text', 'json'])
  // A message may come unquoted: its words are read together.
  static override strict = false

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Explain)
    await this.within(flags, async (context) => {
      const { explain } = await import('../cloud/explain.ts')
      await explain(argv.map(String).join(' '), flags.json || flags.output === 'json', context)
    })
  }
}
