/** Compares what an assertion says with what a federated identity credential wants: Entra wants every character. */
import { type Cloud, clouds } from '../cloud/clouds.ts'
import type { FederatedCredential } from './credential.ts'
import { type Clause, holds, parseExpression } from './expression.ts'

/** What an assertion presents to Entra. */
export interface Presented {
  readonly issuer: string
  readonly subject: string
  readonly audience: string
  readonly claims: Readonly<Record<string, unknown>>
}

export interface Difference {
  readonly kind: 'case' | 'trailing-slash' | 'immutable-ids' | 'cloud-audience' | 'characters'
  /** Index of the first character that differs. */
  readonly at: number
}

export interface FieldResult {
  /** `issuer`, `subject`, `audience`, or the name of a claim. */
  readonly field: string
  /** How a claim is compared; the others must be equal. */
  readonly operator?: Clause['operator']
  readonly expected: string
  readonly presented: string
  /** Absent where they match. */
  readonly difference?: Difference
}

export interface CheckResult {
  readonly name: string | undefined
  readonly matches: boolean
  readonly fields: readonly FieldResult[]
}

/** @throws AppError `data` for an expression that is none. */
export function checkCredential(credential: FederatedCredential, presented: Presented): CheckResult {
  const { issuer, subject, audiences, expression } = credential
  const fields = [
    ...(issuer === undefined ? [] : [compared('issuer', issuer, presented.issuer)]),
    ...(subject === undefined ? [] : [compared('subject', subject, presented.subject)]),
    ...(expression === undefined
      ? []
      : parseExpression(expression).map((clause) => checkClause(clause, presented.claims))),
    ...(audiences === undefined ? [] : [checkAudience(audiences, presented.audience)]),
  ]
  return { name: credential.name, matches: fields.every(({ difference }) => !difference), fields }
}

function compared(field: string, expected: string, presented: string): FieldResult {
  const difference = findDifference(expected, presented)
  return { field, expected, presented, ...(difference && { difference }) }
}

function checkAudience(audiences: readonly string[], presented: string): FieldResult {
  const expected = audiences.includes(presented) ? presented : (audiences[0] ?? '')
  return compared('audience', expected, presented)
}

function checkClause(clause: Clause, claims: Presented['claims']): FieldResult {
  const value = claims[clause.claim]
  const presented = typeof value === 'string' ? value : ''
  const result = { field: clause.claim, operator: clause.operator, expected: clause.value, presented }
  if (holds(clause, value)) return result
  const difference = clause.operator === 'eq' ? findDifference(clause.value, presented) : undefined
  return { ...result, difference: difference ?? { kind: 'characters', at: prefixOf(clause, presented) } }
}

/** How far a pattern's literal beginning agrees. */
const prefixOf = ({ value }: Clause, presented: string): number =>
  firstDifference(value.split(/[*?]/)[0] ?? '', presented)

const exchangeAudiences = Object.values(clouds as Record<string, Cloud>).map(
  ({ exchangeAudience }) => exchangeAudience,
)

/** What differs, from the likely mistake to the general case; undefined for texts that are the same. */
export function findDifference(expected: string, presented: string): Difference | undefined {
  if (expected === presented) return undefined
  const at = firstDifference(expected, presented)
  const are = (same: (text: string) => string) => same(expected) === same(presented)
  if (are((text) => text.replace(/\/$/, ''))) return { kind: 'trailing-slash', at }
  if (are((text) => text.toLowerCase())) return { kind: 'case', at }
  if (are(withoutIds)) return { kind: 'immutable-ids', at }
  if (exchangeAudiences.includes(expected) && exchangeAudiences.includes(presented))
    return { kind: 'cloud-audience', at }
  return { kind: 'characters', at }
}

function firstDifference(a: string, b: string): number {
  let at = 0
  while (at < a.length && at < b.length && a[at] === b[at]) at++
  return at
}

/** GitHub's subject with and without the IDs that newer repositories have in it: `repo:owner@1/name@2:…`. */
const withoutIds = (subject: string): string =>
  subject.replace(/^repo:([^/@:]+)(?:@\d+)?\/([^/@:]+)(?:@\d+)?:/, 'repo:$1/$2:')
