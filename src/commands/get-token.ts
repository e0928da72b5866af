import * as Flags from '@oclif/core/flags'
import { BaseCommand, verboseFlags } from '../command.ts'
import { durationFlag } from '../flags/duration.ts'
import { tokenFlags } from '../flags/token.ts'

export default class GetToken extends BaseCommand {
  static override summary = 'Print an access token: from the cache at once, or a new one.'
  static override description =
    'Only the token and a newline go to stdout. Parallel calls make one request. ' +
    'A cached token is handed out while it is good for another five minutes.'
  static override examples = [
    '<%= config.bin %> get-token --profile ci',
    '<%= config.bin %> get-token --profile ci --output json | jq -r .access_token',
    'TOKEN=$(<%= config.bin %> get-token)',
    '<%= config.bin %> get-token --flow interactive-browser -t contoso.onmicrosoft.com --client-id GUID --scope User.Read',
    'curl -H "$(<%= config.bin %> get-token --output header)" https://graph.microsoft.com/v1.0/applications',
  ]
  static override flags = {
    ...tokenFlags,
    ...verboseFlags,
    force: Flags.boolean({ summary: 'ask Entra, whatever is cached' }),
    'no-cache': Flags.boolean({ summary: 'neither read nor write the cache' }),
    'min-ttl': durationFlag({
      helpValue: 'TIME',
      summary: 'how long the token must still be good for; 5m unless given',
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(GetToken)
    await this.within(flags, async (context) => {
      const { printToken } = await import('../tokens/print-token.ts')
      await printToken(flags, context)
    })
  }
}
