import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../../command.ts'
import { credTargetFlags } from '../../flags/cred.ts'

export default class CredDelete extends BaseCommand {
  static override summary = "Delete an application's client secret, its certificate and key, or both."
  static override description =
    'A key in a PKCS#11 token is deleted there. What is left is used from then on; with the last credential the ' +
    'profile goes. What the application has in Entra stays.'
  static override examples = [
    '<%= config.bin %> cred delete --domain contoso.onmicrosoft.com --secret',
    '<%= config.bin %> cred delete --profile ci --old --yes',
  ]
  static override flags = {
    ...credTargetFlags,
    secret: Flags.boolean({ summary: 'only the client secret' }),
    cert: Flags.boolean({ summary: 'only the certificate and its key' }),
    old: Flags.boolean({
      exclusive: ['secret', 'cert'],
      summary: 'only the credential that the profile had before',
    }),
    yes: Flags.boolean({ char: 'y', summary: 'do not ask' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(CredDelete)
    await this.within(flags, async (context) => {
      const { deleteCredentials } = await import('../../cred/delete.ts')
      await deleteCredentials(flags, context)
    })
  }
}
