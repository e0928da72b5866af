/** How `federation check` tells its findings, for people and for programs. */
import { fields, table } from '../output/table.ts'
import type { CheckResult, Difference, FieldResult, Presented } from './compare.ts'

const words: Record<Difference['kind'], string> = {
  case: 'only upper and lower case differ, and Entra tells them apart',
  'trailing-slash': 'only the slash at the end differs',
  'immutable-ids': "one has GitHub's owner and repository IDs, the other has not",
  'cloud-audience': 'this is the audience of another cloud',
  characters: 'they differ from here on',
}

const printable = /^[\x20-\x7e]*$/

/** Where a field differs: both texts, one above the other, and a mark under the first character that differs. */
function fieldLines({ field, operator, expected, presented, difference }: FieldResult): [string, string][] {
  const name = operator === undefined ? field : `${field} ${operator}`
  if (!difference) return [[`✓ ${name}`, presented]]
  const wanted: [string, string] = [`✗ ${name}`, `credential  ${expected}`]
  if (presented === '') return [wanted, ['', 'assertion   has no such claim']]
  // A mark under text that has to be escaped would point elsewhere.
  const mark = printable.test(expected + presented) ? [`            ${' '.repeat(difference.at)}^`] : []
  const below = [`assertion   ${presented}`, ...mark, words[difference.kind]]
  return [wanted, ...below.map((line): [string, string] => ['', line])]
}

const matchingFields = ({ fields }: CheckResult) => fields.filter(({ difference }) => !difference).length

/** The one that matches, or else the one that comes nearest. */
const nearestResult = (results: readonly CheckResult[]): CheckResult | undefined =>
  [...results].sort(
    (a, b) => Number(b.matches) - Number(a.matches) || matchingFields(b) - matchingFields(a),
  )[0]

/** @param columns of the terminal, where there is one. */
export function checkText(results: readonly CheckResult[], columns?: number): string {
  const nearest = nearestResult(results) as CheckResult
  const verdict = nearest.matches ? 'match' : 'no match'
  const detail = fields([
    ...(nearest.name === undefined ? [] : [['  credential', nearest.name] as [string, string]]),
    ...nearest.fields.flatMap(fieldLines),
    ['  result', verdict],
  ])
  if (results.length === 1) return detail
  const overview = results.map((result) => [
    result.name ?? '(no name)',
    result.matches ? 'matches' : 'differs',
    result.fields
      .filter(({ difference }) => difference)
      .map(({ field }) => field)
      .join(', '),
  ])
  return `${table(['CREDENTIAL', 'RESULT', 'DIFFERS IN'], overview, columns)}\n\n${detail}`
}

/** The record of `federation check -o json`. */
export const checkRecord = (
  results: readonly CheckResult[],
  { issuer, subject, audience }: Omit<Presented, 'claims'>,
) => ({
  match: results.some(({ matches }) => matches),
  presented: { issuer, subject, audience },
  credentials: results.map(({ name, matches, fields }) => ({ name: name ?? null, match: matches, fields })),
})
