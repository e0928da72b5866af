import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../../command.ts'
import { oclifFlags } from '../../flags/oclif.ts'
import { plainFlags } from '../../flags/table.ts'

export default class CacheClear extends BaseCommand {
  static override summary = 'Drop cached access tokens: all, or those of a profile.'
  static override aliases = ['clear-cache']
  static override examples = ['<%= config.bin %> cache clear', '<%= config.bin %> cache clear --profile ci']
  static override flags = {
    ...oclifFlags({ profile: plainFlags.profile }),
    expired: Flags.boolean({ summary: 'only those that have expired or cannot be read' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(CacheClear)
    await this.within(flags, async (context) => {
      const { clearCache } = await import('../../tokens/cache-contents.ts')
      const { loadProfiles } = await import('../../profiles/store.ts')
      const { getProfileName } = await import('../../profiles/subject.ts')
      const { profile: asked, expired } = flags
      const profile =
        asked === undefined ? undefined : getProfileName(await loadProfiles(context.profiles), asked)
      const count = await clearCache(context, { profile, expired })
      context.notice(`${count} cached ${count === 1 ? 'token' : 'tokens'} dropped`)
    })
  }
}
