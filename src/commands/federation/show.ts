import { BaseCommand, outputFlags } from '../../command.ts'
import { federatedFlags } from '../../flags/credential.ts'
import { identityFlags } from '../../flags/identity.ts'
import { oclifFlags } from '../../flags/oclif.ts'
import { plainFlags } from '../../flags/table.ts'

export default class FederationShow extends BaseCommand {
  static override summary = 'Show what this machine can present to Entra in place of a secret.'
  static override description =
    'Issuer, subject, audience and lifetime of the assertion; never the assertion itself. The source is the one of ' +
    '--federated or of the profile, or what the machine offers. Exit status 65: Entra would refuse it.'
  static override examples = [
    '<%= config.bin %> federation show',
    '<%= config.bin %> federation show --federated kubernetes --output json',
    '<%= config.bin %> federation show --profile ci',
  ]
  static override flags = {
    ...oclifFlags({ profile: plainFlags.profile }),
    cloud: identityFlags.cloud,
    ...federatedFlags,
    ...outputFlags(['text', 'json']),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(FederationShow)
    await this.within(flags, async (context) => {
      const { showFederation } = await import('../../federation/show.ts')
      await showFederation(flags, context)
    })
  }
}
