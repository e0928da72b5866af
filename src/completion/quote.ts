/** Texts as literals of a shell. What stands in them is never code, whoever wrote it. */

/** For bash and zsh. */
export const posixQuote = (text: string): string => `'${plain(text).replaceAll("'", `'\\''`)}'`

export const fishQuote = (text: string): string => `'${plain(text).replace(/['\\]/g, '\\$&')}'`

/** PowerShell takes typographic quotes for quotes too. */
export const powershellQuote = (text: string): string => `'${plain(text).replace(/['‘’‚‛]/g, '$&$&')}'`

/** One line. */
const plain = (text: string) => text.replace(/\s+/g, ' ').trim()
