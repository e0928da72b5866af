/** Applications that prove themselves while people sign in: by a key in a token, another issuer's assertion, a certificate. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import type { App } from '../entra/server.ts'
import type { Result } from '../parts/cli.ts'
import {
  createFederatedWorld,
  type FederatedWorld,
  startWorkloads,
  type Workloads,
} from '../parts/federated-world.ts'
import { addPeople, type People } from '../parts/people.ts'
import { type TestToken, uriOf } from '../parts/pkcs11.ts'
import { describeWith } from '../parts/require-part.ts'
import { createSoftHsm } from '../parts/softhsm.ts'
import { addCertificate } from '../parts/world.ts'

let workloads: Workloads
let world: FederatedWorld
let people: People
beforeAll(async () => {
  workloads = await startWorkloads()
})
afterAll(() => workloads.close())
beforeEach(async () => {
  world = await createFederatedWorld(workloads)
  people = await addPeople(world)
})
afterEach(() => people.close())

const at = (name: string) => join(people.home.directory, name)

const granted = ({ status, stdout, stderr }: Result) => {
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
  return decodeJwt(stdout.trim())
}

const create = (app: App, ...more: string[]) =>
  people.cli(['create-profile', '-n', 'work', '-t', people.tenant.id, '--client-id', app.clientId, ...more])
const signIn = (...more: string[]) => people.cli(['get-token', '-p', 'work', '--browser', 'firefox', ...more])

/** The assertions of the requests with that grant. */
const assertions = (grant: string) =>
  people.entra.requestsOf(grant).map(({ form }) => {
    expect(form).not.toHaveProperty('client_secret')
    return form?.client_assertion as string
  })

const byBrowser = ['--flow', 'interactive-browser']

/** A browser sign-in and a renewal, each with an assertion of its own, which are returned. */
async function signInAndRenew(): Promise<readonly string[]> {
  expect(granted(await signIn())).toMatchObject({ preferred_username: people.user.username })
  expect(granted(await people.cli(['refresh', '-p', 'work']))).toMatchObject({
    preferred_username: people.user.username,
  })
  const sent = [...assertions('authorization_code'), ...assertions('refresh_token')]
  expect(new Set(sent).size).toBe(2)
  return sent
}

describeWith(['softhsm2', 'opensc'], 'a key in a PKCS#11 token', () => {
  let hsm: TestToken
  const inToken = (source = 'file:pin.txt') => ['--pkcs11-uri', uriOf(hsm, 'app'), '--pin-source', source]

  beforeEach(async () => {
    hsm = await createSoftHsm(at('hsm'))
    Object.assign(world.env, hsm.env)
    writeFileSync(at('pin.txt'), `${hsm.pin}\n`, { mode: 0o600 })
    const certificate = await hsm.generate('app')
    for (const app of [people.web, people.app]) app.addCertificate(certificate.toString())
  })

  test('signs at the exchange of the code and at each renewal', async () => {
    expect(await create(people.web, ...byBrowser, ...inToken())).toMatchObject({ status: 0 })
    for (const assertion of await signInAndRenew())
      expect(decodeProtectedHeader(assertion)).toMatchObject({ alg: 'PS256' })
  })

  test('a wrong PIN at the exchange: the page and the terminal say it, and nobody is signed in', async () => {
    expect(await create(people.web, ...byBrowser, ...inToken())).toMatchObject({ status: 0 })
    writeFileSync(at('pin.txt'), '654321\n', { mode: 0o600 })
    let html = ''
    people.inBrowser = async (url) => {
      html = await (await people.deliver(await people.visit(url))).text()
    }
    const result = await signIn()
    expect(result).toMatchObject({ status: 77, stdout: '', stderr: expect.stringMatching(/PIN/) })
    expect(html).toMatch(/The sign-in failed[\s\S]*PIN/)
    for (const text of [html, result.stderr]) expect(text).not.toContain('654321')
    expect((await people.cli(['list-accounts'])).stderr).toContain('nobody is signed in')
  })

  test('signs on behalf of a user', async () => {
    expect(await create(people.app, '--flow', 'on-behalf-of', ...inToken())).toMatchObject({ status: 0 })
    await onBehalfOf(people.app)
  })
})

describe('a federated credential', () => {
  const federated = () => ['--federated', `file:${at('assertion.jwt')}`]
  const renewAssertion = async (claims = {}) =>
    writeFileSync(at('assertion.jwt'), await world.issuer.mint({ sub: 'workload', ...claims }), {
      mode: 0o600,
    })
  const trust = (app: App) =>
    app.addFederatedCredential({ name: 'web', issuer: world.issuer.url, subject: 'workload' })

  test('is presented at the exchange of the code, and afresh at each renewal', async () => {
    trust(people.web)
    await renewAssertion()
    expect(await create(people.web, ...byBrowser, ...federated())).toMatchObject({ status: 0 })
    people.inBrowser = async (url) => {
      await people.deliver(await people.visit(url))
    }
    granted(await signIn())
    await renewAssertion()
    granted(await people.cli(['refresh', '-p', 'work']))
    const sent = [...assertions('authorization_code'), ...assertions('refresh_token')]
    expect(new Set(sent).size).toBe(2)
    for (const assertion of sent) expect(decodeJwt(assertion)).toMatchObject({ iss: world.issuer.url })
  })

  test('that Entra does not know costs nobody their sign-in', async () => {
    trust(people.web)
    await renewAssertion()
    expect(await create(people.web, ...byBrowser, ...federated())).toMatchObject({ status: 0 })
    granted(await signIn())
    await renewAssertion({ sub: 'another' })
    expect(await people.cli(['refresh', '-p', 'work'])).toMatchObject({
      status: 77,
      stdout: '',
      stderr: expect.stringMatching(
        /federation check.*; a new one takes minutes\n[\s\S]*presented subject another/,
      ),
    })
    await renewAssertion()
    granted(await people.cli(['refresh', '-p', 'work']))
  })

  test('--wait-for-federation is refused where a person would wait', async () => {
    expect(await create(people.web, ...byBrowser, ...federated())).toMatchObject({ status: 0 })
    expect(await signIn('--wait-for-federation', '1m')).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('--wait-for-federation does not go with interactive-browser'),
    })
  })

  test('exchanges the token of a user, and a refusal says what was presented', async () => {
    await renewAssertion()
    expect(await create(people.app, '--flow', 'on-behalf-of', ...federated())).toMatchObject({ status: 0 })
    await onBehalfOf(people.app)
    await renewAssertion({ sub: 'another' })
    const refused = await people.cli([
      'get-token',
      '-p',
      'work',
      '--assertion-file',
      at('incoming.txt'),
      '--force',
      '-o',
      'json',
    ])
    expect(refused).toMatchObject({ status: 77, stdout: '' })
    expect(JSON.parse(refused.stderr)).toMatchObject({ presented: { subject: 'another' } })
  })
})

test('a certificate signs on behalf of a user', async () => {
  const { certificatePath, privateKeyPath } = await addCertificate(people)
  const files = ['--certificate-path', certificatePath, '--private-key-path', privateKeyPath]
  expect(await create(people.app, '--flow', 'on-behalf-of', ...files)).toMatchObject({ status: 0 })
  await onBehalfOf(people.app)
})

/** The profile `work` of that API gets a token for Graph for the user who called it. */
async function onBehalfOf(api: App): Promise<void> {
  await people.createUserProfile('caller')
  const scope = `api://${api.clientId}/access`
  const incoming = await people.cli(['get-token', '-p', 'caller', '--browser', 'firefox', '--scope', scope])
  granted(incoming)
  writeFileSync(at('incoming.txt'), incoming.stdout, { mode: 0o600 })
  const exchanged = await people.cli(['get-token', '-p', 'work', '--assertion-file', at('incoming.txt')])
  expect(granted(exchanged)).toMatchObject({
    aud: 'https://graph.microsoft.com',
    preferred_username: people.user.username,
  })
  const sent = assertions('urn:ietf:params:oauth:grant-type:jwt-bearer')
  expect(sent).toEqual([expect.stringMatching(/^eyJ/)])
  expect(sent[0]).not.toBe(readFileSync(at('incoming.txt'), 'utf8').trim())
}
