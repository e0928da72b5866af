/** JSON from elsewhere, of which only an object is of use. */

/** The object that the text is; undefined for any other JSON, and for what is none. */
export function findJsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
