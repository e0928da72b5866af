import fc from 'fast-check'
import { AppError } from '../../src/errors.ts'
import { holds, parseExpression } from '../../src/federation/expression.ts'

const github = {
  sub: 'repo:contoso/web:ref:refs/heads/main',
  job_workflow_ref: 'contoso/ci/.github/workflows/deploy.yml@refs/heads/main',
  repository_id: '74',
}

const isTrue = (expression: string, claims: Record<string, unknown> = github) =>
  parseExpression(expression).every((clause) => holds(clause, claims[clause.claim]))

test.each([
  ["claims['sub'] eq 'repo:contoso/web:ref:refs/heads/main'", true],
  ["claims['sub'] eq 'repo:contoso/web:ref:refs/heads/Main'", false],
  ["claims['sub'] matches 'repo:contoso/*:ref:refs/heads/*'", true],
  ["claims['sub'] matches 'repo:contoso/*'", true],
  ["claims['sub'] matches 'repo:Contoso/*'", false],
  ["claims['sub'] matches 'repo:contoso/???:*'", true],
  ["claims['sub'] matches 'repo:contoso/??:*'", false],
  ["claims['sub'] matches '*'", true],
  ["claims['sub'] matches ''", false],
  ["claims['sub'] matches 'contoso'", false],
  ["claims['sub'] eq 'repo:contoso/*'", false],
  ["claims['sub'] matches 'repo:contoso/*' and claims['repository_id'] eq '74'", true],
  ["claims['sub'] matches 'repo:contoso/*' and claims['repository_id'] eq '75'", false],
  ["claims['repository_owner_id'] matches '*'", false],
])('%s is %s', (expression, expected) => expect(isTrue(expression)).toBe(expected))

test('a claim that is no text does not hold', () => {
  expect(isTrue("claims['sub'] matches '*'", { sub: 74 })).toBe(false)
})

test.each([
  ['', 1],
  ['sub eq x', 1],
  ["claims['sub'] like 'x'", 1],
  ["claims['sub']  eq 'x'", 1],
  ["claims['sub'] eq 'x", 1],
  ["claims['sub'] eq 'x' or claims['a'] eq 'b'", 21],
  ["claims['sub'] eq 'x' and ", 21],
  ["claims['sub'] eq 'x' and sub", 26],
  ["claims['sub'] eq 'it's'", 22],
])('%s cannot be read at character %i', (expression, at) => {
  expect(() => parseExpression(expression)).toThrow(
    expect.objectContaining({
      code: 'data',
      message: expect.stringContaining(`cannot be read at character ${at}:`),
    }),
  )
})

describe('properties', () => {
  const letters = (pool: string) =>
    fc.array(fc.constantFrom(...pool), { maxLength: 12 }).map((all) => all.join(''))

  test('wildcards mean what they mean in a regular expression', () => {
    fc.assert(
      fc.property(letters('ab*?'), letters('ab'), (value, text) => {
        const pattern = new RegExp(`^${value.replaceAll('*', '.*').replaceAll('?', '.')}$`)
        expect(holds({ claim: 'sub', operator: 'matches', value }, text)).toBe(pattern.test(text))
      }),
      { numRuns: 2000 },
    )
  })

  test('any text is an expression or a named error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), letters("claims['] eqmatches'and ")), (text) => {
        try {
          parseExpression(text)
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
        }
      }),
    )
  })

  test('a pattern of many stars takes no longer than its length allows', () => {
    const value = `${'*a'.repeat(1000)}b`
    expect(holds({ claim: 'sub', operator: 'matches', value }, 'a'.repeat(20_000))).toBe(false)
  })
})
