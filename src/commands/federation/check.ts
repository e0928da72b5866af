import * as Flags from '@oclif/core/flags'
import { BaseCommand, outputFlags } from '../../command.ts'
import { assertionFlags } from '../../flags/assertion.ts'

export default class FederationCheck extends BaseCommand {
  static override summary = 'Compare an assertion with federated credentials, character by character.'
  static override description =
    'Nothing is sent: it says whether Entra would find a match, and marks the first character that differs. ' +
    'Exit status 0 for a match, 77 for none.'
  static override examples = [
    '<%= config.bin %> federation check --assertion-file token.jwt --file credentials.json',
    "<%= config.bin %> federation check --assertion-file - --expression \"claims['sub'] matches 'repo:octo/*'\" < token.jwt",
  ]
  static override flags = {
    ...outputFlags(['text', 'json']),
    ...assertionFlags,
    issuer: Flags.string({ helpValue: 'URL', summary: "the credential's issuer" }),
    subject: Flags.string({ helpValue: 'TEXT', summary: "the credential's subject" }),
    audience: Flags.string({ helpValue: 'TEXT', summary: "the credential's audience" }),
    expression: Flags.string({
      helpValue: 'TEXT',
      summary: 'the claimsMatchingExpression of a flexible credential',
    }),
    file: Flags.string({
      helpValue: 'FILE',
      summary: 'credentials as JSON, from `az ad app federated-credential list`',
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(FederationCheck)
    await this.within(flags, async (context) => {
      const { checkFederation } = await import('../../federation/check.ts')
      await checkFederation({ ...flags, json: flags.json || flags.output === 'json' }, context)
    })
  }
}
