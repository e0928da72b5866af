/** Says where in profiles.json a fault is. Loaded only when there is one, as the parser with positions is. */
import type { ParseError } from 'jsonc-parser'
import { AppError, type ErrorCode } from '../errors.ts'
import { safeText } from '../output/safe-text.ts'
import { DocumentFault, type JsonPath } from './parse.ts'

interface Position {
  readonly line: number
  readonly column: number
}

function positionAt(source: string, offset: number): Position {
  const before = source.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

/** `profiles.ci.scopes[0]`, with names quoted where they need it. */
export function pathText(path: JsonPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    if (/^[A-Za-z_$][\w$-]*$/.test(step)) return text ? `${text}.${step}` : step
    return `${text}[${JSON.stringify(step)}]`
  }, '')
}

/** The parser with positions calls itself for each level, and ten thousand of them are too much for it. */
const tooDeep = Symbol('too deep')

function shallow<T>(work: () => T): T | typeof tooDeep {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError) return tooDeep
    throw error
  }
}

/** Without the byte order mark, which that parser does not know; positions stay as they are. */
const unmarked = (source: string) => source.replace(/^\uFEFF/, ' ')

/** The .NET tool of the same name has its list of profiles at the same place. */
const configurationHint = (source: string, file: string): string =>
  /^\uFEFF?\s*\[/.test(source)
    ? `if the .NET tool wrote it: give ${file} another name, and import it by \`entra-auth-cli import-profile FILE\``
    : `edit ${file}; it has not been changed`

export interface DocumentErrorDetails {
  readonly code: ErrorCode
  readonly hint: string
}

/**
 * The error for a document that cannot be used: file, line, column, path inside the document, reason.
 * The file itself is left as it is. Unless said otherwise it is the configuration.
 */
export async function documentError(
  fault: unknown,
  source: string,
  file: string,
  { code, hint }: DocumentErrorDetails = { code: 'config', hint: configurationHint(source, file) },
): Promise<AppError> {
  const { findNodeAtLocation, parseTree, printParseErrorCode } = await import('jsonc-parser')
  const strict = { disallowComments: true, allowTrailingComma: false }
  const errors: ParseError[] = []
  const tree = shallow(() => parseTree(unmarked(source), errors, strict))
  if (tree === tooDeep)
    return new AppError(code, `${file}: values are nested too deep for profiles`, { hint, cause: fault })
  if (!(fault instanceof DocumentFault)) {
    const first = errors[0]
    const { line, column } = positionAt(source, first?.offset ?? source.length)
    const reason = first ? printParseErrorCode(first.error) : 'EndOfFileExpected'
    const words = reason.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
    return new AppError(code, `${file}:${line}:${column}: not JSON: ${words}`, { hint, cause: fault })
  }
  const node = tree && findNodeAtLocation(tree, [...fault.path])
  const { line, column } = positionAt(source, node?.offset ?? 0)
  const where = safeText(pathText(fault.path), { max: 200 }) || 'the document'
  return new AppError(code, `${file}:${line}:${column}: ${where} ${fault.message}`, {
    hint,
    cause: fault,
  })
}

const fieldCount = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0
  const own = Array.isArray(value) ? 0 : Object.keys(value).length
  return Object.values(value).reduce<number>((sum, child) => sum + fieldCount(child), own)
}

/** Whether reading loses a field; each has one colon outside of texts. Much cheaper than to look where. */
function mayLoseFields(source: string): boolean {
  try {
    const colons = source.replace(/"[^"\\]*(?:\\.[^"\\]*)*"/g, '').split(':').length - 1
    return colons !== fieldCount(JSON.parse(source.replace(/^\uFEFF/, '')))
  } catch {
    return true
  }
}

/** A name that stands twice in one object: JSON keeps the last and drops the first without a word. */
export async function findDuplicateField(source: string): Promise<DocumentFault | undefined> {
  if (!mayLoseFields(source)) return undefined
  const { parseTree } = await import('jsonc-parser')
  type Node = NonNullable<ReturnType<typeof parseTree>>
  const walk = (node: Node, path: JsonPath): DocumentFault | undefined => {
    const seen = new Set<unknown>()
    for (const [index, child] of (node.children ?? []).entries()) {
      if (node.type === 'array') {
        const fault = walk(child, [...path, index])
        if (fault) return fault
        continue
      }
      const [key, value] = child.children ?? []
      if (!key || !value) continue
      const at = [...path, key.value as string]
      if (seen.has(key.value)) return new DocumentFault(at, 'is there twice')
      seen.add(key.value)
      const fault = walk(value, at)
      if (fault) return fault
    }
    return undefined
  }
  const found = shallow(() => {
    const tree = parseTree(unmarked(source))
    return tree && walk(tree, [])
  })
  return found === tooDeep ? new DocumentFault([], 'is nested too deep') : found
}
