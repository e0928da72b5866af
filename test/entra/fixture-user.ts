/** A user with two apps, public and confidential, and requests for them. */
import { createHash, randomBytes } from 'node:crypto'
import { entra, type Fields, fetch, post, type TokenBody, tenant } from './fixture.ts'
import type { App, User } from './server.ts'
import { Visitor } from './visitor.ts'

export let user: User
export let nativeApp: App
export let webApp: App
export let webSecret: string
/** A browser without a session. */
export let visitor: Visitor

export const redirectUri = 'http://localhost:54321'
export const webRedirectUri = 'https://app.contoso.example/callback?kept=1'
export const userRead = 'https://graph.microsoft.com/User.Read'

beforeAll(() => {
  const permissions = ['User.Read', 'Mail.Read']
  nativeApp = tenant.addApp({
    name: 'native',
    redirectUris: { public: ['http://localhost'] },
    allowPublicClientFlows: true,
    permissions,
  })
  webApp = tenant.addApp({ name: 'web', redirectUris: { web: [webRedirectUri] }, permissions })
  webSecret = webApp.addSecret()
})

let users = 0

beforeEach(() => {
  users += 1
  user = tenant.addUser({ name: 'Ada <b>', username: `ada${users}@contoso.onmicrosoft.com` })
  visitor = new Visitor(fetch)
})

export const pkce = () => {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** The authorization request that works for the public app, and what is to be different. */
export function authorizeUrl(changes: Fields = {}, tenantName = tenant.id): URL {
  const url = new URL(`${entra.authorityHost}/${tenantName}/oauth2/v2.0/authorize`)
  const parameters = {
    client_id: nativeApp.clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: `${userRead} openid profile offline_access`,
    state: 'the state',
    ...changes,
  }
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  return url
}

/** Signs in with PKCE, and returns the token request that works. */
export async function codeFields(changes: Fields = {}, tenantName?: string): Promise<Fields> {
  const { verifier, challenge } = pkce()
  const url = authorizeUrl(
    { code_challenge: challenge, code_challenge_method: 'S256', ...changes },
    tenantName,
  )
  const { parameters } = await visitor.signIn(url, user)
  if (!parameters.code) throw new Error(`no code: ${JSON.stringify(parameters)}`)
  return {
    grant_type: 'authorization_code',
    client_id: nativeApp.clientId,
    code: parameters.code,
    redirect_uri: changes.redirect_uri ?? redirectUri,
    code_verifier: verifier,
  }
}

export interface UserTokens extends TokenBody {
  readonly refresh_token: string
  readonly id_token: string
  readonly scope: string
}

export async function tokens(form: Fields, tenantName?: string): Promise<UserTokens> {
  const body = await (await post(form, tenantName === undefined ? {} : { tenant: tenantName })).json()
  expect(body).toHaveProperty('access_token')
  return body as UserTokens
}

/** The user's access token for a scope, by a sign-in in the browser. */
export async function accessToken(scope: string): Promise<string> {
  return (await tokens(await codeFields({ scope }))).access_token
}

/** A refresh request of the public app. */
export const refreshFields = (refreshToken: string, changes: Fields = {}): Fields => ({
  grant_type: 'refresh_token',
  client_id: nativeApp.clientId,
  refresh_token: refreshToken,
  scope: `${userRead} openid profile offline_access`,
  ...changes,
})
