/** Columns of text for a terminal: two spaces between them, the last one as long as it is. */
import { safeText } from './safe-text.ts'

/**
 * The rows under their headings, each column as wide as its widest cell. Cells are made safe for a terminal.
 * @param columns of the terminal: cells are cut, the longest first, so that lines fit. Without it they are whole.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  columns?: number,
): string {
  const cells = [headings, ...rows].map((row) => row.map((cell) => safeText(cell)))
  const natural = headings.map((_, column) =>
    cells.reduce((widest, row) => Math.max(widest, (row[column] ?? '').length), 0),
  )
  const widths = columns === undefined ? natural : fitted(natural, columns - gap * (headings.length - 1))
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cut(cell, widths[column] as number)).join(' '.repeat(gap))
  return cells.map((row) => line(row).trimEnd()).join('\n')
}

const gap = 2
/** A column is not made narrower than this. */
const narrowest = 10

/** Takes from the widest column until the sum fits, or nothing can be taken. */
function fitted(natural: readonly number[], available: number): readonly number[] {
  const widths = [...natural]
  let excess = widths.reduce((sum, width) => sum + width, 0) - available
  for (; excess > 0; excess--) {
    const widest = widths.indexOf(Math.max(...widths))
    if ((widths[widest] as number) <= narrowest) break
    widths[widest] = (widths[widest] as number) - 1
  }
  return widths
}

const cut = (cell: string, width: number) =>
  cell.length > width ? `${cell.slice(0, width - 1)}…` : cell.padEnd(width)

/** Names and values, one a line. */
export function fields(lines: readonly (readonly [string, string])[]): string {
  const width = Math.max(...lines.map(([name]) => name.length))
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${safeText(value)}`).join('\n')
}
