import * as Flags from '@oclif/core/flags'
import { BaseCommand, outputFlags } from '../command.ts'
import { oclifFlags } from '../flags/oclif.ts'
import { plainFlags } from '../flags/table.ts'

export default class Doctor extends BaseCommand {
  static override summary = 'Check everything a token needs: files, keychain, network, clock, credentials.'
  static override description =
    'Nothing is changed and no token is asked for. Exit status 0: nothing failed, warnings aside; ' +
    'otherwise that of the first failure.'
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --profile ci',
    '<%= config.bin %> doctor --output json | jq \'.results[] | select(.status == "failed")\'',
  ]
  static override flags = {
    ...oclifFlags({ profile: plainFlags.profile }),
    offline: Flags.boolean({ summary: 'leave the network out' }),
    ...outputFlags(['text', 'json']),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor)
    await this.within(flags, async (context) => {
      const { doctor } = await import('../doctor/doctor.ts')
      const { profile, offline } = flags
      await doctor(
        { profile, offline, json: flags.json || flags.output === 'json' },
        this.config.version,
        context,
      )
    })
  }
}
