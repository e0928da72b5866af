/** Workload identity federation: tokens of other issuers in place of a secret. */
import { randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import * as oidc from 'openid-client'
import { type Issuer, startIssuer } from '../parts/issuer.ts'
import { azurePipelinesClaims, githubClaims } from '../parts/issuer-claims.ts'
import { trustingFetch } from './fetch.ts'
import { assertionType, entra, expectRefusal, type Fields, granted, graph, post, tenant } from './fixture.ts'
import { codeFields, tokens, webRedirectUri } from './fixture-user.ts'
import type { App, FederatedCredentialOptions } from './server.ts'

const subject = 'repo:contoso/app:ref:refs/heads/main'
const audience = 'api://AzureADTokenExchange'
const seconds = () => Math.floor(Date.now() / 1000)

let issuer: Issuer
let app: App

beforeAll(async () => {
  issuer = await startIssuer()
  entra.trustIssuers(issuer.caFile)
})

afterAll(() => issuer.close())

beforeEach(() => {
  app = tenant.addApp({
    name: 'federated',
    redirectUris: { web: [webRedirectUri] },
    permissions: ['User.Read'],
  })
})

const trust = (changes: Partial<FederatedCredentialOptions> = {}) =>
  app.addFederatedCredential({
    name: 'main',
    issuer: issuer.url,
    ...(changes.claimsMatchingExpression === undefined && { subject }),
    ...changes,
  })

const form = (assertion: string, changes: Fields = {}): Fields => ({
  grant_type: 'client_credentials',
  client_id: app.clientId,
  client_assertion_type: assertionType,
  client_assertion: assertion,
  scope: graph,
  ...changes,
})

const github = (job: { ref?: string; environment?: string } = {}) =>
  issuer.mint(githubClaims({ repository: 'contoso/app', ...job }))

describe('assertions that are taken', () => {
  test("GitHub's", async () => {
    trust()
    expect(await granted(form(await github()))).toMatchObject({
      azp: app.clientId,
      azpacr: '2',
      idtyp: 'app',
    })
    expect(issuer.requests).toEqual(['/.well-known/openid-configuration', '/jwks'])
  })

  test("Azure Pipelines' with an audience of its own, among several credentials", async () => {
    const connection = { organization: 'contoso', project: 'app', connection: 'prod' }
    trust()
    trust({ name: 'pipelines', subject: azurePipelinesClaims(connection).sub, audience: 'api://own' })
    const claims = { ...azurePipelinesClaims(connection), aud: ['other', 'api://own'] }
    await granted(form(await issuer.mint(claims)))
  })

  test('by an expression over the claims', async () => {
    const claimsMatchingExpression =
      "claims['sub'] matches 'repo:contoso/*:ref:refs/heads/*' and claims['job_workflow_ref'] eq 'contoso/app/.github/workflows/ci.yml@refs/heads/x'"
    trust({ claimsMatchingExpression })
    await granted(form(await github({ ref: 'refs/heads/x' })))
    await expectRefusal(await post(form(await github())), 700213, 'invalid_client', 401)
  })

  test("a managed identity's", async () => {
    const identity = tenant.addManagedIdentity()
    trust({ issuer: `${entra.authorityHost}/${tenant.id}/v2.0`, subject: identity.principalId })
    await granted(form(await entra.managedIdentityToken(tenant, identity, audience)))
  })

  test('with a code, and with its refresh token', async () => {
    trust()
    const web = { client_id: app.clientId, redirect_uri: webRedirectUri }
    const code = { ...(await codeFields(web)), ...web, scope: undefined }
    const { access_token, refresh_token } = await tokens(form(await github(), code))
    expect(decodeJwt(access_token)).toMatchObject({ azpacr: '2', scp: 'User.Read' })
    const grant_type = 'refresh_token'
    await tokens(form(await github(), { grant_type, refresh_token, scope: 'User.Read' }))
  })

  test('from the token endpoint of the issuer, by openid-client', async () => {
    trust({ subject: issuer.clientId })
    const fetch = trustingFetch(issuer.caFile)
    const config = await oidc.discovery(
      new URL(issuer.url),
      issuer.clientId,
      issuer.clientSecret,
      undefined,
      {
        [oidc.customFetch]: (url, init) => fetch(url, init as object),
      },
    )
    const { access_token } = await oidc.clientCredentialsGrant(config)
    await granted(form(access_token))
    fetch.close()
  })
})

describe('assertions that are refused', () => {
  const client = 'invalid_client'

  test.each([
    ['an issuer with a slash more', 700211, { issuer: () => `${issuer.url}/` }, 'issuer.url'],
    ['another subject', 700213, { subject: 'repo:contoso/other:ref:refs/heads/main' }, subject],
    ['a subject in another case', 7002138, { subject: subject.toUpperCase() }, subject],
    ['another audience', 700212, { audience: 'api://azureadtokenexchange' }, audience],
  ] as const)('%s: AADSTS%i', async (_name, code, changes, presented) => {
    const change = 'issuer' in changes ? { issuer: changes.issuer() } : changes
    trust(change)
    const body = await expectRefusal(await post(form(await github())), code, client, 401)
    expect(body.error_description).toContain(presented === 'issuer.url' ? issuer.url : presented)
  })

  test.each([
    ['expired', 700024, () => ({ exp: seconds() - 1 })],
    ['not yet valid', 700024, () => ({ nbf: seconds() + 3600, exp: seconds() + 7200 })],
    ['good for more than 25 hours', 70023, () => ({ exp: seconds() + 25 * 3600 + 60 })],
  ])('%s: AADSTS%i', async (_name, code, claims) => {
    trust()
    const assertion = await issuer.mint({ sub: subject, ...claims() })
    await expectRefusal(await post(form(assertion)), code, client, 401)
  })

  test('no credential at all', async () => {
    await expectRefusal(await post(form(await github())), 70025, client, 401)
  })

  test('another algorithm, another key', async () => {
    trust()
    const wrong = await issuer.mint({ sub: subject }, { alg: 'PS256' })
    await expectRefusal(await post(form(wrong)), 5002738, 'invalid_request', 400)
    const foreign = await issuer.mint({ sub: subject }, { withForeignKey: true })
    await expectRefusal(await post(form(foreign)), 50013, client, 401)
  })

  test.each(['https://localhost:1', 'https://token.actions.githubusercontent.com', 'http://localhost'])(
    'an issuer that cannot be reached: %s',
    async (iss) => {
      trust({ issuer: iss })
      const assertion = await issuer.mint({ sub: subject, iss })
      await expectRefusal(await post(form(assertion)), 90061, 'invalid_request', 400)
    },
  )

  test('an issuer whose document names another', async () => {
    const iss = issuer.url.replace('localhost', '127.0.0.1')
    trust({ issuer: iss })
    const assertion = await issuer.mint({ sub: subject, iss })
    await expectRefusal(await post(form(assertion)), 90061, 'invalid_request', 400)
  })

  test("tokens of Entra's apps and users", async () => {
    const iss = `${entra.authorityHost}/${tenant.id}/v2.0`
    const other = tenant.addApp()
    const own = { client_id: other.clientId, client_secret: other.addSecret() }
    const exchange = { ...own, grant_type: 'client_credentials', scope: `${audience}/.default` }
    const { access_token } = await tokens(exchange)
    trust({ issuer: iss, subject: other.objectId })
    await expectRefusal(await post(form(access_token)), 700222, client, 401)
    const user = await tokens(await codeFields())
    const { sub = '' } = decodeJwt(user.access_token)
    trust({ issuer: iss, name: 'user', subject: sub, audience: 'https://graph.microsoft.com' })
    await expectRefusal(await post(form(user.access_token)), 700229, client, 401)
  })

  test('a credential that is not known everywhere yet', async () => {
    trust({ propagationRefusals: 2 })
    await expectRefusal(await post(form(await github())), 70021, client, 401)
    await expectRefusal(await post(form(await github())), 70021, client, 401)
    await granted(form(await github()))
  })
})

describe('credentials that cannot be added', () => {
  test.each([
    ['a short name', { name: 'x' }],
    ['an expression that is none', { claimsMatchingExpression: 'sub == x' }],
    ['an expression that goes on', { claimsMatchingExpression: "claims['sub'] eq 'x' and " }],
    ['a subject and an expression', { subject, claimsMatchingExpression: "claims['sub'] eq 'x'" }],
  ])('%s', (_name, changes) => {
    expect(() => trust(changes)).toThrow()
  })

  test('the same twice, and more than twenty', () => {
    trust()
    expect(() => trust({ name: 'other' })).toThrow('there is such')
    for (let count = 1; count < 20; count++) trust({ name: `name-${count}`, subject: randomUUID() })
    expect(() => trust({ name: 'last', subject: randomUUID() })).toThrow('at most 20')
    app.federatedCredentials.remove('main')
    trust()
  })
})
