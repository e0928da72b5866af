/** The Entra server for tests agrees with clients that know nothing of it. */
import { randomUUID } from 'node:crypto'
import {
  type AccountInfo,
  ConfidentialClientApplication,
  type INetworkModule,
  PublicClientApplication,
} from '@azure/msal-node'
import { importPKCS8 } from 'jose'
import * as oidc from 'openid-client'
import {
  app,
  certificate,
  entra,
  fetch,
  graph,
  secret,
  tenant,
  tokenEndpoint,
  verified,
} from './entra/fixture.ts'
import {
  accessToken,
  nativeApp,
  pkce,
  redirectUri,
  user,
  visitor,
  webApp,
  webRedirectUri,
  webSecret,
} from './entra/fixture-user.ts'
import { thumbprint } from './entra/thumbprint.ts'

describe('openid-client', () => {
  const discover = (clientAuth: oidc.ClientAuth) =>
    oidc.discovery(new URL(`${entra.authorityHost}/${tenant.id}/v2.0`), app.clientId, {}, clientAuth, {
      [oidc.customFetch]: (url, init) => fetch(url, init as object),
    })

  const grantWith = async (clientAuth: oidc.ClientAuth) => {
    const tokens = await oidc.clientCredentialsGrant(await discover(clientAuth), { scope: graph })
    return (await verified(tokens.access_token)).payload
  }

  test('a secret in the body', async () => {
    expect((await grantWith(oidc.ClientSecretPost(secret))).azpacr).toBe('1')
  })

  test('a secret as HTTP Basic', async () => {
    const special = app.addSecret('a+b %:ü~&=')
    expect((await grantWith(oidc.ClientSecretBasic(special))).azpacr).toBe('1')
  })

  test.each(['PS256', 'RS256'])('an assertion, %s', async (algorithm) => {
    const key = await importPKCS8(certificate.privateKeyPem, algorithm)
    const options: oidc.ModifyAssertionOptions = {
      [oidc.modifyAssertion]: (header, payload) => {
        header['x5t#S256'] = thumbprint(certificate.x509, 'x5t#S256')
        payload.aud = tokenEndpoint()
      },
    }
    expect((await grantWith(oidc.PrivateKeyJwt(key, options))).azpacr).toBe('2')
  })

  test('a wrong secret as HTTP Basic is told the scheme', async () => {
    const denied = grantWith(oidc.ClientSecretBasic('wrong'))
    await expect(denied).rejects.toBeInstanceOf(oidc.WWWAuthenticateChallengeError)
  })

  test('a wrong secret in the body', async () => {
    await expect(grantWith(oidc.ClientSecretPost('wrong'))).rejects.toMatchObject({ error: 'invalid_client' })
  })
})

describe('openid-client for users', () => {
  const discover = () =>
    oidc.discovery(new URL(`${entra.authorityHost}/${tenant.id}/v2.0`), nativeApp.clientId, {}, oidc.None(), {
      [oidc.customFetch]: (url, init) => fetch(url, init as object),
    })

  test('a code with PKCE, state and nonce, then a refresh', async () => {
    const config = await discover()
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
    const checks = { pkceCodeVerifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() }
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: `${redirectUri}/`,
      scope: 'User.Read openid offline_access',
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: checks.expectedState,
      nonce: checks.expectedNonce,
    })
    const { parameters } = await visitor.signIn(url, user)
    const back = new URL(`${redirectUri}/?${new URLSearchParams(parameters)}`)
    const tokens = await oidc.authorizationCodeGrant(config, back, checks)
    expect(tokens.claims()).toMatchObject({ oid: user.objectId, tid: tenant.id })
    const again = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect((await verified(again.access_token)).payload.scp).toBe('User.Read')
  })
})

describe('msal-node', () => {
  const networkClient: INetworkModule = {
    sendGetRequestAsync: (url, options) => send(url, { ...options, method: 'GET' }),
    sendPostRequestAsync: (url, options) => send(url, { ...options, method: 'POST' }),
  }

  async function send<T>(url: string, init: object) {
    const response = await fetch(url, init)
    return {
      headers: Object.fromEntries(response.headers),
      body: (await response.json()) as T,
      status: response.status,
    }
  }

  const config = (clientId: string, credential: object = {}, authority = tenant.id) => ({
    auth: {
      clientId,
      authority: `${entra.authorityHost}/${authority}`,
      knownAuthorities: [new URL(entra.authorityHost).host],
      ...credential,
    },
    system: { networkClient },
  })

  const client = (credential: object, authority?: string) =>
    new ConfidentialClientApplication(config(app.clientId, credential, authority))

  const acquire = async (credential: object, authority?: string) => {
    const result = await client(credential, authority).acquireTokenByClientCredential({ scopes: [graph] })
    return (await verified(result?.accessToken ?? '')).payload
  }

  test('a secret, the tenant by its domain', async () => {
    expect((await acquire({ clientSecret: secret }, 'contoso.onmicrosoft.com')).tid).toBe(tenant.id)
    expect(entra.count('token')).toBe(1)
  })

  test.each([
    ['SHA-256', 'thumbprintSha256', 'fingerprint256'],
    ['SHA-1', 'thumbprint', 'fingerprint'],
  ] as const)('a certificate by %s thumbprint', async (_name, option, fingerprint) => {
    const clientCertificate = {
      [option]: certificate.x509[fingerprint].replaceAll(':', ''),
      privateKey: certificate.privateKeyPem,
      x5c: certificate.certificatePem,
    }
    expect((await acquire({ clientCertificate })).azpacr).toBe('2')
  })

  test('a device code, then silence, then a refresh', async () => {
    entra.tokens.deviceCodeInterval = 1
    const people = new PublicClientApplication(config(nativeApp.clientId))
    const result = await people.acquireTokenByDeviceCode({
      scopes: ['User.Read'],
      deviceCodeCallback: ({ verificationUri, userCode }) => {
        void visitor.enterCode(verificationUri, userCode, user)
      },
    })
    const account = result?.account as AccountInfo
    expect(account).toMatchObject({ username: user.username, homeAccountId: `${user.objectId}.${tenant.id}` })
    const request = { account, scopes: ['User.Read'] }
    const before = entra.count('token')
    expect((await people.acquireTokenSilent(request)).accessToken).toBe(result?.accessToken)
    expect(entra.count('token')).toBe(before)
    const again = await people.acquireTokenSilent({ ...request, forceRefresh: true })
    expect(again.accessToken).not.toBe(result?.accessToken)
    const policy = tenant.policies.add({ user })
    const refused = people.acquireTokenSilent({ ...request, forceRefresh: true })
    await expect(refused).rejects.toMatchObject({
      name: 'InteractionRequiredAuthError',
      claims: expect.stringContaining(policy.id),
    })
    tenant.policies.remove(policy)
  })

  test('a code with PKCE of a confidential client, then on behalf of its user', async () => {
    const web = new ConfidentialClientApplication(config(webApp.clientId, { clientSecret: webSecret }))
    const common = { scopes: ['User.Read'], redirectUri: webRedirectUri }
    const { verifier, challenge } = pkce()
    const url = await web.getAuthCodeUrl({ ...common, codeChallenge: challenge, codeChallengeMethod: 'S256' })
    const { parameters } = await visitor.signIn(url, user)
    const code = parameters.code ?? ''
    const own = await web.acquireTokenByCode({ ...common, code, codeVerifier: verifier })
    expect(own.account?.username).toBe(user.username)
    const scope = `api://${webApp.clientId}/access`
    nativeApp.consents.grant(user, [scope])
    const oboAssertion = await accessToken(scope)
    const result = await web.acquireTokenOnBehalfOf({ oboAssertion, scopes: ['User.Read'] })
    expect((await verified(result?.accessToken ?? '')).payload).toMatchObject({
      azp: webApp.clientId,
      scp: 'User.Read',
    })
  })

  test('a refusal', async () => {
    const denied = acquire({ clientSecret: randomUUID() })
    await expect(denied).rejects.toMatchObject({ errorCode: 'invalid_client', errorNo: 7000215 })
  })
})
