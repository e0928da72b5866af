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

test('fields stand one a line, their values one below the other', () => {
  expect(
    fields([
      ['Tenant', 'contoso.com'],
      ['Client ID', 'a\nb'],
    ]),
  ).toBe('Tenant     contoso.com\nClient ID  a\\u{a}b')
  expect(fields([])).toBe('')
})
