/**
 * Evaluates the `claimsMatchingExpression` of a flexible federated identity credential offline, in language version 1:
 *
 *     claims['sub'] matches 'repo:contoso/*:ref:refs/heads/*' and claims['repository_id'] eq '74'
 *
 * `eq` compares whole values, `matches` knows `*` (any characters, none too) and `?` (exactly one); case matters.
 */
import { AppError } from '../errors.ts'

export interface Clause {
  readonly claim: string
  readonly operator: 'eq' | 'matches'
  readonly value: string
}

const clause = /claims\['([^']+)'\] (eq|matches) '([^']*)'/y
const longest = 4096

const fault = (at: number, reason: string) =>
  new AppError('data', `the expression cannot be read at character ${at + 1}: ${reason}`, {
    hint: "write claims['sub'] matches 'repo:owner/*' and so on, with one space around each word",
  })

/** @throws AppError `data` saying at which character the expression is none. */
export function parseExpression(text: string): readonly Clause[] {
  const expression = text.trim()
  if (expression.length > longest) throw new AppError('data', 'the expression is longer than 4096 characters')
  const clauses: Clause[] = []
  let at = 0
  for (;;) {
    clause.lastIndex = at
    const [whole, claim, operator, value] = clause.exec(expression) ?? []
    if (whole === undefined) throw fault(at, "a comparison such as claims['sub'] eq '…' is expected")
    clauses.push({
      claim: claim as string,
      operator: operator as Clause['operator'],
      value: value as string,
    })
    at += whole.length
    if (at === expression.length) return clauses
    if (!expression.startsWith(' and ', at)) throw fault(at, '" and " or the end is expected')
    at += ' and '.length
  }
}

/** Whether the value of a claim is as the clause says; an absent claim, or one that is no text, never is. */
export function holds({ operator, value }: Clause, claim: unknown): boolean {
  if (typeof claim !== 'string') return false
  return operator === 'eq' ? claim === value : matchesPattern(value, claim)
}

/** Goes back to the last `*` only, so that the time is the product of both lengths at the worst. */
function matchesPattern(pattern: string, text: string): boolean {
  let p = 0
  let t = 0
  let star = -1
  let resume = 0
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++
      resume = t
    } else if (pattern[p] === '?' || pattern[p] === text[t]) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++resume
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
