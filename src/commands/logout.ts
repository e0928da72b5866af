import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../command.ts'
import { oclifFlags } from '../flags/oclif.ts'
import { plainFlags } from '../flags/table.ts'

export default class Logout extends BaseCommand {
  static override summary = 'Forget who signed in to a profile, with their cached tokens.'
  static override description = 'Nothing is asked of Entra: the browser stays signed in there.'
  static override examples = [
    '<%= config.bin %> logout --profile work',
    '<%= config.bin %> logout --profile work --account ada@contoso.com',
    '<%= config.bin %> logout --all',
  ]
  static override flags = {
    ...oclifFlags({ profile: plainFlags.profile }),
    account: Flags.string({ helpValue: 'USER', summary: 'only this account' }),
    all: Flags.boolean({ summary: 'of all profiles, those that are gone included' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Logout)
    await this.within(flags, async (context) => {
      const { logout } = await import('../sign-in/logout.ts')
      await logout(flags, context)
    })
  }
}
