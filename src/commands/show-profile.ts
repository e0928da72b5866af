import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { BaseCommand, outputFlags } from '../command.ts'
import { namedProfileFlags } from '../flags/identity.ts'

export default class ShowProfile extends BaseCommand {
  static override summary = 'Show a profile; it refers to its secrets and holds none.'
  static override aliases = ['config:show']
  static override examples = [
    '<%= config.bin %> show-profile ci',
    '<%= config.bin %> show-profile --output json',
  ]
  static override args = {
    name: Args.string({ description: 'profile; the default unless given', ignoreStdin: true }),
  }
  static override flags = {
    ...namedProfileFlags,
    origins: Flags.boolean({
      summary: 'show what a token would be asked with, and where each value comes from',
    }),
    ...outputFlags(['text', 'json']),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ShowProfile)
    await this.within(flags, async (context) => {
      const { showProfile } = await import('../profiles/show.ts')
      const json = flags.json || flags.output === 'json'
      await showProfile(args.name ?? flags.profile, { origins: flags.origins, json }, context)
    })
  }
}
