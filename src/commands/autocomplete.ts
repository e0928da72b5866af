import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../command.ts'
import { shells } from '../completion/shell-names.ts'

export default class Autocomplete extends BaseCommand {
  static override summary = 'Print the script that lets a shell complete commands, flags and profile names.'
  static override description = [
    'Without an argument it is for the shell that SHELL names. To install it:',
    'bash        add to ~/.bashrc: source <(entra-auth-cli autocomplete bash)',
    'zsh         add to ~/.zshrc: source <(entra-auth-cli autocomplete zsh)',
    'fish        entra-auth-cli autocomplete fish > ~/.config/fish/completions/entra-auth-cli.fish',
    'powershell  add to $PROFILE: entra-auth-cli autocomplete powershell | Out-String | Invoke-Expression',
  ].join('\n')
  static override examples = ['source <(<%= config.bin %> autocomplete bash)']
  static override args = {
    shell: Args.string({ options: [...shells], description: 'shell', ignoreStdin: true }),
  }
  static override flags = {
    // What the scripts ask at each press of Tab. The fast path answers it (src/fast-path.ts).
    profiles: Flags.boolean({ hidden: true, summary: 'print the names of all profiles, one a line' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Autocomplete)
    await this.within(flags, async (context) => {
      const { profileNames } = await import('../completion/profile-names.ts')
      if (flags.profiles) return context.out(profileNames(context.profiles))
      const { completionScript } = await import('../completion/shells.ts')
      const shell = shells.find((name) => name === args.shell)
      context.out(completionScript(shell, context.env.SHELL, [...this.config.commands]))
    })
  }
}
