/** How emphasis looks on a terminal. */

type Paint = (text: string) => string

/** chalk fits, and so do functions that change nothing. */
export interface ReportStyle {
  readonly bold: Paint
  readonly dim: Paint
  readonly green: Paint
  readonly red: Paint
  readonly yellow: Paint
}

export async function createStyle(colors: boolean): Promise<ReportStyle> {
  const { Chalk } = await import('chalk')
  const { bold, dim, green, red, yellow } = new Chalk({ level: colors ? 1 : 0 })
  return { bold, dim, green, red, yellow }
}
