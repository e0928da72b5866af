/** What a token says, for a person and for `jq`, and that no token can speak to the terminal. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../parts/cli.ts'
import { describeWith } from '../parts/require-part.ts'
import { createWorld, type World } from '../parts/world.ts'

let world: World
let directory: string
let token: string

beforeAll(async () => {
  world = await createWorld()
  await world.createProfile('ci')
  token = (await world.cli(['get-token'])).stdout.trim()
  directory = mkdtempSync(join(tmpdir(), 'entra-inspect-'))
})
afterEach(() => {
  world.entra.tokens.claims = undefined
})
afterAll(async () => {
  await world.close()
  rmSync(directory, { recursive: true, force: true })
})

const encode = (part: unknown) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')
const now = () => Math.floor(Date.now() / 1000)
const make = (payload: object, header: object = { alg: 'none' }) => `${encode(header)}.${encode(payload)}.`
const inFile = (text: string) => {
  const path = join(directory, 'token')
  writeFileSync(path, text)
  return path
}
const json = async (text: string) => JSON.parse((await world.cli(['inspect', text, '--json'])).stdout)

describe('a token to inspect', () => {
  test('comes from an argument, from -, from standard input, from a file or of a profile: all the same', async () => {
    const wanted = await world.cli(['inspect', token, '--json'])
    expect(wanted).toMatchObject({ status: 0, stderr: '' })
    const payload = JSON.parse(wanted.stdout).payload
    const same = { status: 0, stderr: '', payload }
    for (const [args, input] of [
      [['-'], token],
      [[], `${token}\n`],
      [['--file', inFile(`${token}\n`)], undefined],
      [['--profile', 'CI'], undefined],
      [[], `Authorization: Bearer ${token}`],
      [[], `"${token}"`],
      [[], JSON.stringify({ access_token: token })],
    ] as const) {
      const { status, stderr, stdout } = await world.cli(['inspect', ...args, '-o', 'json'], {
        ...(input !== undefined && { input }),
      })
      expect({ status, stderr, payload: JSON.parse(stdout).payload }).toEqual(same)
    }
  })

  test('comes from one place only', async () => {
    for (const args of [
      [token, '--profile', 'ci'],
      ['-', '--file', inFile(token)],
      ['-p', 'ci', '--file', 'x'],
    ])
      expect(await world.cli(['inspect', ...args], { input: token })).toMatchObject({
        status: 64,
        stdout: '',
      })
  })

  test('in a file that is not there', async () => {
    expect(await world.cli(['inspect', '--file', join(directory, 'missing')])).toMatchObject({
      status: 66,
      stdout: '',
      stderr: expect.stringContaining(join(directory, 'missing')),
    })
  })
})

describe('the report', () => {
  test('in JSON has header, payload, signature, validity and verification', async () => {
    const report = await json(token)
    expect(report).toEqual({
      header: { typ: 'JWT', alg: 'RS256', kid: expect.any(String) },
      payload: expect.objectContaining({ tid: world.tenant.id, azp: world.app.clientId, idtyp: 'app' }),
      signature: token.split('.')[2],
      validity: {
        status: 'valid',
        expires_in: expect.any(Number),
        expires_at: new Date(report.payload.exp * 1000).toISOString().replace('.000Z', 'Z'),
        issued_at: new Date(report.payload.iat * 1000).toISOString().replace('.000Z', 'Z'),
        not_before: new Date(report.payload.nbf * 1000).toISOString().replace('.000Z', 'Z'),
      },
      verification: 'not verified',
    })
    expect(Math.abs(report.validity.expires_in - (report.payload.exp - now()))).toBeLessThan(5)
  })

  test('for a person names the claims, and says that nothing was verified', async () => {
    const { stdout } = await world.cli(['inspect', token])
    expect(stdout).toMatch(/^Token\n {2}valid for .* UTC\)\n/)
    expect(stdout).toMatch(/\n {2}aud +\S+\n? +audience: Microsoft Graph\n/)
    expect(stdout).toMatch(/\nsignature not verified\n$/)
  })

  test.each<[string, object, string, number]>([
    ['valid', { exp: now() + 600 }, 'valid', 0],
    ['expired', { exp: now() - 600 }, 'expired', 80],
    ['not yet valid', { nbf: now() + 600, exp: now() + 1200 }, 'not-yet-valid', 80],
    ['without an end', { sub: 'x' }, 'no-expiry', 0],
    ['without a usable end', { exp: '1790000000' }, 'no-expiry', 0],
  ])('of a token that is %s says so, also by its status', async (_, payload, status, exit) => {
    const result = await world.cli(['inspect', make(payload), '--json'])
    expect(result).toMatchObject({ status: exit, stderr: '' })
    expect(JSON.parse(result.stdout).validity.status).toBe(status)
    expect(await world.cli(['inspect', make(payload)])).toMatchObject({ status: exit, stderr: '' })
    expect(await world.cli(['inspect', make(payload), '--claims'])).toMatchObject({
      status: exit,
      stderr: '',
    })
  })
})

describeWith(['jq'], 'the claims alone', () => {
  test('are JSON for jq', async () => {
    const pipe = 'entra-auth-cli get-token | entra-auth-cli inspect --claims | jq .exp,.tid'
    const { stdout } = await run('bash', ['-c', pipe], { env: world.env })
    const { payload } = await json(token)
    expect(stdout).toBe(`${payload.exp}\n"${world.tenant.id}"\n`)
  })
})

describe('what is no token we can read', () => {
  test.each([
    ['nothing', '', /there is no token/],
    ['a word', 'hunter2', /not a JWT: it has 1 part, not 3/],
    ['two parts', 'hunter2.hunter2', /not a JWT: it has 2 parts, not 3/],
    ['an opaque token', 'hunter2'.repeat(20), /this is an opaque token, not a JWT/],
    ['an encrypted token', 'eyJhbGciOiJSU0EifQ.a.b.c.hunter2', /encrypted token \(JWE, 5 parts\)/],
    ['a refresh token', `1.AXkAhunter2${'x'.repeat(40)}.AgABAAEAhunter2`, /looks like a refresh token/],
    ['a header that is no JSON', `${encode('hunter2')}.${encode({})}.`, /the header is not JSON/],
    [
      'a payload that is no object',
      `${encode({ alg: 'none' })}.${encode('["hunter2"]')}.`,
      /the payload is not a/,
    ],
    ['padding', `${encode({ alg: 'none' })}=.${encode({})}.`, /the header is not base64url/],
    ['JSON without a token', '{"hunter2":1}', /the JSON has no access_token/],
  ])('%s is named, and not quoted', async (_, text, message) => {
    const result = await world.cli(['inspect', '-'], { input: text })
    expect(result).toMatchObject({ status: 65, stdout: '', stderr: expect.stringMatching(message) })
    expect(result.stderr).toMatch(/^entra-auth-cli: error: .*\nentra-auth-cli: hint: .*\n$/)
    expect(result.stderr).not.toContain('hunter2')
    const asJson = await world.cli(['inspect', '-', '--json'], { input: text })
    expect(asJson).toMatchObject({ status: 65, stdout: '' })
    expect(JSON.parse(asJson.stderr)).toMatchObject({ error: 'data', retryable: false })
  })
})

describe('a hostile token', () => {
  const hostile = {
    ESC: '\u001b[2J\u001b[31mred',
    'OSC 8': '\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u0007',
    title: '\u001b]0;owned\u0007',
    C1: '\u009b31m\u0090x\u009c',
    newline: 'a\nsignature verified\r\nb',
    bidi: 'abc\u202edcba\u2066x\u2069',
    hidden: 'a\u200b\ufeff\u00adb',
    separators: 'a\u2028b\u2029c\u0085d',
    DEL: 'a\u007fb\bc\u0000d',
    surrogate: '\ud800x',
  }
  /** What may stand in a report: text that shows, and the newlines between its lines. */
  const unsafe = /[^\P{C}\n]|\p{Zl}|\p{Zp}/u

  test('never reaches the terminal raw: neither its claims, nor their names, nor its header', async () => {
    const strange = Object.fromEntries(
      Object.entries(hostile).map(([name, value]) => [`${name}${value}`, value]),
    )
    const claims = {
      ...hostile,
      ...strange,
      roles: Object.values(hostile),
      nested: { hostile },
      exp: now() + 600,
    }
    const text = make({ ...claims, scp: hostile.ESC, aud: hostile.newline }, { alg: hostile.ESC, ...strange })
    const { status, stdout } = await world.cli(['inspect', text])
    expect(status).toBe(0)
    expect(unsafe.exec(stdout)).toBeNull()
    expect(stdout).not.toMatch(/^\s*signature verified/m)
  })

  test('has its claims escaped in JSON, and unchanged for those who read it', async () => {
    const text = make({ ...hostile, exp: now() + 600 }, { alg: hostile.ESC })
    for (const args of [['--json'], ['--claims']]) {
      const { stdout } = await world.cli(['inspect', text, ...args])
      const parsed = JSON.parse(stdout)
      const { surrogate, ...whole } = hostile
      expect(args[0] === '--json' ? parsed.payload : parsed).toMatchObject(whole)
      expect(unsafe.exec(stdout)).toBeNull()
    }
  })

  test('of a profile is printed as it came by get-token, and safely by inspect', async () => {
    world.entra.tokens.claims = { app_displayname: hostile.ESC, evil: hostile['OSC 8'] }
    expect(await world.cli(['refresh'])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^eyJ/) })
    const { status, stdout } = await world.cli(['inspect', '-p', 'ci'])
    expect(status).toBe(0)
    expect(stdout).toContain('\\u{1b}[2J\\u{1b}[31mred')
    expect(unsafe.exec(stdout)).toBeNull()
  })

  test('with claims that JavaScript knows is a token like any other', async () => {
    const text = `${encode({ alg: 'none' })}.${encode('{"__proto__":{"exp":1},"constructor":1,"toString":"x"}')}.`
    const { status, stdout } = await world.cli(['inspect', text])
    expect(status).toBe(0)
    expect(stdout).toMatch(/__proto__/)
    expect((await world.cli(['inspect', text, '--claims'])).stdout).toBe(
      '{"__proto__":{"exp":1},"constructor":1,"toString":"x"}\n',
    )
  })

  test.each<[string, () => string, number]>([
    ['too large', () => make({ x: 'x'.repeat(1024 * 1024) }), 65],
    [
      'nested too deep',
      () => `${encode({ alg: 'none' })}.${encode(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`)}.`,
      65,
    ],
    [
      'of ten thousand claims',
      () => make(Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`c${i}`, i]))),
      0,
    ],
    ['with times far away', () => make({ exp: 1e300, nbf: -1e300, iat: 253_402_300_800 }), 0],
  ])('%s costs no more than a moment', async (_, token, status) => {
    const started = performance.now()
    expect(await world.cli(['inspect', '-'], { input: token() })).toMatchObject({ status })
    expect(performance.now() - started).toBeLessThan(5000)
  })
})
