/** The word that someone probably meant. */

/** Edit distance (Levenshtein), by rows. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitution, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}

/** The nearest of the words, if it is near: a third of its letters may differ. Case does not matter. */
export function findNearest(word: string, words: readonly string[]): string | undefined {
  if (word.length > 64) return undefined
  const wanted = word.toLowerCase()
  const ranked = words
    .map((candidate) => ({ candidate, edits: distance(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)
  const best = ranked[0]
  if (!best) return undefined
  const prefix = wanted.length >= 3 && best.candidate.toLowerCase().startsWith(wanted)
  return prefix || best.edits <= Math.max(1, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined
}
