import * as Args from '@oclif/core/args'
import { BaseCommand } from '../../command.ts'
import { recordFlags, sourceFlags } from '../../flags/certificate.ts'

export default class CertShow extends BaseCommand {
  static override summary = 'Show a certificate: whose it is, until when, and whether its key is there.'
  static override description =
    'Of a file, or of a profile: the usual one when neither is named. The exit status is 80 for a certificate that is ' +
    'expired or not valid yet.'
  static override examples = [
    '<%= config.bin %> cert show app.pem',
    '<%= config.bin %> cert show --profile ci --output json',
  ]
  static override args = {
    file: Args.string({
      description: 'PEM, PFX or DER file, or pkcs11: URI; - for standard input',
      ignoreStdin: true,
    }),
  }
  static override flags = { ...sourceFlags, ...recordFlags }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CertShow)
    await this.within(flags, async (context) => {
      const { showCertificate } = await import('../../certificates/show.ts')
      await showCertificate(args.file, { ...flags, json: flags.json || flags.output === 'json' }, context)
    })
  }
}
