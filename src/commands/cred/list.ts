import { BaseCommand } from '../../command.ts'
import { recordFlags } from '../../flags/certificate.ts'
import { credTargetFlags } from '../../flags/cred.ts'
import { durationFlag } from '../../flags/duration.ts'

export default class CredList extends BaseCommand {
  static override summary = 'List the credentials of profiles: what is there, and when it expires.'
  static override examples = [
    '<%= config.bin %> cred list --domain contoso.onmicrosoft.com',
    '<%= config.bin %> cred list --expiring 30d || echo "time to renew"',
  ]
  static override flags = {
    ...credTargetFlags,
    expiring: durationFlag({
      helpValue: 'TIME',
      summary: 'only those that are expired by then, for instance 30d; the exit status is 80 if there is one',
    }),
    ...recordFlags,
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(CredList)
    await this.within(flags, async (context) => {
      const { listCredentials } = await import('../../cred/list.ts')
      await listCredentials({ ...flags, json: flags.json || flags.output === 'json' }, context)
    })
  }
}
