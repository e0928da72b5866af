import { type Difference, findDifference } from '../../src/federation/compare.ts'
import { parseCredentials } from '../../src/federation/credential.ts'

describe('what differs is named, and where', () => {
  const repo = 'repo:octo/app:ref:refs/heads/main'
  test.each<[string, string, Difference['kind'], number]>([
    ['https://issuer.example/', 'https://issuer.example', 'trailing-slash', 22],
    ['https://issuer.example', 'https://issuer.example/', 'trailing-slash', 22],
    [repo, 'repo:octo/App:ref:refs/heads/main', 'case', 10],
    [repo, 'repo:octo@12/app@345:ref:refs/heads/main', 'immutable-ids', 9],
    ['repo:octo@12/app@345:environment:prod', 'repo:octo/app:environment:prod', 'immutable-ids', 9],
    ['api://AzureADTokenExchange', 'api://AzureADTokenExchangeUSGov', 'cloud-audience', 26],
    [repo, 'repo:octo/app:ref:refs/heads/dev', 'characters', 29],
    [repo, 'repo:octo@12/app@345:ref:refs/heads/dev', 'characters', 9],
    ['a', '', 'characters', 0],
  ])('%s and %s: %s at %i', (expected, presented, kind, at) => {
    expect(findDifference(expected, presented)).toEqual({ kind, at })
  })

  test('texts that are the same do not differ', () => expect(findDifference(repo, repo)).toBeUndefined())
})

describe('credentials are read as az and Microsoft Graph print them', () => {
  const exact = { name: 'main', issuer: 'https://i', subject: 's', audiences: ['a'] }
  const flexible = {
    name: 'all',
    issuer: 'https://i',
    subject: null,
    audiences: ['a'],
    claimsMatchingExpression: { value: "claims['sub'] eq 's'", languageVersion: 1 },
  }

  test.each([
    ['a list', [exact, flexible]],
    ["Graph's answer", { '@odata.context': 'x', value: [exact, flexible] }],
  ])('%s', (_, json) => {
    expect(parseCredentials(JSON.stringify(json), 'f')).toEqual([
      exact,
      { name: 'all', issuer: 'https://i', audiences: ['a'], expression: "claims['sub'] eq 's'" },
    ])
  })

  test('one alone', () => expect(parseCredentials(JSON.stringify(exact), 'f')).toEqual([exact]))

  test.each([
    ['', 'f is not JSON'],
    ['[]', 'f holds no federated identity credential'],
    ['null', 'f, credential 1 has no issuer'],
    ['[{"issuer":"i"}]', 'f, credential 1 has neither a subject nor a claimsMatchingExpression'],
    ['[{"issuer":"i","subject":"s"}]', 'f, credential 1 has no audiences'],
    ['[{"issuer":"i","subject":"s","audiences":[1]}]', 'f, credential 1 has no audiences'],
    ['{"__proto__":{"issuer":"i"}}', 'f, credential 1 has no issuer'],
  ])('%s: %s', (json, message) =>
    expect(() => parseCredentials(json, 'f')).toThrow(expect.objectContaining({ code: 'data', message })),
  )
})
