import { fields, table } from '../../src/output/table.ts'

test('columns are as wide as their widest cell, two spaces apart, without spaces at the end', () => {
  expect(
    table(
      ['NAME', 'TENANT', ''],
      [
        ['ci', 'contoso.onmicrosoft.com', 'default'],
        ['production', 'x.example', ''],
      ],
    ).split('\n'),
  ).toEqual(['NAME        TENANT', 'ci          contoso.onmicrosoft.com  default', 'production  x.example'])
})

test('without rows there are the headings', () => {
  expect(table(['NAME', 'TENANT'], [])).toBe('NAME  TENANT')
})

test('a cell cannot start a line, move the cursor or hide', () => {
  expect(table(['A', 'B'], [['x\ny', '\u001b[2J\u202e']])).toBe('A        B\nx\\u{a}y  \\u{1b}[2J\\u{202e}')
})

test('a hundred thousand rows are a table', () => {
  const rows = Array.from({ length: 100_000 }, (_, index) => [String(index), 'x'])
  expect(table(['N', 'X'], rows).split('\n')).toHaveLength(100_001)
})

test('on a terminal the longest cells are cut until lines fit', () => {
  const rows = [['production', 'a-very-long-name.onmicrosoft.com', 'certificate']]
  const lines = table(['NAME', 'TENANT', 'CREDENTIAL'], rows, 40).split('\n')
  expect(lines).toEqual([
    'NAME        TENANT           CREDENTIAL',
    'production  a-very-long-na…  certificate',
  ])
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40)
})

test('columns never become narrower than their sense', () => {
  expect(table(['A'], [['0123456789abcdef']], 3)).toBe('A\n012345678…')
})

test('fields stand one a line, their values one below the other', () => {
  expect(
    fields([
      ['Tenant', 'contoso.com'],
      ['Client ID', 'a\nb'],
    ]),
  ).toBe('Tenant     contoso.com\nClient ID  a\\u{a}b')
  expect(fields([])).toBe('')
})
