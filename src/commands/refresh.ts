import { BaseCommand, verboseFlags } from '../command.ts'
import { tokenFlags } from '../flags/token.ts'

export default class Refresh extends BaseCommand {
  static override summary = 'Get a new access token, whatever is cached, and print it.'
  static override examples = ['<%= config.bin %> refresh --profile ci']
  static override flags = { ...tokenFlags, ...verboseFlags }

  async run(): Promise<void> {
    const { flags } = await this.parse(Refresh)
    await this.within(flags, async (context) => {
      const { printToken } = await import('../tokens/print-token.ts')
      await printToken({ ...flags, force: true }, context)
    })
  }
}
