import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../../command.ts'
import { recordFlags, tokenNameFlags } from '../../flags/certificate.ts'
import { durationFlag } from '../../flags/duration.ts'

export default class CertList extends BaseCommand {
  static override summary = 'List the certificates of profiles and PKCS#11 tokens, and when they expire.'
  static override examples = [
    '<%= config.bin %> cert list',
    '<%= config.bin %> cert list --expiring 30d || echo "time to renew"',
    '<%= config.bin %> cert list --tokens',
  ]
  static override flags = {
    ...recordFlags,
    expiring: durationFlag({
      helpValue: 'TIME',
      summary: 'only those that are expired by then, for instance 30d; the exit status is 80 if there is one',
    }),
    tokens: Flags.boolean({ summary: 'list the keys in PKCS#11 tokens too; this loads the modules' }),
    ...tokenNameFlags,
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(CertList)
    await this.within(flags, async (context) => {
      const { listCertificates } = await import('../../certificates/list.ts')
      await listCertificates({ ...flags, json: flags.json || flags.output === 'json' }, context)
    })
  }
}
