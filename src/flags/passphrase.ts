/** Flags that give the passphrase of a sealed export. Its value is never a flag: other programs would see it. */
import { unseenFlags } from './credential.ts'

export const passphraseFlags = unseenFlags('passphrase', 'passphrase', 'passphrase')

/** The one that is given. */
export const findPassphraseFlag = (flags: Readonly<Record<string, unknown>>): string | undefined =>
  Object.keys(passphraseFlags).find((name) => flags[name] !== undefined && flags[name] !== false)
