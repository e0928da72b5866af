import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../command.ts'
import { namedProfileFlags } from '../flags/identity.ts'
import { passphraseFlags } from '../flags/passphrase.ts'

export default class ExportProfile extends BaseCommand {
  static override summary = 'Write profiles for another machine: all, or those named.'
  static override description =
    'Without secrets it is plain JSON, as in profiles.json. With --include-secrets it is one line, ' +
    'sealed with a passphrase.'
  static override aliases = ['config:export']
  static override examples = [
    '<%= config.bin %> export-profile > profiles.json',
    '<%= config.bin %> export-profile ci --include-secrets --file ci.sealed',
  ]
  static override args = {
    name: Args.string({ description: 'profiles; all of them unless given', ignoreStdin: true }),
  }
  static override flags = {
    ...namedProfileFlags,
    'include-secrets': Flags.boolean({ summary: 'take the secrets along, sealed with a passphrase' }),
    file: Flags.string({
      helpValue: 'FILE',
      char: 'o',
      aliases: ['output'],
      summary: 'write to a file that only you may read',
    }),
    force: Flags.boolean({ summary: 'replace that file' }),
    ...passphraseFlags,
  }
  // Several names may be given.
  static override strict = false

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(ExportProfile)
    await this.within(flags, async (context) => {
      const { exportProfiles } = await import('../profiles/transfer/export.ts')
      const names = [...argv.map(String), ...(flags.profile === undefined ? [] : [flags.profile])]
      await exportProfiles(names, flags, context)
    })
  }
}
