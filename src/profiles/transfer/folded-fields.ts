/** An object's fields, whatever the case of their names, with underscores and hyphens or without. */
import { DocumentFault, type JsonPath } from '../parse.ts'
import type { Rule } from '../rules.ts'

export const folded = (key: string): string => key.toLowerCase().replaceAll(/[_-]/g, '')

export interface Field {
  /** As it is spelled there. */
  readonly key: string
  readonly value: unknown
  readonly path: JsonPath
}

/** The fields of one object by their folded names; nulls are as good as absent. */
export class FoldedFields {
  readonly path: JsonPath
  readonly #fields = new Map<string, Field>()

  /** @throws DocumentFault for what is no object, and for a field that is there in two spellings. */
  constructor(value: unknown, path: JsonPath) {
    this.path = path
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new DocumentFault(path, 'must be an object')
    for (const [key, content] of Object.entries(value)) {
      const field = { key, value: content, path: [...path, key] }
      if (content === null) continue
      if (this.#fields.has(folded(key))) throw new DocumentFault(field.path, 'is there in two spellings')
      this.#fields.set(folded(key), field)
    }
  }

  /** The field by the first of its names that is there, and not again after that. */
  take(...names: readonly string[]): Field | undefined {
    for (const name of names) {
      const field = this.#fields.get(folded(name))
      this.#fields.delete(folded(name))
      if (field) return field
    }
    return undefined
  }

  takeText(...names: readonly string[]): string | undefined {
    const field = this.take(...names)
    if (field === undefined || field.value === '') return undefined
    if (typeof field.value === 'string') return field.value
    throw new DocumentFault(field.path, 'must be a text')
  }

  /** @throws DocumentFault also when it is absent. */
  getText(name: string, rule?: Rule): string {
    const field = this.#fields.get(folded(name))
    const text = this.takeText(name)
    if (text === undefined)
      throw new DocumentFault(field?.path ?? this.path, field ? 'is empty' : `lacks the field "${name}"`)
    const fault = rule?.(text)
    if (field && fault) throw new DocumentFault(field.path, fault)
    return text
  }

  /** What nobody took. */
  get rest(): readonly Field[] {
    return [...this.#fields.values()]
  }
}
