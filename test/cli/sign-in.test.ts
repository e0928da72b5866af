/** People sign in with a browser: once, and silently from then on. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { App } from '../entra/server.ts'
import type { Result } from '../parts/cli.ts'
import { disguises } from '../parts/disguises.ts'
import { createPeople, type People } from '../parts/people.ts'
import { addCertificate } from '../parts/world.ts'

let people: People
beforeEach(async () => {
  people = await createPeople()
})
afterEach(() => people.close())

const token = /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+\n$/
const browser = ['--browser', 'firefox']

const claimsOf = (text: string) =>
  JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

const signIn = (...more: string[]) => people.cli(['get-token', '-p', 'work', ...browser, ...more])
const silently = (...more: string[]) => people.cli(['get-token', '-p', 'work', ...more])
const granted = (result: Result): Record<string, unknown> => {
  expect(result).toMatchObject({ status: 0, stdout: expect.stringMatching(token) })
  return claimsOf(result.stdout)
}
const refreshes = () => people.entra.requestsOf('refresh_token').length
const accounts = async () =>
  JSON.parse((await people.cli(['list-accounts', '-o', 'json'])).stdout).accounts as Record<string, string>[]

/** Signs in with an access token that is good for no later call. */
async function signInWithShortToken(...more: string[]): Promise<Result> {
  people.entra.tokens.lifetime = 60
  const result = await signIn(...more)
  granted(result)
  Object.assign(people.entra.tokens, { lifetime: 3599, revokeOldRefreshTokens: true })
  people.entra.resetCounts()
  return result
}

describe('a public client', () => {
  beforeEach(() => people.createUserProfile('work'))

  test('a person signs in once: the token is theirs, and the next comes from the cache', async () => {
    const first = await signIn()
    expect(granted(first)).toMatchObject({ preferred_username: people.user.username })
    expect(first.stderr).toMatch(/sign in with the browser that opens; if none does, go to:\n.*https:\/\//)
    expect(await silently()).toMatchObject({ status: 0, stdout: first.stdout, stderr: '' })
    // Through the other door too, which the fast path leaves this flag to.
    expect(await silently('--no-color')).toMatchObject({ status: 0, stdout: first.stdout, stderr: '' })
  })

  test('the request is as RFC 7636 and OpenID Connect want it, and each is another', async () => {
    const urls: URL[] = []
    people.inBrowser = async (url) => {
      urls.push(new URL(url))
      await people.deliver(await people.visit(url))
    }
    await signIn()
    await signIn('--prompt', 'login', '--login-hint', people.user.username, '--domain-hint', 'contoso.com')
    const [first, second] = urls.map(({ searchParams }) => Object.fromEntries(searchParams))
    expect(first).toMatchObject({
      response_type: 'code',
      response_mode: 'query',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      redirect_uri: expect.stringMatching(/^http:\/\/localhost:\d+$/),
      scope: expect.stringContaining('offline_access'),
    })
    expect(first).not.toHaveProperty('prompt')
    expect(second).toMatchObject({
      prompt: 'login',
      login_hint: people.user.username,
      domain_hint: 'contoso.com',
    })
    for (const name of ['state', 'nonce', 'code_challenge']) expect(first?.[name]).not.toBe(second?.[name])
    const [code] = people.entra.requestsOf('authorization_code')
    expect(code?.form).toMatchObject({ code_verifier: expect.stringMatching(/^[\w.~-]{43,128}$/) })
    expect(code?.form).not.toHaveProperty('client_secret')
  })

  test('the page says how it ended, loads nothing and holds no secret', async () => {
    const pages: Response[] = []
    let code = ''
    people.inBrowser = async (url) => {
      const outcome = await people.visit(url)
      code = outcome.parameters.code as string
      pages.push(await people.deliver(outcome))
    }
    const { stdout } = await signIn()
    const [page] = pages as [Response]
    const html = await page.text()
    expect(html).toContain('You are signed in')
    expect(html).toContain(people.user.username)
    for (const secret of [code, stdout.trim()]) expect(html).not.toContain(secret)
    expect(html).not.toMatch(/<script|src=|href=|url\(/)
    expect(Object.fromEntries(page.headers)).toMatchObject({
      connection: 'close',
      'cache-control': 'no-store',
      'content-security-policy': expect.stringMatching(/^default-src 'none'; style-src 'sha256-/),
    })
  })

  test('an expired token is renewed without anybody, and the refresh token is another each time', async () => {
    const first = await signInWithShortToken()
    const second = await silently()
    expect(granted(second)).toMatchObject({ preferred_username: people.user.username })
    expect(second.stdout).not.toBe(first.stdout)
    const third = await people.cli(['refresh', '-p', 'work'])
    expect(granted(third)).toMatchObject({ preferred_username: people.user.username })
    expect(third.stdout).not.toBe(second.stdout)
    expect(refreshes()).toBe(2)
  })

  test('another resource needs no other sign-in, where it is consented to', async () => {
    await signIn()
    expect(granted(await silently('--scope', 'Mail.Read')).scp).toContain('Mail.Read')
    expect(people.entra.requestsOf('authorization_code')).toHaveLength(1)
  })

  test('a scope without consent yet asks the person, and is granted from then on', async () => {
    await signIn('--scope', 'User.Read')
    const refused = await silently('--scope', 'Mail.Read')
    expect(refused).toMatchObject({ status: 79, stdout: '' })
    expect(refused.stderr).toContain(
      'run: entra-auth-cli get-token -p work --scope https://graph.microsoft.com/Mail.Read; or let an administrator consent: https://',
    )
    expect(granted(await signIn('--scope', 'Mail.Read')).scp).toContain('Mail.Read')
    granted(await silently('--scope', 'Mail.Read', '--force'))
  })

  test('without a terminal and without a sign-in: status 79 and the command to run, and no browser', async () => {
    let opened = 0
    people.inBrowser = async () => {
      opened += 1
    }
    const result = await people.cli(['get-token', '-p', 'work'], {
      env: { BROWSER: 'firefox', DISPLAY: ':9' },
    })
    expect(result).toMatchObject({ status: 79, stdout: '' })
    expect(result.stderr).toContain(
      'entra-auth-cli: error: nobody is signed in to profile work\n' +
        'entra-auth-cli: hint: in a terminal, run: entra-auth-cli get-token -p work\n',
    )
    expect([opened, people.entra.count()]).toEqual([0, 0])
  })

  test('a refresh token that Entra no longer takes: status 79, and it is not tried again', async () => {
    await signInWithShortToken()
    people.tenant.revoke(people.user)
    for (const count of [1, 1]) {
      const result = await silently('-o', 'json')
      expect(result).toMatchObject({ status: 79, stdout: '' })
      expect(JSON.parse(result.stderr.split('\n').at(-2) as string)).toMatchObject({
        error: 'interaction',
        hint: 'in a terminal, run: entra-auth-cli get-token -p work',
      })
      expect(refreshes()).toBe(count)
    }
    expect(await accounts()).toMatchObject([{ state: 'sign-in-needed' }])
    granted(await signIn())
    expect(await accounts()).toMatchObject([{ state: 'signed-in' }])
  })

  test('nobody is asked to sign in while the cached token works', async () => {
    people.entra.tokens.refreshIn = 0
    const first = await signIn()
    people.tenant.revoke(people.user)
    let opened = 0
    people.inBrowser = async () => {
      opened += 1
    }
    const second = await signIn()
    expect(second).toMatchObject({ status: 0, stdout: first.stdout })
    expect(second.stderr).toContain('the token could not be renewed, and the cached one still works')
    expect(opened).toBe(0)
  })

  test('a server in trouble costs nobody their sign-in', async () => {
    await signInWithShortToken()
    people.entra.fault({ kind: 'status', status: 503, headers: { 'Retry-After': '60' } }, 3)
    expect(await silently()).toMatchObject({ status: 69 })
    people.entra.clearFaults()
    granted(await silently())
  })

  test('50 processes with an expired token make one request, and everybody stays signed in', async () => {
    await signInWithShortToken()
    const results = await Promise.all(Array.from({ length: 50 }, () => silently()))
    for (const result of results) expect(result).toMatchObject({ status: 0, stderr: '' })
    expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(1)
    expect(refreshes()).toBe(1)
    granted(await people.cli(['refresh', '-p', 'work']))
  }, 120_000)

  test('processes that renew at once for different scopes lose no refresh token', async () => {
    await signInWithShortToken()
    const scopes = ['User.Read', 'Mail.Read', 'User.Read Mail.Read', '.default']
    const calls = scopes
      .flatMap((scope) => [scope, scope])
      .map((scope) => silently('--scope', scope, '--force'))
    for (const result of await Promise.all(calls)) granted(result)
    granted(await people.cli(['refresh', '-p', 'work']))
  })

  test('a person who cancels: status 77, a page that says so, and nobody is signed in', async () => {
    let html = ''
    people.inBrowser = async (url) => {
      html = await (
        await people.deliver(await people.visit(url, people.user, { cancelOn: 'sign-in' }))
      ).text()
    }
    const result = await signIn()
    expect(result).toMatchObject({ status: 77, stdout: '' })
    expect(result.stderr).toContain('error: the sign-in was cancelled, or consent was declined')
    expect(html).toContain('The sign-in failed')
    expect(html).toContain('The sign-in was cancelled, or consent was declined.')
    expect(await accounts()).toEqual([])
  })

  test.each([
    ['server_error', 69],
    ['temporarily_unavailable', 69],
    ['login_required', 79],
    ['invalid_request', 77],
  ])('%s in the redirect: status %i', async (error, status) => {
    people.inBrowser = async (url) => {
      const { code: _, ...parameters } = (await people.visit(url)).parameters
      const redirectUri = new URL(url).searchParams.get('redirect_uri') as string
      await people.deliver({ method: 'GET', redirectUri, parameters: { ...parameters, error } })
    }
    const result = await signIn()
    expect(result).toMatchObject({ status, stdout: '' })
    expect(result.stderr).toContain(`error: Entra refused: ${error}\n`)
  })

  test('an answer with another state is not taken, and the right one still is', async () => {
    const pages: [number, string][] = []
    people.inBrowser = async (url) => {
      const outcome = await people.visit(url)
      for (const change of [{ state: 'wrong' }, { error: 'access_denied', state: '' }]) {
        const page = await people.deliver({ ...outcome, parameters: { ...outcome.parameters, ...change } })
        pages.push([page.status, await page.text()])
      }
      await people.deliver(outcome)
    }
    granted(await signIn())
    expect(pages).toEqual(Array(2).fill([400, expect.stringContaining('Nothing to see here')]))
  })

  test('an exchange that Entra refuses is on the page too', async () => {
    let html = ''
    people.inBrowser = async (url) => {
      const outcome = await people.visit(url)
      people.entra.fault({
        kind: 'json',
        status: 400,
        body: {
          error: 'invalid_grant',
          error_description: 'AADSTS70008: <b>too late</b>',
          error_codes: [70008],
        },
      })
      html = await (await people.deliver(outcome)).text()
    }
    expect(await signIn()).toMatchObject({ status: 79 })
    expect(html).toContain('AADSTS70008: &lt;b&gt;too late&lt;/b&gt;')
  })

  test('an ID token with another nonce is not taken', async () => {
    people.inBrowser = async (url) => {
      const other = new URL(url)
      other.searchParams.set('nonce', 'another')
      await people.deliver(await people.visit(other.href))
    }
    expect(await signIn()).toMatchObject({
      status: 76,
      stdout: '',
      stderr: expect.stringContaining('does not belong to this request (nonce_mismatch)'),
    })
    expect(await accounts()).toEqual([])
  })

  test('--timeout ends the wait: status 124', async () => {
    people.inBrowser = async () => {}
    expect(await signIn('--timeout', '1s')).toMatchObject({ status: 124, stdout: '' })
  })

  test('a port and a path of one’s own', async () => {
    let redirectUri: string | null = ''
    people.inBrowser = async (url) => {
      redirectUri = new URL(url).searchParams.get('redirect_uri')
      await people.deliver(await people.visit(url))
    }
    granted(await signIn('--redirect-uri', 'http://127.0.0.1/callback'))
    expect(redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)
    expect(await signIn('--redirect-uri', 'https://contoso.com/callback')).toMatchObject({ status: 64 })
    expect(
      await signIn('--redirect-uri', 'http://localhost:8400', '--port', '8401', '--prompt', 'login'),
    ).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('the redirect URI has port 8400, and --port is 8401'),
    })
  })

  test('a profile keeps its redirect URI', async () => {
    await people.cli(['edit-profile', 'work', '--redirect-uri', 'http://localhost/callback'])
    let redirectUri: string | null = ''
    people.inBrowser = async (url) => {
      redirectUri = new URL(url).searchParams.get('redirect_uri')
      await people.deliver(await people.visit(url))
    }
    granted(await signIn())
    expect(redirectUri).toMatch(/^http:\/\/localhost:\d+\/callback$/)
    expect((await people.cli(['show-profile', 'work'])).stdout).toMatch(
      /^redirect URI +http:\/\/localhost\/callback$/m,
    )
  })

  test('flags that the flow would ignore are refused', async () => {
    expect(await silently('--assertion-stdin')).toMatchObject({ status: 65 })
    for (const flags of [
      ['--flow', 'device-code', '--port', '1'],
      ['--port', '0'],
      ['--prompt', 'never'],
    ])
      expect(await silently(...flags)).toMatchObject({ status: 64, stdout: '' })
  })

  test('what is on disk is sealed and private, and --debug shows no secret', async () => {
    const { stderr } = await signIn('--debug')
    people.entra.tokens.revokeOldRefreshTokens = true
    const refreshed = await people.cli(['refresh', '-p', 'work', '--debug'])
    granted(refreshed)
    const directory = join(people.home.directory, '.local/share/entra-auth-cli/sign-ins')
    const [file] = readdirSync(directory).filter((name) => name.endsWith('.sign-in'))
    const sealed = readFileSync(join(directory, file as string))
    expect(statSync(join(directory, file as string)).mode & 0o777).toBe(0o600)
    const [code] = people.entra.requestsOf('authorization_code')
    const [renewal] = people.entra.requestsOf('refresh_token')
    for (const secret of [renewal?.form?.refresh_token, code?.form?.code, code?.form?.code_verifier])
      for (const form of disguises(secret as string)) {
        expect(sealed.includes(form)).toBe(false)
        expect(stderr + refreshed.stderr).not.toContain(form)
      }
    expect(sealed.includes(people.user.username)).toBe(false)
  })
})

describe('a confidential client', () => {
  const identity = () => ['--tenant-id', people.tenant.id, '--client-id', people.web.clientId]
  const create = (input: string, ...more: string[]) =>
    people.cli(['create-profile', '-n', 'work', ...identity(), '--flow', 'InteractiveBrowser', ...more], {
      input,
    })

  test('signs people in with its secret', async () => {
    expect(await create(people.webSecret, '--client-secret-stdin')).toMatchObject({ status: 0 })
    expect(granted(await signIn())).toMatchObject({ preferred_username: people.user.username })
    granted(await people.cli(['refresh', '-p', 'work']))
    for (const { form } of [
      ...people.entra.requestsOf('authorization_code'),
      ...people.entra.requestsOf('refresh_token'),
    ])
      expect(form?.client_secret).toBe(people.webSecret)
  })

  test('signs people in with its certificate', async () => {
    const { certificatePath, privateKeyPath } = await addCertificate(people)
    people.web.addCertificate(readFileSync(certificatePath))
    const files = ['--certificate-path', certificatePath, '--private-key-path', privateKeyPath]
    expect(await create('', ...files)).toMatchObject({ status: 0 })
    granted(await signIn())
    granted(await people.cli(['refresh', '-p', 'work']))
  })

  test('authorization-code is the same, and asks for the account', async () => {
    await create(people.webSecret, '--client-secret-stdin')
    let prompt: string | null = ''
    people.inBrowser = async (url) => {
      prompt = new URL(url).searchParams.get('prompt')
      await people.deliver(await people.visit(url))
    }
    granted(await signIn('--flow', 'code'))
    expect(prompt).toBe('select_account')
  })
})

describe('several people', () => {
  const bob = () =>
    people.tenant.findUser('bob@contoso.onmicrosoft.com') ??
    people.tenant.addUser({ username: 'bob@contoso.onmicrosoft.com' })
  const asBob = async (url: string) => people.deliver(await people.visit(url, bob()))

  beforeEach(async () => {
    await people.createUserProfile('work')
    await signIn()
    people.inBrowser = asBob
  })

  test('each has tokens of their own, and who is meant must be said', async () => {
    expect(granted(await signIn('--prompt', 'select_account'))).toMatchObject({
      preferred_username: bob().username,
    })
    expect(await silently()).toMatchObject({
      status: 64,
      stdout: '',
      stderr: expect.stringContaining(`--account: ${bob().username}, ${people.user.username}`),
    })
    for (const { username } of [people.user, bob()]) {
      const result = await silently('--account', username.toUpperCase())
      expect(granted(result)).toMatchObject({ preferred_username: username })
      expect(await silently('--account', username)).toMatchObject({ stdout: result.stdout })
    }
    expect((await accounts()).map(({ username }) => username)).toEqual([bob().username, people.user.username])
  })

  test('the wrong person is not taken for the one that was asked for', async () => {
    let html = ''
    people.inBrowser = async (url) => {
      html = await (await asBob(url)).text()
    }
    expect(await signIn('--account', 'carol@contoso.onmicrosoft.com')).toMatchObject({
      status: 77,
      stdout: '',
    })
    expect(html).toContain('signed in, and --account asks for another')
    expect(await accounts()).toHaveLength(1)
    expect(await silently('--account', 'carol@contoso.onmicrosoft.com')).toMatchObject({ status: 79 })
  })

  test('whoever takes the place of one whose sign-in has ended gets none of their tokens', async () => {
    granted(await silently('--scope', 'Mail.Read'))
    people.tenant.revoke(people.user)
    expect(await silently('--force')).toMatchObject({ status: 79 })
    expect(granted(await signIn('--force'))).toMatchObject({ preferred_username: bob().username })
    expect(granted(await signIn('--scope', 'Mail.Read'))).toMatchObject({
      preferred_username: bob().username,
    })
  })

  test('one of them signs out, and the other is the only one', async () => {
    await signIn('--prompt', 'select_account')
    expect(await people.cli(['logout', '-p', 'work', '--account', people.user.username])).toMatchObject({
      status: 0,
    })
    expect(granted(await silently())).toMatchObject({ preferred_username: bob().username })
    expect(await people.cli(['logout', '-p', 'work', '--account', 'x@y.example'])).toMatchObject({
      status: 66,
    })
  })
})

describe('what becomes of a sign-in', () => {
  beforeEach(async () => {
    await people.createUserProfile('work')
    await signIn()
  })

  test('logout forgets it, with its cached tokens', async () => {
    expect(await people.cli(['logout', '-p', 'WORK'])).toMatchObject({
      status: 0,
      stdout: '',
      stderr: 'entra-auth-cli: signed out of profile work\n',
    })
    expect(await silently()).toMatchObject({ status: 79 })
    expect(await accounts()).toEqual([])
  })

  test('logout --all forgets all, a profile that is gone included', async () => {
    await people.cli(['logout', '--all'])
    expect(await silently()).toMatchObject({ status: 79 })
    expect(await people.cli(['logout', '--all', '-p', 'work'])).toMatchObject({ status: 64 })
  })

  test('a logout while a token is on its way leaves nothing behind', async () => {
    const directory = join(people.home.directory, '.local/share/entra-auth-cli/sign-ins')
    const held = people.entra.holdNextTokenRequest()
    const refreshing = people.cli(['refresh', '-p', 'work'])
    await held.arrived
    const leaving = people.cli(['logout', '-p', 'work'])
    held.release()
    granted(await refreshing)
    await leaving
    expect(await silently()).toMatchObject({ status: 79 })
    // In whatever order: here the sign-in went before the answer came.
    granted(await signIn())
    const again = people.entra.holdNextTokenRequest()
    const late = people.cli(['refresh', '-p', 'work'])
    await again.arrived
    for (const name of readdirSync(directory).filter((file) => file.endsWith('.sign-in')))
      rmSync(join(directory, name))
    again.release()
    granted(await late)
    expect(await silently()).toMatchObject({ status: 79 })
  })

  test('it follows a renamed profile, and goes with a deleted or changed one', async () => {
    await people.cli(['rename-profile', 'work', 'job'])
    granted(await people.cli(['refresh', '-p', 'job']))
    await people.cli(['copy-profile', 'job', 'work'])
    expect(await silently()).toMatchObject({ status: 79 })
    await people.cli(['edit-profile', 'job', '--scope', 'User.Read'])
    granted(await people.cli(['get-token', '-p', 'job']))
    await people.cli(['edit-profile', 'job', '--tenant-id', 'contoso.onmicrosoft.com'])
    expect(await people.cli(['get-token', '-p', 'job'])).toMatchObject({ status: 79 })
    await signIn()
    await people.cli(['delete-profile', 'work', '--yes'])
    await people.createUserProfile('work')
    expect(await silently()).toMatchObject({ status: 79 })
    const directory = join(people.home.directory, '.local/share/entra-auth-cli/sign-ins')
    expect(readdirSync(directory).filter((name) => name.endsWith('.sign-in'))).toEqual([])
  })

  test('a damaged file is nobody signed in, and does not stop the next sign-in', async () => {
    const directory = join(people.home.directory, '.local/share/entra-auth-cli/sign-ins')
    const [file] = readdirSync(directory).filter((name) => name.endsWith('.sign-in'))
    writeFileSync(join(directory, file as string), 'garbage')
    await people.cli(['cache', 'clear'])
    expect(await silently()).toMatchObject({ status: 79 })
    expect((await people.cli(['list-accounts'])).stderr).toContain('cannot be opened')
    granted(await signIn())
  })
})

describe('policies and consent', () => {
  beforeEach(() => people.createUserProfile('work'))

  test('a refused refresh token says which claims to sign in with, and they do', async () => {
    await signInWithShortToken()
    people.tenant.policies.add({ context: 'c1' })
    const refused = await silently('-o', 'json')
    expect(refused).toMatchObject({ status: 79, stdout: '' })
    const error = JSON.parse(refused.stderr)
    const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    expect(error).toMatchObject({
      error: 'interaction',
      aadsts: 50076,
      claims,
      hint: `in a terminal, run: entra-auth-cli get-token -p work --claims '${claims}'`,
    })
    // The sign-in itself is still good.
    expect(await accounts()).toMatchObject([{ state: 'signed-in' }])
    expect(granted(await signIn('--claims', claims))).toMatchObject({ acrs: ['c1'] })
    expect(await silently('--claims', claims)).toMatchObject({ status: 0, stderr: '' })
  })

  test('with a person there, the sign-in follows at once with those claims', async () => {
    await signInWithShortToken()
    people.tenant.policies.add({ context: 'c1' })
    expect(granted(await signIn())).toMatchObject({ acrs: ['c1'] })
  })

  test("a resource's claims challenge, as it was received", async () => {
    await signIn()
    people.tenant.policies.add({ context: 'c2' })
    const claims = '{"access_token":{"acrs":{"essential":true,"value":"c2"}}}'
    const header = `WWW-Authenticate: Bearer realm="", authorization_uri="https://login.example", error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`
    expect(granted(await signIn('--claims-challenge', header))).toMatchObject({ acrs: ['c2'] })
    const again = await silently('--claims', claims)
    expect(again).toMatchObject({ status: 0, stderr: '' })
    expect(granted(await silently())).not.toHaveProperty('acrs')
    expect(await silently('--claims', 'nonsense')).toMatchObject({ status: 64 })
    expect(await silently('--claims-challenge', 'Bearer realm=""')).toMatchObject({ status: 64 })
  })
})

describe('without a profile', () => {
  const flags = () => ['--tenant-id', 'organizations', '--client-id', people.native.clientId]

  test('flags say it all, and are remembered for the same flags', async () => {
    const args = [
      'get-token',
      '--flow',
      'browser',
      '--tenant-id',
      people.tenant.id,
      '--client-id',
      people.native.clientId,
    ]
    granted(await people.cli([...args, ...browser]))
    granted(await people.cli([...args, '--force']))
    expect(await accounts()).toMatchObject([{ username: people.user.username }])
  })

  test.each(['organizations', 'common'])('people of any organisation, at %s', async (tenant) => {
    const app = people.tenant.addApp({
      multiTenant: true,
      redirectUris: { public: ['http://localhost'] },
      permissions: ['User.Read'],
    })
    const args = ['-n', 'any', '--tenant-id', tenant, '--client-id', app.clientId, '--flow', 'browser']
    expect(await people.cli(['create-profile', ...args])).toMatchObject({ status: 0 })
    const result = await people.cli(['get-token', '-p', 'any', ...browser])
    expect(granted(result)).toMatchObject({ tid: people.tenant.id })
    granted(await people.cli(['refresh', '-p', 'any']))
    expect(await accounts()).toMatchObject([{ tenant_id: people.tenant.id }])
    const secret = [
      'create-profile',
      '-n',
      'x',
      '-t',
      tenant,
      '--client-id',
      app.clientId,
      '--client-secret-stdin',
    ]
    expect(await people.cli(secret, { input: 'x' })).toMatchObject({ status: 64 })
  })

  test('client credentials need a tenant of their own', async () => {
    const result = await people.cli(['get-token', ...flags(), '--client-secret-stdin'], { input: 'x' })
    expect(result).toMatchObject({
      status: 64,
      stderr: expect.stringContaining(
        'client-credentials needs a tenant of its own, and organizations names none',
      ),
    })
  })

  test.each([
    ['--flow', 'password'],
    ['--flow', 'ropc'],
  ])('%s %s is refused, and why', async (...flow) => {
    const result = await people.cli(['get-token', ...flags(), ...flow])
    expect(result).toMatchObject({ status: 64, stderr: expect.stringContaining('multi-factor') })
  })

  test('a user name and password in the environment are refused', async () => {
    const env = {
      AZURE_TENANT_ID: people.tenant.id,
      AZURE_CLIENT_ID: people.native.clientId,
      AZURE_USERNAME: 'ada',
      AZURE_PASSWORD: 'Canary8Q~hunter2',
    }
    const result = await people.cli(['get-token'], { env })
    expect(result).toMatchObject({ status: 64, stderr: expect.stringContaining('AZURE_PASSWORD') })
    expect(result.stderr).not.toContain('Canary')
  })
})

describe('on behalf of', () => {
  const api = () => ['--tenant-id', people.tenant.id, '--client-id', middle.clientId]
  let middle: App

  /** The middle tier: an API for which the user has a token, and that calls Graph. */
  beforeEach(async () => {
    middle = people.tenant.addApp({ name: 'api', scopes: ['access'], permissions: ['User.Read'] })
    middle.consents.grantForAll(['https://graph.microsoft.com/User.Read'])
    await people.createUserProfile('work')
    const created = await people.cli(['create-profile', '-n', 'api', ...api(), '--client-secret-stdin'], {
      input: middle.addSecret(),
    })
    expect(created).toMatchObject({ status: 0 })
  })

  const exchange = (...more: string[]) => people.cli(['get-token', '-p', 'api', '--flow', 'obo', ...more])
  const incoming = async () => (await signIn('--scope', `api://${middle.clientId}/access`)).stdout

  test("a user's token becomes one for another resource, and is cached for that token alone", async () => {
    const file = join(people.home.directory, 'incoming.txt')
    writeFileSync(file, await incoming())
    const first = await exchange('--assertion-file', file)
    expect(granted(first)).toMatchObject({
      aud: 'https://graph.microsoft.com',
      azp: middle.clientId,
      preferred_username: people.user.username,
    })
    expect(await exchange('--assertion-file', file)).toMatchObject({ stdout: first.stdout, stderr: '' })
    const input = (await signIn('--prompt', 'login', '--scope', `api://${middle.clientId}/access`)).stdout
    const second = await people.cli(
      ['get-token', '-p', 'api', '--flow', 'on-behalf-of', '--assertion-stdin'],
      { input },
    )
    granted(second)
    expect(second.stdout).not.toBe(first.stdout)
  })

  test('what a policy asks for is passed on', async () => {
    const input = await incoming()
    people.tenant.policies.add({ app: middle, resource: 'https://graph.microsoft.com' })
    const result = await people.cli(
      ['get-token', '-p', 'api', '--flow', 'obo', '--assertion-stdin', '-o', 'json'],
      { input },
    )
    expect(result).toMatchObject({ status: 79, stdout: '' })
    expect(JSON.parse(result.stderr)).toMatchObject({
      aadsts: 50076,
      claims: expect.stringContaining('capolids'),
      hint: expect.stringContaining('WWW-Authenticate'),
    })
  })

  test('needs the token of a user', async () => {
    expect(await exchange()).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('--assertion-file'),
    })
    expect(await exchange('--assertion-file', 'none.txt')).toMatchObject({ status: 66 })
    expect(await exchange('--assertion-file', '/dev/zero')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('larger than 64 KiB'),
    })
    const { stdout: input } = await people.cli(['get-token', '-p', 'api'])
    const refused = await people.cli(['get-token', '-p', 'api', '--flow', 'obo', '--assertion-stdin'], {
      input,
    })
    expect(refused).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('a token of an application'),
    })
  })
})

test('a refresh token that was replaced meanwhile is used before anybody is asked', async () => {
  await people.createUserProfile('work')
  await signIn()
  const directory = join(people.home.directory, '.local/share/entra-auth-cli/sign-ins')
  const [name] = readdirSync(directory).filter((file) => file.endsWith('.sign-in'))
  const file = join(directory, name as string)
  const older = readFileSync(file)
  await signIn('--prompt', 'login')
  const newer = readFileSync(file)
  writeFileSync(file, older)
  people.entra.resetCounts()
  const held = people.entra.holdNextTokenRequest()
  people.entra.fault({ kind: 'json', status: 400, body: { error: 'invalid_grant', error_codes: [70000] } })
  const ended = people.cli(['refresh', '-p', 'work'])
  await held.arrived
  writeFileSync(file, newer)
  held.release()
  granted(await ended)
  const used = people.entra.requestsOf('refresh_token').map(({ form }) => form?.refresh_token)
  expect(new Set(used).size).toBe(2)
  expect(await accounts()).toMatchObject([{ state: 'signed-in' }])
})
