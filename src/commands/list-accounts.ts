import { BaseCommand, outputFlags } from '../command.ts'
import { oclifFlags } from '../flags/oclif.ts'
import { plainFlags } from '../flags/table.ts'

export default class ListAccounts extends BaseCommand {
  static override summary = 'List the people who signed in, by profile.'
  static override examples = [
    '<%= config.bin %> list-accounts',
    "<%= config.bin %> list-accounts --output json | jq -r '.accounts[].username'",
  ]
  static override flags = {
    ...oclifFlags({ profile: plainFlags.profile }),
    ...outputFlags(['text', 'json']),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(ListAccounts)
    await this.within(flags, async (context) => {
      const { listAccounts } = await import('../sign-in/list-accounts.ts')
      await listAccounts(flags.profile, flags.json || flags.output === 'json', context)
    })
  }
}
