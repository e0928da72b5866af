/** The questions of `export-profile` and `import-profile`. */
import type { Secret } from '../secret.ts'
import { askChoice, askSecret } from './ask.ts'

/** Twice, because a slip would lock the export for good. */
export async function askNewPassphrase(
  fault: (passphrase: Secret) => string | undefined,
  say: (line: string) => void,
): Promise<Secret> {
  for (;;) {
    const passphrase = await askSecret('Passphrase for the export')
    const wrong = fault(passphrase)
    if (wrong !== undefined) {
      say(wrong)
      continue
    }
    if ((await askSecret('The same passphrase again')).reveal() === passphrase.reveal()) return passphrase
    say('the two passphrases differ')
  }
}

export const askPassphrase = (source: string): Promise<Secret> => askSecret(`Passphrase of ${source}`)

export type ClashAnswer = 'skip' | 'overwrite' | 'rename'

export const askClash = (name: string, free: string): Promise<ClashAnswer> =>
  askChoice(`There is a profile ${name} already. What should be done?`, [
    { value: 'skip', name: 'skip: leave it as it is' },
    { value: 'overwrite', name: 'overwrite: replace it, with its secrets and cached tokens' },
    { value: 'rename', name: `rename: import as ${free}` },
  ])
