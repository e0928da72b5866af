/** Untrusted text, made safe for a terminal, a log line and a CI runner's command parser. */

/**
 * What can move the cursor, forge a line, reorder or hide text: controls (Cc: C0, DEL, C1), format characters
 * (Cf: bidi controls, zero-width characters, byte order mark), line and paragraph separators, lone surrogates.
 * A class without repetition, so matching is linear.
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

const visible = (char: string): string => `\\u{${char.codePointAt(0)?.toString(16)}}`

/**
 * The text with every unsafe character as a visible escape, `\u{1b}`; nothing else changes, so safe text stays as
 * it is. With `max`, at most that many characters (code points), the last one `…` when something was left out.
 */
export function safeText(text: string, options: { readonly max?: number } = {}): string {
  const { max } = options
  return max === undefined ? text.replace(unsafe, visible) : shorten(text, Math.max(1, max))
}

/** The value as JSON on one line, with every unsafe character as JSON's own escape: whoever parses it reads the same. */
export function safeJson(value: unknown): string {
  const escaped = (char: string) =>
    char
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('')
  return JSON.stringify(value).replace(unsafe, escaped)
}

/** Escapes no more than is shown, and never cuts an escape or a surrogate pair in half. */
function shorten(text: string, max: number): string {
  // A character takes at most two code units: one more character than fits shows that the text is too long.
  const pieces = Array.from(text.slice(0, 2 * max + 2), (char) => char.replace(unsafe, visible))
  let length = 0
  let whole = 0 // pieces that fit together with the ellipsis
  for (const piece of pieces) {
    length += piece.startsWith('\\') ? piece.length : 1 // an escape is ASCII, anything else one character
    if (length < max) whole += 1
    if (length > max) return `${pieces.slice(0, whole).join('')}…`
  }
  return pieces.join('')
}
