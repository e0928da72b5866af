import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../../command.ts'
import { forceFlag, newKeyFlags, recordFlags, validDaysFlag } from '../../flags/certificate.ts'
import { credTargetFlags } from '../../flags/cred.ts'
import { tokenKeyFlags } from '../../flags/credential.ts'
import { secretStoreFlag } from '../../flags/secret-store.ts'

export default class CredCert extends BaseCommand {
  static override summary = "Make a new key and certificate for an application's profile."
  static override description =
    'The key is made in a PKCS#11 token when one is given or configured, or the profile has its key there; otherwise ' +
    'it is sealed on this machine. The former credential is used until Entra knows the new certificate.'
  static override examples = [
    '<%= config.bin %> cred cert --domain contoso.onmicrosoft.com --client-id GUID --cert-out app.crt',
    '<%= config.bin %> cred cert --profile ci --valid-days 90 --token-label desk',
  ]
  static override flags = {
    ...credTargetFlags,
    'cert-out': Flags.string({ helpValue: 'FILE', summary: 'write the certificate to this file' }),
    ...newKeyFlags,
    'valid-days': validDaysFlag,
    'keep-old': Flags.boolean({ summary: 'keep the former credential until `cred delete --old`' }),
    force: forceFlag('a file that is there, and the previous credential that was to be kept'),
    ...recordFlags,
    ...tokenKeyFlags,
    ...secretStoreFlag('where the key of a sealed key, or a PIN, is kept'),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(CredCert)
    await this.within(flags, async (context) => {
      const { makeCertificate } = await import('../../cred/cert.ts')
      await makeCertificate({ ...flags, json: flags.json || flags.output === 'json' }, context)
    })
  }
}
