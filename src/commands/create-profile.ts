import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../command.ts'
import { askingFlags } from '../flags/asking.ts'
import { credentialFlags } from '../flags/credential.ts'
import { identityFlags } from '../flags/identity.ts'
import { oclifFlags } from '../flags/oclif.ts'
import { secretStoreFlag } from '../flags/secret-store.ts'
import { redirectFlags } from '../flags/sign-in.ts'
import { plainFlags } from '../flags/table.ts'

export default class CreateProfile extends BaseCommand {
  static override summary = 'Describe an application once, as a named profile.'
  static override description =
    'On a terminal it asks for what the flags leave open; without one it asks nothing. ' +
    'Secrets go to the keychain of the operating system, never into the profile.'
  static override aliases = ['config:create']
  static override examples = [
    '<%= config.bin %> create-profile',
    '<%= config.bin %> create-profile -n ci -t contoso.onmicrosoft.com --client-id GUID --client-secret-stdin < secret.txt',
    '<%= config.bin %> create-profile -n work -t contoso.onmicrosoft.com --client-id GUID --flow interactive-browser',
    '<%= config.bin %> create-profile -n app -t contoso.onmicrosoft.com --client-id GUID --certificate-path app.pfx',
    '<%= config.bin %> create-profile -n job -t contoso.onmicrosoft.com --client-id GUID --federated github-actions',
    '<%= config.bin %> create-profile -n vm --managed-identity system',
  ]
  static override flags = {
    name: Flags.string({
      char: 'n',
      aliases: ['profile'],
      charAliases: ['p'],
      helpValue: 'NAME',
      summary: 'name of the profile',
    }),
    ...identityFlags,
    ...oclifFlags({ scope: plainFlags.scope }),
    ...redirectFlags,
    ...credentialFlags,
    ...secretStoreFlag(),
    ...askingFlags,
    default: Flags.boolean({ summary: 'make it the default profile; the first one is' }),
    force: Flags.boolean({ summary: 'replace a profile of that name' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(CreateProfile)
    await this.within(flags, async (context) => {
      const { runCreateProfile } = await import('../profiles/create-profile.ts')
      await runCreateProfile(flags, context)
    })
  }
}
