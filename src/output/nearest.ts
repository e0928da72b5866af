/** The word that someone probably meant. */

/** Edit distance by rows; two letters in the wrong order are one edit (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = swapped ? (before[j - 2] as number) + 1 : Number.POSITIVE_INFINITY
      next.push(Math.min(substitution, swap, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    before = row
    row = next
  }
  return row[b.length] as number
}

/**
 * The nearest of the words, if it is near: a third of its letters may differ, or it begins with the word.
 * Case does not matter.
 */
export function findNearest(word: string, words: readonly string[]): string | undefined {
  if (word.length > 64) return undefined
  const wanted = word.toLowerCase()
  const ranked = words
    .map((candidate) => ({ candidate, edits: distance(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)
  const best = ranked[0]
  if (!best) return undefined
  if (best.edits <= Math.max(1, Math.floor(best.candidate.length / 3))) return best.candidate
  const begins = ranked.find(({ candidate }) => candidate.toLowerCase().startsWith(wanted))
  return wanted.length >= 3 ? begins?.candidate : undefined
}
