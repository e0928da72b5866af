/** The command that a hint names does what the one that failed would have done. */
import { spawnSync } from 'node:child_process'
import type { TokenRequest } from '../../src/profiles/resolve.ts'
import { signInCommand } from '../../src/sign-in/sign-in-command.ts'
import type { SignInOptions } from '../../src/sign-in/world.ts'

const request: TokenRequest = {
  profile: 'work',
  flow: 'interactive-browser',
  authorityHost: 'https://login.microsoftonline.us',
  tenant: 'contoso.com',
  clientId: '11111111-2222-3333-4444-555555555555',
  scopes: ['https://graph.microsoft.us/User.Read'],
  credential: { type: 'none' },
}

const command = (options: SignInOptions, more: Partial<TokenRequest> = {}) =>
  signInCommand({ ...request, ...more }, options)

test.each<[string, string, string]>([
  ['of a profile', command({}), '-p work'],
  [
    'with what flags said in its place',
    command({ given: { authorityHost: true, tenant: true, scopes: true } }),
    '-p work --tenant-id contoso.com --authority-host https://login.microsoftonline.us --scope https://graph.microsoft.us/User.Read',
  ],
  [
    'with where the browser comes back to',
    command({ given: { redirectUri: true }, redirectUri: 'http://localhost/a', port: 8400 }),
    '-p work --redirect-uri http://localhost/a',
  ],
  ['with a port', command({ given: { port: true }, port: 8400 }), '-p work --port 8400'],
  [
    'with a suggestion, which is not a demand',
    command({ loginHint: 'ada@contoso.com', domainHint: 'contoso.com' }, { account: 'ada@contoso.com' }),
    '-p work --login-hint ada@contoso.com --domain-hint contoso.com',
  ],
  [
    'without a profile',
    command({}, { profile: undefined }),
    '--flow interactive-browser --tenant-id contoso.com --client-id 11111111-2222-3333-4444-555555555555',
  ],
])('%s', (_, said, expected) => {
  expect(said).toBe(`entra-auth-cli get-token ${expected}`)
})

test('a shell reads every word as it is meant', () => {
  const account = `o'hara $(id) "x" \\ \`y\``
  const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
  const said = command({}, { account, claims }).replace(/^entra-auth-cli/, "printf '%s\\n'")
  const { stdout } = spawnSync('sh', ['-c', said], { encoding: 'utf8' })
  expect(stdout.trimEnd().split('\n')).toEqual([
    'get-token',
    '-p',
    'work',
    '--account',
    account,
    '--claims',
    claims,
  ])
})
