import { findCommandHint, findFlagHint, findValueHint } from '../src/compatibility.ts'
import { usageError } from '../src/usage-error.ts'

const token = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkifQ.x'

test.each<[readonly string[], RegExp]>([
  [['discover'], /inspect/],
  [['discover', token], /inspect/],
  [['discover', '-t', token], /inspect/],
  [[`discover`, `--token=${token}`], /inspect/],
  [['discover', '-t'], /inspect/],
  [['discover', '-t', 'contoso.onmicrosoft.com'], /az ad app list/],
  [['discover', '--search=x'], /az ad app list/],
  [['login'], /get-token/],
])('the hint for %j', (argv, hint) => {
  expect(findCommandHint(argv)).toMatch(hint)
  expect(findCommandHint(argv)).not.toContain('eyJ')
})

test('other words have no hint, inherited names neither', () => {
  for (const argv of [[], ['get-token'], ['constructor'], ['__proto__']])
    expect(findCommandHint(argv)).toBeUndefined()
  for (const command of [undefined, 'inspect', 'constructor'])
    expect(findFlagHint(command, '--warn-expiry')).toBeUndefined()
  expect(findFlagHint('get-token', '--constructor')).toBeUndefined()
  expect(findValueHint('get-token', 'output', 'xml')).toBeUndefined()
  expect(findValueHint('inspect', 'output', 'token.txt')).toBeUndefined()
  expect(findValueHint('get-token', 'output', 'token.txt')).toMatch(/--file/)
})

test('the error about an unknown command repeats no word of it', () => {
  const thrown = Object.assign(new Error(`command discover:${token} not found`), { oclif: { exit: 2 } })
  const error = usageError(thrown, [], ['inspect'], { argv: ['discover', token] })
  expect(error).toMatchObject({ code: 'usage', hint: expect.stringContaining('inspect') })
  expect(JSON.stringify(error)).not.toContain('eyJ')
})
