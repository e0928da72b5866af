/** What `cert show` does once its flags are read. */
import type { Context } from '../context.ts'
import { fields } from '../output/table.ts'
import { certificateLines, certificateRecord, nameText, validityAt } from './facts.ts'
import { findLeaf, type KeyState, type Leaf } from './leaf.ts'
import { openSource, type SourceFlags } from './source.ts'

/** Prints the facts; a certificate that is expired, or not valid yet, is also told by the exit status. */
export async function showCertificate(
  file: string | undefined,
  flags: SourceFlags & { readonly json: boolean },
  context: Context,
): Promise<void> {
  const source = await openSource(file, flags, { askForKey: false }, context)
  const now = context.now()
  const leaf = await findLeaf(source, now)
  const { certificate, chain, privateKey } = leaf
  const issuers = chain.slice(1).map(({ subject }) => nameText(subject))
  if (flags.json) {
    const record = {
      source: source.name,
      ...certificateRecord(certificate, now),
      chain: issuers,
      private_key: privateKey,
    }
    context.out(`${JSON.stringify(record)}\n`)
  } else
    context.out(
      `${fields([
        ...certificateLines(certificate, now),
        ...issuers.map((name): [string, string] => ['issued by', name]),
        ['private key', keyWords(leaf)],
      ])}\n`,
    )
  if (validityAt(certificate, now) !== 'valid') context.exitWith('expired')
}

const stateWords: Record<KeyState, string> = {
  matches: 'belongs to the certificate',
  'does-not-match': 'belongs to another certificate',
  'not-checked': 'not checked',
  absent: 'not here',
}

function keyWords({ privateKey: { state, place, reason } }: Leaf): string {
  const words = [stateWords[state], reason].filter((part) => part !== undefined).join(': ')
  return place === undefined || reason?.includes(place) ? words : `${words} (${place})`
}
