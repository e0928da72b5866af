/** The checks that depend on time and version alone, and what holds them together. */
import { clockFinding } from '../../src/doctor/clock.ts'
import type { Check, DoctorWorld } from '../../src/doctor/finding.ts'
import { keychainFinding } from '../../src/doctor/keychain.ts'
import { runChecks } from '../../src/doctor/run-checks.ts'
import { nodeFinding } from '../../src/doctor/runtime.ts'
import { AppError } from '../../src/errors.ts'

describe('checks', () => {
  const world = {} as DoctorWorld
  const fine: Check = {
    group: 'fine',
    deadline: 1,
    run: (_, add) => add({ check: 'a', status: 'ok', message: 'well' }),
  }

  test('that fail unexpectedly, at once or later, are failures of theirs alone', async () => {
    const broken: Check[] = [
      {
        group: 'throws',
        deadline: 1,
        run: () => {
          throw new TypeError('a secret')
        },
      },
      { group: 'rejects', deadline: 1, run: () => Promise.reject(new RangeError('a secret')) },
      {
        group: 'explains',
        deadline: 1,
        run: () => {
          throw new AppError('config', 'known', { hint: 'do this' })
        },
      },
    ]
    const found = await runChecks([...broken, fine], world)
    expect(found).toMatchObject([
      { group: 'throws', status: 'failed', code: 'bug', message: expect.stringContaining('TypeError') },
      { group: 'rejects', status: 'failed', code: 'bug', message: expect.stringContaining('RangeError') },
      { group: 'explains', status: 'failed', code: 'config', message: 'known', fix: 'do this' },
      { group: 'fine', status: 'ok' },
    ])
    expect(JSON.stringify(found)).not.toContain('a secret')
  })

  test('that do not end are given up, and what they found by then counts', async () => {
    let late = () => {}
    const hanging: Check = {
      group: 'hangs',
      deadline: 0.05,
      run: (_, add) => {
        add({ check: 'first', status: 'ok', message: 'found' })
        return new Promise((resolve) => {
          late = () => {
            add({ check: 'late', status: 'ok', message: 'too late' })
            resolve()
          }
        })
      },
    }
    const found = await runChecks([hanging, fine], world)
    late()
    expect(found.map(({ check, status }) => [check, status])).toEqual([
      ['first', 'ok'],
      ['hangs', 'failed'],
      ['a', 'ok'],
    ])
  })
})

test.each<[string, string, string, RegExp]>([
  ['v20.20.2', '2026-01-01', 'ok', /v20.20.2$/],
  ['v20.20.2', '2026-06-01', 'warning', /since 2026-04-30/],
  ['v20.16.0', '2026-01-01', 'warning', /older than 20.17/],
  ['v18.20.0', '2026-01-01', 'warning', /older than/],
  ['v23.1.0', '2026-01-01', 'warning', /since 2025-06-01/],
  ['v24.1.0', '2026-01-01', 'ok', /v24/],
  ['v99.0.0', '2026-01-01', 'ok', /v99/],
])('Node.js %s on %s: %s', (version, date, status, message) => {
  const found = nodeFinding(version, Date.parse(date) / 1000)
  expect(found).toMatchObject({ status, message: expect.stringMatching(message) })
})

test.each<[number, string, string]>([
  [0.5, 'ok', 'agrees with'],
  [-0.4, 'ok', 'agrees with'],
  [20.5, 'ok', '20 seconds ahead of'],
  [-59.5, 'ok', '1 minute behind'],
  [90.5, 'warning', '1 minute ahead of'],
  [-299.5, 'warning', '5 minutes behind'],
  [301.5, 'failed', '5 minutes ahead of'],
  [-172_800, 'failed', '2 days behind'],
])("a clock %d seconds from the authority's is %s", (skew, status, words) => {
  const date = 'Mon, 21 Sep 2026 13:33:20 GMT'
  const found = clockFinding(date, Date.parse(date) / 1000 + skew)
  expect(found).toMatchObject({ status, message: expect.stringContaining(words) })
})

test('a date that is none is no clock', () => {
  expect(clockFinding('yesterday', 0)).toMatchObject({ status: 'skipped' })
})

test.each<[Parameters<typeof keychainFinding>[0]['state'], number, 'keychain' | 'file' | undefined, string]>([
  ['working', 20, undefined, 'ok'],
  ['working', 2500, undefined, 'warning'],
  ['absent', 1, undefined, 'warning'],
  ['absent', 1, 'keychain', 'failed'],
  ['absent', 1, 'file', 'ok'],
  ['locked', 1, undefined, 'failed'],
  ['locked', 1, 'file', 'ok'],
  ['timeout', 7000, undefined, 'failed'],
  ['broken', 1, undefined, 'failed'],
])('a keychain that is %s after %d ms, with the store %s: %s', (state, milliseconds, chosen, status) => {
  const found = keychainFinding({ state, milliseconds }, chosen)
  expect(found.status).toBe(status)
  if (status === 'failed' || status === 'warning') expect(found.fix).toBeTruthy()
})
