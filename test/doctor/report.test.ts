import { stripVTControlCharacters } from 'node:util'
import { Chalk } from 'chalk'
import { doctorJson, doctorReport, type GroupedFinding, showsUnicode } from '../../src/doctor/report.ts'
import type { ReportStyle } from '../../src/output/style.ts'

/** Controls, and what reorders or hides text. */
const unsafe = /[\p{Cc}\p{Cf}]/u
const as = (text: string): string => text
const plain: ReportStyle = { bold: as, dim: as, green: as, red: as, yellow: as }

const findings: readonly GroupedFinding[] = [
  { group: 'files', check: 'profiles', status: 'ok', message: '/home/me/profiles.json: 1 profile' },
  {
    group: 'files',
    check: 'secrets',
    status: 'failed',
    message: '/home/me/.local/share/entra-auth-cli/secrets is open to other users (mode 0777)',
    fix: 'run: chmod 700 /home/me/.local/share/entra-auth-cli/secrets, and see who wrote there',
    code: 'config',
    details: { mode: '0777' },
  },
  { group: 'network', subject: 'a', check: 'dns', status: 'warning', message: 'DNS: slow' },
  { group: 'network', subject: 'b', check: 'dns', status: 'skipped', message: 'DNS: not tried' },
  { group: 'network', subject: 'a', check: 'tcp', status: 'ok', message: 'TCP: fine' },
]

describe('the report', () => {
  test('has a heading for each group, marks, hanging lines, and the count last', () => {
    expect(doctorReport(findings, { style: plain, columns: 60, unicode: true })).toBe(
      `Files
✓ /home/me/profiles.json: 1 profile
✗ /home/me/.local/share/entra-auth-cli/secrets is open to
  other users (mode 0777)
  fix: run: chmod 700
    /home/me/.local/share/entra-auth-cli/secrets, and see
    who wrote there

Network: a
! DNS: slow
✓ TCP: fine

Network: b
- DNS: not tried

2 ok, 1 warning, 1 failed, 1 skipped`,
    )
  })

  test('has marks in ASCII where the terminal shows no more', () => {
    const text = doctorReport(findings, { style: plain, columns: 60, unicode: false })
    expect(text).toMatch(/^[\n\x20-\x7e]*$/)
    expect(text.split('\n').slice(0, 4)).toEqual([
      'Files',
      'ok   /home/me/profiles.json: 1 profile',
      'fail /home/me/.local/share/entra-auth-cli/secrets is open to',
      '     other users (mode 0777)',
    ])
  })

  test.each([40, 60, 80, 200])('keeps within %d columns, but for words that are longer', (columns) => {
    const text = doctorReport(findings, { style: plain, columns, unicode: true })
    const long = text.split('\n').filter((line) => line.length > columns && line.trim().includes(' '))
    expect(long.filter((line) => !/^\s*(✗ )?\S+$/.test(line))).toEqual([])
  })

  test('has colours on marks and headings alone', () => {
    const { bold, dim, green, red, yellow } = new Chalk({ level: 1 })
    const options = { columns: 60, unicode: true }
    const coloured = doctorReport(findings, { style: { bold, dim, green, red, yellow }, ...options })
    expect(coloured).toContain('\u001b[32m✓\u001b[39m /home')
    expect(coloured).toContain('\u001b[31m✗\u001b[39m /home')
    expect(stripVTControlCharacters(coloured)).toBe(doctorReport(findings, { style: plain, ...options }))
  })

  test('escapes what could move the cursor', () => {
    const hostile: GroupedFinding = {
      group: 'network',
      subject: 'x\u001b[2J',
      check: 'tls',
      status: 'ok',
      message: 'issued by \u001b]52;evil\u202e',
      fix: 'a\nb',
    }
    const text = doctorReport([hostile], { style: plain, columns: 80, unicode: true })
    expect(text.replaceAll('\n', '')).not.toMatch(unsafe)
    expect(text.split('\n')).toHaveLength(5)
    expect(doctorJson([hostile])).not.toMatch(unsafe)
  })
})

test('JSON has everything a script needs, on one line', () => {
  const text = doctorJson(findings)
  expect(text).not.toContain('\n')
  const { ok, results } = JSON.parse(text)
  expect(ok).toBe(false)
  expect(results[1]).toEqual({
    group: 'files',
    check: 'secrets',
    status: 'failed',
    message: findings[1]?.message,
    fix: findings[1]?.fix,
    code: 'config',
    details: { mode: '0777' },
  })
  expect(JSON.parse(doctorJson(findings.slice(0, 1)))).toMatchObject({ ok: true })
})

test.each<[Record<string, string>, NodeJS.Platform, boolean]>([
  [{ LANG: 'en_GB.UTF-8' }, 'linux', true],
  [{ LANG: 'de_DE.utf8' }, 'linux', true],
  [{ LANG: 'C' }, 'linux', false],
  [{}, 'linux', false],
  [{ LANG: 'en_GB.UTF-8', LC_ALL: 'C' }, 'linux', false],
  [{ LANG: 'C', LC_CTYPE: 'C.UTF-8' }, 'linux', true],
  [{}, 'darwin', true],
  [{}, 'win32', false],
  [{ WT_SESSION: '1' }, 'win32', true],
])('%j on %s shows more than ASCII: %p', (env, platform, expected) => {
  expect(showsUnicode(env, platform)).toBe(expected)
})
