import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../command.ts'

export default class CopyProfile extends BaseCommand {
  static override summary = 'Copy a profile with its secrets under another name.'
  static override aliases = ['config:copy']
  static override examples = ['<%= config.bin %> copy-profile ci staging']
  static override args = {
    from: Args.string({ description: 'profile', required: true, ignoreStdin: true }),
    to: Args.string({ description: 'name of the copy', required: true, ignoreStdin: true }),
  }
  static override flags = { force: Flags.boolean({ summary: 'replace a profile of that name' }) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CopyProfile)
    await this.within(flags, async (context) => {
      const { copyProfile } = await import('../profiles/copy.ts')
      const { from, to } = await copyProfile(args.from, args.to, flags.force, context)
      context.notice(`profile ${from} copied to ${to}`)
    })
  }
}
