import { BaseCommand } from '../../command.ts'
import { forceFlag } from '../../flags/certificate.ts'
import { credTargetFlags } from '../../flags/cred.ts'
import { newSecretFlags } from '../../flags/credential.ts'
import { secretStoreFlag } from '../../flags/secret-store.ts'

export default class CredSecret extends BaseCommand {
  static override summary = "Store an application's client secret."
  static override description =
    'For the profile that is named, or the one of the domain, which is created when there is none. A certificate ' +
    'that the profile had stays as its previous credential.'
  static override examples = [
    '<%= config.bin %> cred secret --domain contoso.onmicrosoft.com --client-id GUID --secret-stdin < secret.txt',
    '<%= config.bin %> cred secret --profile ci',
  ]
  static override flags = {
    ...credTargetFlags,
    ...newSecretFlags,
    force: forceFlag('the previous credential that was to be kept'),
    ...secretStoreFlag('where the secret is kept'),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(CredSecret)
    await this.within(flags, async (context) => {
      const { setSecret } = await import('../../cred/secret.ts')
      await setSecret(flags, context)
    })
  }
}
