import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../command.ts'
import { certificatePasswordFlags } from '../flags/credential.ts'
import { identityFlags } from '../flags/identity.ts'
import { oclifFlags } from '../flags/oclif.ts'
import { plainFlags } from '../flags/table.ts'

export default class Refresh extends BaseCommand {
  static override summary = 'Get a new access token, whatever is cached, and print it.'
  static override examples = ['<%= config.bin %> refresh --profile ci']
  static override flags = {
    ...oclifFlags(plainFlags),
    ...identityFlags,
    ...certificatePasswordFlags,
    file: Flags.string({ summary: 'write to this file (0600) instead of stdout', helpValue: 'FILE' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Refresh)
    await this.within(flags, async (context) => {
      const { printToken } = await import('../tokens/print-token.ts')
      await printToken({ ...flags, force: true }, context)
    })
  }
}
