import fc from 'fast-check'
import { duration, relativeTime, utc } from '../../src/output/relative-time.ts'

const [minute, hour, day] = [60, 3_600, 86_400]

test.each([
  [0, 'just now'],
  [-0.5, 'just now'],
  [1, 'in 1 second'],
  [-59, '59 seconds ago'],
  [minute, 'in 1 minute'],
  [hour - 1, 'in 59 minutes'],
  [hour, 'in 1 hour'],
  [hour + 5 * minute, 'in 1 hour 5 minutes'],
  [-(2 * hour + 30), '2 hours ago'],
  [day + hour, 'in 1 day 1 hour'],
  [-3 * day - hour, '3 days ago'],
  [59 * day, 'in 59 days'],
  [180 * day, 'in 5 months'],
  [730 * day, 'in 23 months'],
  [-15.5 * 365.25 * day, '15 years ago'],
  [1e308, 'in more than 9999 years'],
  [Number.NEGATIVE_INFINITY, 'more than 9999 years ago'],
  [Number.NaN, 'at an unknown time'],
])('%d seconds from now is %s', (seconds, words) => {
  expect(relativeTime(seconds)).toBe(words)
})

test('a duration has no direction', () => {
  expect(duration(-42 * minute)).toBe('42 minutes')
})

test.each([
  [1_789_997_600, '2026-09-21 13:33:20 UTC'],
  [1_789_997_600.9, '2026-09-21 13:33:20 UTC'],
  [0, '1970-01-01 00:00:00 UTC'],
  [-1, '1969-12-31 23:59:59 UTC'],
  [253_402_300_799, '9999-12-31 23:59:59 UTC'],
  [253_402_300_800, 'out of range'],
  [1e308, 'out of range'],
  [-1e14, 'out of range'],
  [Number.NaN, 'out of range'],
])('%d is %s', (seconds, text) => {
  expect(utc(seconds)).toBe(text)
})

test('any number has words', () => {
  fc.assert(
    fc.property(fc.double(), (seconds) => {
      expect(relativeTime(seconds)).toMatch(/^(just now|in .+|.+ ago|at an unknown time)$/)
      expect(utc(seconds)).toMatch(/^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC|out of range)$/)
    }),
  )
})
