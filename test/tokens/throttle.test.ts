import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../src/errors.ts'
import { refuseWhileThrottled, rememberThrottle } from '../../src/tokens/throttle.ts'

const now = 1_790_000_000.25

let directory: string
let entry: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'entra-throttle-'))
  entry = join(directory, 'entry')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const busy = (retryAfter?: number) =>
  new AppError('try_again', 'slow down', retryAfter === undefined ? {} : { retryAfter })

/** Seconds that a request at that time is refused for, 0 when it may be made. */
function waitAt(time: number): number {
  try {
    refuseWhileThrottled(entry, time)
    return 0
  } catch (error) {
    expect(error).toMatchObject({ code: 'try_again', exitStatus: 75 })
    return (error as AppError).retryAfter as number
  }
}

test('without a note nothing is refused', () => {
  expect(waitAt(now)).toBe(0)
})

test('a wait holds until it is over, and says how long it is', () => {
  rememberThrottle(entry, busy(10), now)
  expect(waitAt(now)).toBe(10)
  expect(waitAt(now + 9.5)).toBe(1)
  expect(waitAt(now + 10.75)).toBe(0)
  expect(waitAt(now + 1e6)).toBe(0)
  expect(() => refuseWhileThrottled(entry, now + 5)).toThrow('Entra asked to wait, for another 5 seconds')
})

test('without a Retry-After the wait is a minute', () => {
  rememberThrottle(entry, busy(), now)
  expect(waitAt(now + 59)).toBeGreaterThan(0)
  expect(waitAt(now + 61)).toBe(0)
})

test('the longest wait, an hour, is honoured from its first second', () => {
  rememberThrottle(entry, busy(3600), now)
  expect(waitAt(now)).toBeGreaterThanOrEqual(3600)
  expect(waitAt(now + 3599)).toBeGreaterThan(0)
})

test('a refusal while waiting does not make the wait longer', () => {
  rememberThrottle(entry, busy(10), now)
  rememberThrottle(entry, busy(10), now + 5)
  expect(waitAt(now + 11)).toBe(0)
})

test.each(['', 'soon', 'NaN', 'Infinity', '-1', '1e300', String(now + 365 * 24 * 3600)])(
  'a note that cannot be right, %j, refuses nothing and is replaced by the next one',
  (text) => {
    writeFileSync(`${entry}.wait`, text)
    expect(waitAt(now)).toBe(0)
    rememberThrottle(entry, busy(10), now)
    expect(waitAt(now + 1)).toBe(9)
  },
)

test('a note that cannot be written costs nothing', () => {
  mkdirSync(`${entry}.wait`)
  expect(() => rememberThrottle(entry, busy(10), now)).not.toThrow()
  expect(waitAt(now)).toBe(0)
  expect(() => rememberThrottle(join(directory, 'gone', 'entry'), busy(10), now)).not.toThrow()
  expect(existsSync(join(directory, 'gone'))).toBe(false)
})

test('the note is for its owner alone and holds a time, nothing else', () => {
  rememberThrottle(entry, busy(10), now)
  expect(readFileSync(`${entry}.wait`, 'utf8')).toBe('1790000010.25')
  if (process.getuid) expect(statSync(`${entry}.wait`).mode & 0o777).toBe(0o600)
})
