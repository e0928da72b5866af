/** The command lines of the older tool's documentation, in `command-lines.txt`: each works, or its error says how here. */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot, run } from '../parts/cli.ts'
import { type IdentityEndpoint, startIdentityEndpoint } from '../parts/identity-endpoint.ts'
import { describeWith } from '../parts/require-part.ts'
import { addCertificate, createWorld, type World } from '../parts/world.ts'

interface CommandLine {
  readonly expectation: 'works' | 'hint' | 'person'
  readonly pattern: RegExp | undefined
  readonly line: string
}

function parse(text: string): CommandLine[] {
  return text.split('\n').flatMap((row) => {
    if (row === '' || row.startsWith('#')) return []
    const match = /^(works|hint|person)(?: \/(.+?)\/(m?))?: (.+)$/.exec(row)
    if (!match) throw new Error(`this line has another form: ${row}`)
    const [, expectation, source, flags, line] = match
    const pattern = source === undefined ? undefined : new RegExp(source, flags)
    return [{ expectation: expectation as CommandLine['expectation'], pattern, line: line as string }]
  })
}

const lines = parse(readFileSync(join(projectRoot, 'test/compatibility/command-lines.txt'), 'utf8'))
const password = 'correct horse'

let world: World
let endpoint: IdentityEndpoint
let snapshot: string
let token: string

beforeAll(async () => {
  world = await createWorld()
  const { directory } = world.home
  for (const name of ['default', 'myapp', 'production', 'old-profile']) await world.createProfile(name)
  const identity = world.tenant.addManagedIdentity()
  endpoint = await startIdentityEndpoint('app-service', {
    token: async ({ resource }) => world.entra.managedIdentityToken(world.tenant, identity, resource),
  })
  await world.cli(['create-profile', '-n', 'managed-identity-profile', '--managed-identity', 'system'])
  token = (await world.cli(['get-token'])).stdout.trim()
  writeFileSync(join(directory, 'token.txt'), `${token}\n`, { mode: 0o600 })
  const { certificatePath, privateKeyPath } = await addCertificate(world)
  const pfx = join(directory, 'production.pfx')
  const args = ['pkcs12', '-export', '-in', certificatePath, '-inkey', privateKeyPath, '-out', pfx]
  const { status, stderr } = await run('openssl', [...args, '-passout', `pass:${password}`], {
    env: world.env,
  })
  if (status !== 0) throw new Error(stderr)
  snapshot = `${directory}-snapshot`
  cpSync(directory, snapshot, { recursive: true })
})
afterAll(async () => {
  rmSync(snapshot, { recursive: true, force: true })
  await endpoint.close()
  await world.close()
})

/** Everything as it was: no line depends on another. */
function restoreHome(): void {
  const { directory } = world.home
  for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true, force: true })
  cpSync(snapshot, directory, { recursive: true })
}

const play = (line: string) =>
  run('bash', ['-c', `set -o pipefail; ${line}`], {
    cwd: world.home.directory,
    env: {
      ...world.env,
      ...endpoint.env,
      TENANT_ID: world.tenant.id,
      CLIENT_ID: world.app.clientId,
      CLIENT_SECRET: world.secret,
      CERT_PASSWORD: password,
      TOKEN: token,
    },
  })

describeWith(['jq', 'openssl'], 'a documented command line', () => {
  beforeEach(restoreHome)

  test.each(lines.filter(({ expectation }) => expectation === 'works'))('works: $line', async (one) => {
    const { status, stdout, stderr } = await play(one.line)
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringContaining('error: ') })
    if (one.pattern) expect(stdout).toMatch(one.pattern)
  })

  const refused = lines.filter(({ expectation }) => expectation === 'hint' || expectation === 'person')
  test.each(refused)('has a hint: $line', async (one) => {
    const { status, stdout, stderr } = await play(one.line)
    expect({ status, stdout }).toEqual({ status: one.expectation === 'person' ? 79 : 64, stdout: '' })
    expect(stderr).not.toContain(token.slice(0, 20))
    expect(/^entra-auth-cli: hint: (.*)$/m.exec(stderr)?.[1]).toMatch(one.pattern as RegExp)
  })
})

test('every hint of the list says what it must name', () => {
  expect(lines.filter(({ expectation, pattern }) => expectation === 'hint' && !pattern)).toEqual([])
})
