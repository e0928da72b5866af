/** The shells that have a completion script, and how each is installed. */
import { AppError } from '../errors.ts'
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import { grammarOf, type ManifestCommand } from './grammar.ts'
import { powershellScript } from './powershell.ts'
import { type Shell, shells } from './shell-names.ts'
import { zshScript } from './zsh.ts'

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript, powershell: powershellScript }

/**
 * The completion script for a shell, or for the one that `SHELL` names.
 * @throws AppError `usage` where no shell is named and the variable names none of ours.
 */
export function completionScript(
  asked: Shell | undefined,
  loginShell: string | undefined,
  commands: readonly ManifestCommand[],
): string {
  const name = loginShell
    ?.split('/')
    .at(-1)
    ?.replace(/^pwsh$/, 'powershell')
  const shell = asked ?? shells.find((one) => one === name)
  if (!shell)
    throw new AppError('usage', 'it is not said for which shell', {
      hint: `name it: \`entra-auth-cli autocomplete ${shells.join('|')}\``,
    })
  return scripts[shell](grammarOf(commands))
}
