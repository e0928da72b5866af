import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../../command.ts'
import {
  forceFlag,
  newKeyFlags,
  newPasswordFlags,
  profileFlag,
  recordFlags,
  validDaysFlag,
} from '../../flags/certificate.ts'
import { tokenKeyFlags } from '../../flags/credential.ts'
import { identityFlags } from '../../flags/identity.ts'
import { oclifFlags } from '../../flags/oclif.ts'
import { secretStoreFlag } from '../../flags/secret-store.ts'
import { plainFlags } from '../../flags/table.ts'

export default class CertGenerate extends BaseCommand {
  static override summary = 'Make an RSA key and a self-signed certificate for an application.'
  static override description =
    'The key is sealed under a profile, written to a file (PEM, or PFX), or made in a PKCS#11 token, which it never leaves. It prints the command that uploads the ' +
    'certificate. A profile that does not exist yet is created when --tenant-id and --client-id are given.'
  static override examples = [
    '<%= config.bin %> cert generate --profile ci',
    '<%= config.bin %> cert generate --out app.pem --valid-days 180',
    '<%= config.bin %> cert generate --out app.pfx --certificate-password-file password.txt',
    '<%= config.bin %> cert generate --profile ci --token-label desk --pin-source file:pin.txt',
  ]
  static override flags = {
    profile: profileFlag,
    out: Flags.string({ helpValue: 'FILE', summary: 'write key and certificate to this file' }),
    'cert-out': Flags.string({ helpValue: 'FILE', summary: 'write the certificate alone to this file' }),
    'key-out': Flags.string({ helpValue: 'FILE', summary: 'write the key alone to this file' }),
    format: Flags.option({
      options: ['pem', 'pfx'] as const,
      summary: 'form of --out; told by its extension unless given',
    })(),
    ...newKeyFlags,
    'valid-days': validDaysFlag,
    force: forceFlag("files that are there, the profile's credential, and a key of that label in the token"),
    ...recordFlags,
    ...newPasswordFlags,
    ...tokenKeyFlags,
    ...secretStoreFlag('where the key of a sealed key is kept'),
    ...identityFlags,
    ...oclifFlags({ scope: plainFlags.scope }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(CertGenerate)
    await this.within(flags, async (context) => {
      const { generateCertificate } = await import('../../certificates/generate.ts')
      await generateCertificate({ ...flags, json: flags.json || flags.output === 'json' }, context)
    })
  }
}
