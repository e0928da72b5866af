import * as Args from '@oclif/core/args'
import { BaseCommand } from '../command.ts'
import { askingFlags } from '../flags/asking.ts'
import { credentialFlags } from '../flags/credential.ts'
import { identityFlags, namedProfileFlags } from '../flags/identity.ts'
import { oclifFlags } from '../flags/oclif.ts'
import { secretStoreFlag } from '../flags/secret-store.ts'
import { redirectFlags } from '../flags/sign-in.ts'
import { plainFlags } from '../flags/table.ts'

export default class EditProfile extends BaseCommand {
  static override summary = 'Change a profile: by flags, or on a terminal from a menu.'
  static override aliases = ['config:edit']
  static override examples = [
    '<%= config.bin %> edit-profile ci',
    '<%= config.bin %> edit-profile ci --client-secret-stdin < new-secret.txt',
    '<%= config.bin %> edit-profile ci --scope https://management.azure.com/.default',
  ]
  static override args = {
    name: Args.string({ description: 'profile; the default unless given', ignoreStdin: true }),
  }
  static override flags = {
    ...namedProfileFlags,
    interactive: askingFlags.interactive,
    ...identityFlags,
    ...oclifFlags({ scope: plainFlags.scope }),
    ...redirectFlags,
    ...credentialFlags,
    ...secretStoreFlag('where a new secret is kept'),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(EditProfile)
    await this.within(flags, async (context) => {
      const { runEditProfile } = await import('../profiles/edit-profile.ts')
      await runEditProfile(args.name ?? flags.profile, flags, context)
    })
  }
}
