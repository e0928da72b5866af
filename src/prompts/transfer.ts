/** The questions of `export-profile` and `import-profile`. */
import type { Secret } from '../secret.ts'
import { askChoice, askSecret } from './ask.ts'

/** Twice, because a slip would lock the export for good. */
export async function askNewPassphrase(fault: (passphrase: Secret) => string | undefined): Promise<Secret> {
  for (let question = 'Passphrase for the export'; ; question = 'The two differ. Passphrase for the export') {
    const passphrase = await askSecret(question, fault)
    if ((await askSecret('The same passphrase again')).reveal() === passphrase.reveal()) return passphrase
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
