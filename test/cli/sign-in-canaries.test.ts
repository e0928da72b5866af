/** What a sign-in must keep to itself: refresh tokens, codes, verifiers and ID tokens, over every command that deals with it. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { binary, run } from '../parts/cli.ts'
import { disguises } from '../parts/disguises.ts'
import { createPeople, type People } from '../parts/people.ts'
import { describeWith } from '../parts/require-part.ts'

const passphrase = 'a passphrase that no one guesses 7'

let people: People
beforeEach(async () => {
  people = await createPeople()
  await people.createUserProfile('work')
})
afterEach(() => people.close())

const at = (name: string) => join(people.home.directory, name)

/** What went to the token endpoint and must be nowhere else. */
function secrets(): string[] {
  const forms = ['authorization_code', 'refresh_token'].flatMap((grant) => people.entra.requestsOf(grant))
  return forms.flatMap(({ form = {} }) =>
    [form.code, form.code_verifier, form.refresh_token].filter((value) => value !== undefined),
  )
}

const found = (text: string) =>
  secrets()
    .flatMap(disguises)
    .filter((secret) => text.includes(secret))

const jwt = /eyJ[\w-]{10,}\.eyJ[\w-]{10,}/

/** Every file that the program keeps. */
const files = () =>
  ['.config', '.local', '.cache', 'run']
    .flatMap((folder) =>
      readdirSync(at(folder), { recursive: true, encoding: 'utf8' }).map((name) => join(at(folder), name)),
    )
    .filter((path) => statSync(path).isFile())

const signIn = ['get-token', '-p', 'work', '--browser', 'firefox']

test('no command says it, and no file shows it', async () => {
  const said: string[] = []
  const say = async (status: number, args: readonly string[], input = '') => {
    const result = await people.cli([...args, '--debug'], { input })
    expect({ args, status: result.status, said: result.status === status ? '' : result.stderr }).toEqual({
      args,
      status,
      said: '',
    })
    const asked = /^(get-token|refresh)$/.test(args[0] as string)
    if (asked) expect(found(result.stdout)).toEqual([])
    said.push(result.stderr, asked ? '' : result.stdout)
  }
  await say(0, signIn)
  await say(0, ['refresh', '-p', 'work', '-o', 'json'])
  await say(0, ['get-token', '-p', 'work', '--scope', 'Mail.Read'])
  people.entra.fault({ kind: 'json', status: 400, body: { error: 'invalid_scope' } })
  await say(77, ['refresh', '-p', 'work'])
  people.entra.fault({ kind: 'status', status: 200, body: '<html>' })
  await say(76, ['refresh', '-p', 'work'])
  await say(0, ['list-accounts', '-o', 'json'])
  await say(0, ['show-profile', 'work', '-o', 'json'])
  await say(0, ['cache', 'list'])
  await say(0, ['export-profile', 'work'])
  const file = ['--file', at('exported.json'), '--passphrase-stdin']
  await say(0, ['export-profile', 'work', '--include-secrets', ...file], passphrase)
  await say(0, ['copy-profile', 'work', 'copy'])
  await say(79, ['get-token', '-p', 'copy'])
  await say(0, ['rename-profile', 'work', 'job'])
  await say(0, ['refresh', '-p', 'job'])
  await say(0, ['edit-profile', 'job', '--scope', 'Mail.Read'])
  await say(0, ['refresh', '-p', 'job'])
  await say(0, ['explain', 'AADSTS50076'])

  expect(secrets().length).toBeGreaterThan(5)
  expect(said.flatMap(found)).toEqual([])
  expect(said.filter((text) => jwt.test(text))).toEqual([])
  const kept = files()
  expect(kept.filter((path) => path.endsWith('.sign-in'))).toHaveLength(1)
  for (const path of kept) {
    const content = readFileSync(path, 'latin1')
    expect([path, found(content), jwt.test(content), content.includes(people.user.username)]).toEqual([
      path,
      [],
      false,
      false,
    ])
    expect([path, (statSync(path).mode & 0o077).toString(8)]).toEqual([path, '0'])
  }

  await say(0, ['delete-profile', 'job', '--yes'])
  expect(files().filter((path) => path.endsWith('.sign-in'))).toEqual([])
  // What was exported brings the profile, and nobody's sign-in.
  await say(0, ['import-profile', at('exported.json'), '--passphrase-stdin'], passphrase)
  await say(79, ['get-token', '-p', 'work'])
})

test('a refused exchange says nothing of it', async () => {
  people.entra.fault({ kind: 'json', status: 400, body: { error: 'invalid_grant', error_codes: [70008] } })
  const refused = await people.cli([...signIn, '--debug'])
  expect(refused).toMatchObject({ status: 79, stdout: '' })
  expect(secrets()).toHaveLength(2)
  expect(found(refused.stderr)).toEqual([])
})

describeWith(['strace'], 'the browser', () => {
  test('gets the address, and neither a secret nor a variable that opens our stores', async () => {
    const env = {
      ...people.env,
      ENTRA_AUTH_CLI_PASSPHRASE: passphrase,
      AZURE_CLIENT_SECRET: 'canary~of.another-application-12345',
    }
    const log = at('trace.txt')
    const strace = ['-f', '-qq', '-v', '-s', '100000', '-e', 'trace=execve', '-o', log]
    const options = { env, cwd: people.home.directory }
    const result = await run('strace', [...strace, process.execPath, binary, ...signIn], options)
    expect(result).toMatchObject({ status: 0, stdout: expect.stringMatching(jwt) })
    const started = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => /execve\("[^"]*firefox"/.test(line))
    expect(started.join('\n')).toMatch(/oauth2\/v2\.0\/authorize\?.*code_challenge=/)
    for (const line of started) {
      expect(found(line)).toEqual([])
      for (const canary of [passphrase, env.AZURE_CLIENT_SECRET]) expect(line).not.toContain(canary)
    }
  })
})
