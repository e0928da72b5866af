import * as Args from '@oclif/core/args'
import { BaseCommand, outputFlags } from '../command.ts'
import { oclifFlags } from '../flags/oclif.ts'
import { plainFlags } from '../flags/table.ts'

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
  static override flags = { ...oclifFlags({ profile: plainFlags.profile }), ...outputFlags(['text', 'json']) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ShowProfile)
    await this.within(flags, async (context) => {
      const { loadProfiles } = await import('../profiles/store.ts')
      const { chooseProfile } = await import('../profiles/choose.ts')
      const { profileLines, profileRecord } = await import('../profiles/describe.ts')
      const document = await loadProfiles(context.profiles)
      const { name } = await chooseProfile(args.name ?? flags.profile, document, context)
      const profile = document.profiles.get(name) as NonNullable<ReturnType<typeof document.profiles.get>>
      const isDefault = name === document.default
      if (flags.json || flags.output === 'json')
        return context.out(`${JSON.stringify(profileRecord(name, profile, isDefault))}\n`)
      const { fields } = await import('../output/table.ts')
      context.out(`${fields(profileLines(name, profile, isDefault))}\n`)
    })
  }
}
