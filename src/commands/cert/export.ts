import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../../command.ts'
import { forceFlag, recordFlags, sourceFlags } from '../../flags/certificate.ts'

export default class CertExport extends BaseCommand {
  static override summary = 'Print the public certificate of a file or profile; never its key.'
  static override examples = [
    '<%= config.bin %> cert export --profile ci --out ci.crt',
    '<%= config.bin %> cert export app.pfx --certificate-password-env PFX_PASSWORD',
  ]
  static override args = {
    file: Args.string({
      description: 'PEM, PFX or DER file, or pkcs11: URI; - for standard input',
      ignoreStdin: true,
    }),
  }
  static override flags = {
    ...sourceFlags,
    out: Flags.string({ helpValue: 'FILE', summary: 'write to this file instead of stdout' }),
    format: Flags.option({
      options: ['pem', 'der'] as const,
      default: 'pem',
      summary: 'how it is written',
    })(),
    force: forceFlag('a file that is there'),
    ...recordFlags,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CertExport)
    await this.within(flags, async (context) => {
      const { exportCertificate } = await import('../../certificates/export.ts')
      await exportCertificate(args.file, { ...flags, json: flags.json || flags.output === 'json' }, context)
    })
  }
}
