import * as Args from '@oclif/core/args'
import { BaseCommand } from '../command.ts'

export default class RenameProfile extends BaseCommand {
  static override summary = 'Rename a profile; its secrets and cached tokens follow.'
  static override aliases = ['config:rename']
  static override examples = ['<%= config.bin %> rename-profile ci production']
  static override args = {
    from: Args.string({ description: 'profile', required: true, ignoreStdin: true }),
    to: Args.string({ description: 'its new name', required: true, ignoreStdin: true }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RenameProfile)
    await this.within(flags, async (context) => {
      const { renameProfile } = await import('../profiles/copy.ts')
      const { from, to } = await renameProfile(args.from, args.to, context)
      context.notice(`profile ${from} renamed to ${to}`)
    })
  }
}
