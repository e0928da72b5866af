import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../../command.ts'
import {
  forceFlag,
  newKeyFlags,
  newPasswordFlags,
  pinSourceFlag,
  profileFlag,
  recordFlags,
} from '../../flags/certificate.ts'

export default class CertRequest extends BaseCommand {
  static override summary = 'Write a certificate request (PKCS#10) for a key that is there, or a new one.'
  static override description =
    'A certificate authority makes a certificate of it. For a key under a profile, that one takes its place with ' +
    '`edit-profile NAME --certificate-path FILE`.'
  static override examples = [
    '<%= config.bin %> cert request --profile ci --out ci.csr',
    '<%= config.bin %> cert request --key-out app.key --subject "CN=app, O=Contoso" --out app.csr',
  ]
  static override args = {
    file: Args.string({
      description: 'PEM or PFX file with the key, or its pkcs11: URI; - for standard input',
      ignoreStdin: true,
    }),
  }
  static override flags = {
    profile: profileFlag,
    ...newKeyFlags,
    out: Flags.string({ helpValue: 'FILE', summary: 'write to this file instead of stdout' }),
    'key-out': Flags.string({ helpValue: 'FILE', summary: 'make a new key, and write it to this file' }),
    force: forceFlag('files that are there'),
    ...recordFlags,
    ...newPasswordFlags,
    'pin-source': pinSourceFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CertRequest)
    await this.within(flags, async (context) => {
      const { requestCertificate } = await import('../../certificates/request.ts')
      await requestCertificate(args.file, { ...flags, json: flags.json || flags.output === 'json' }, context)
    })
  }
}
