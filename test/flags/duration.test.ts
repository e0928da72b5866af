import { Parser } from '@oclif/core'
import { durationFlag, parseDuration } from '../../src/flags/duration.ts'

test.each([
  ['90', 90],
  ['0', 0],
  ['30s', 30],
  ['2m', 120],
  ['1h', 3600],
  ['7d', 604_800],
  [' 30s ', 30],
  ['007', 7],
  ['999999999', 999_999_999],
])('%j is %i seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds)
})

test.each([
  '',
  ' ',
  's',
  '-1',
  '+1',
  '1.5',
  '1,5',
  '1e3',
  '0x10',
  '30 s',
  '30S',
  '1h30m',
  '1w',
  'soon',
  'NaN',
  '1234567890',
  '５',
])('%j is no time', (text) => {
  expect(parseDuration(text)).toBeUndefined()
})

test('as a flag it is in seconds, and a mistake names the flag and not the value', async () => {
  const parse = (...argv: string[]) => Parser.parse(argv, { flags: { timeout: durationFlag() }, args: {} })
  expect((await parse('--timeout', '2m')).flags).toMatchObject({ timeout: 120 })
  await expect(parse('--timeout', 'hunter2')).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('--timeout is not a time'),
    hint: 'write for instance 30s, 5m or 1h',
  })
  await expect(parse('--timeout', 'hunter2')).rejects.not.toThrow('hunter2')
})
