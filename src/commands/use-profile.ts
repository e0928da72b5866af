import * as Args from '@oclif/core/args'
import { BaseCommand } from '../command.ts'

export default class UseProfile extends BaseCommand {
  static override summary = 'Make a profile the default: the one that commands use without --profile.'
  static override examples = ['<%= config.bin %> use-profile ci']
  static override args = { name: Args.string({ description: 'profile', required: true, ignoreStdin: true }) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(UseProfile)
    await this.within(flags, async ({ profiles, notice }) => {
      const { changeProfiles } = await import('../profiles/store.ts')
      const { getProfileName } = await import('../profiles/subject.ts')
      let name = args.name
      await changeProfiles(profiles, (document) => {
        name = getProfileName(document, args.name)
        return { ...document, default: name }
      })
      notice(`the default profile is ${name}`)
    })
  }
}
