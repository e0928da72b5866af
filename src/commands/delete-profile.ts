import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../command.ts'
import { namedProfileFlags } from '../flags/identity.ts'

export default class DeleteProfile extends BaseCommand {
  static override summary = 'Delete a profile with its secrets and cached tokens.'
  static override aliases = ['config:delete']
  static override examples = [
    '<%= config.bin %> delete-profile ci',
    '<%= config.bin %> delete-profile ci --yes',
  ]
  static override args = { name: Args.string({ description: 'profile', ignoreStdin: true }) }
  static override flags = {
    ...namedProfileFlags,
    yes: Flags.boolean({ char: 'y', aliases: ['force'], charAliases: ['f'], summary: 'do not ask' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DeleteProfile)
    await this.within(flags, async (context) => {
      const { deleteProfile } = await import('../profiles/delete.ts')
      await deleteProfile(args.name ?? flags.profile, flags.yes, context)
    })
  }
}
