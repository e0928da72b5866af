import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { BaseCommand, outputFlags } from '../command.ts'
import { passphraseFlags } from '../flags/passphrase.ts'
import { secretStoreFlag } from '../flags/secret-store.ts'

export default class ImportProfile extends BaseCommand {
  static override summary = 'Import profiles that export-profile or the .NET tool wrote.'
  static override description =
    'What a file is shows in its content: an export, sealed or not, a whole profiles.json, or ' +
    'profiles.json and encrypted exports of the .NET tool. All profiles in it are imported, or none.'
  static override aliases = ['config:import']
  static override examples = [
    '<%= config.bin %> import-profile profiles.json --dry-run',
    '<%= config.bin %> import-profile ci.sealed --overwrite',
    'ssh other entra-auth-cli export-profile | <%= config.bin %> import-profile --rename',
  ]
  static override args = {
    file: Args.string({ description: 'file, or - for standard input', ignoreStdin: true }),
  }
  static override flags = {
    file: Flags.string({
      char: 'f',
      aliases: ['input'],
      charAliases: ['i'],
      helpValue: 'FILE',
      summary: 'the same as the argument',
    }),
    name: Flags.string({ char: 'n', helpValue: 'NAME', summary: 'name for the profile, where it is one' }),
    overwrite: Flags.boolean({ summary: 'replace profiles of the same names' }),
    rename: Flags.boolean({ summary: 'give a name that is taken a number: ci-2' }),
    'dry-run': Flags.boolean({ summary: 'say what would be done, and do nothing' }),
    ...secretStoreFlag(),
    ...passphraseFlags,
    ...outputFlags(['text', 'json']),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ImportProfile)
    await this.within(flags, async (context) => {
      const { importProfiles } = await import('../profiles/transfer/import.ts')
      await importProfiles({ ...flags, argument: args.file }, context)
    })
  }
}
