/** Another OpenID provider, where the application has a client of its own: the client credentials grant there. */
import { AppError } from '../../errors.ts'
import { safeText } from '../../output/safe-text.ts'
import type { Send } from '../../platform/http.ts'
import type { FederatedCredential } from '../../profiles/profile.ts'
import { Secret } from '../../secret.ts'
import type { FederatedSource } from '../source.ts'

export const openidProvider: FederatedSource = {
  audienceHint: (audience) =>
    `let the provider issue tokens for that audience to this client, or ask with --oidc-scope; it was asked for audience=${audience}`,
  fetch: async (credential, audience, { send, resolve }) => {
    const { issuer, clientId, secret } = whole(credential)
    const library = await import('openid-client')
    const relay = createFetch(send)
    const host = safeText(new URL(issuer).host)
    try {
      const config = await library.discovery(
        new URL(issuer),
        clientId,
        undefined,
        clientSecret(library, (await resolve(secret, 'oidc-client-secret')).reveal()),
        { [library.customFetch]: relay.fetch as never },
      )
      const { oidcScope: scope } = credential
      const tokens = await library.clientCredentialsGrant(config, { audience, ...(scope && { scope }) })
      return new Secret(tokens.access_token)
    } catch (error) {
      throw relay.failure ?? refusal(error, host)
    }
  },
}

function whole({
  oidcIssuer: issuer,
  oidcClientId: clientId,
  oidcClientSecret: secret,
}: FederatedCredential) {
  if (issuer !== undefined && clientId !== undefined && secret !== undefined)
    return { issuer, clientId, secret }
  throw new AppError('config', 'the source oidc lacks the issuer, the client ID or the client secret', {
    hint: 'give --oidc-issuer, --oidc-client-id and one of the --oidc-client-secret flags',
  })
}

type Library = typeof import('openid-client')

/** In the body where the provider says that it takes it there; otherwise HTTP Basic, which every provider takes. */
const clientSecret =
  (
    { ClientSecretBasic, ClientSecretPost }: Library,
    secret: string,
  ): ReturnType<Library['ClientSecretPost']> =>
  (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported
    const way = methods?.includes('client_secret_post') ? ClientSecretPost : ClientSecretBasic
    return way(secret)(server, client, body, headers)
  }

/** The library's HTTP, through our own: with its proxies, limits and named errors. */
function createFetch(send: Send) {
  let failure: unknown
  return {
    get failure() {
      return failure
    },
    fetch: async (url: string, init: RequestInit): Promise<Response> => {
      try {
        const { body } = init
        const {
          status,
          headers,
          body: text,
        } = await send({
          url,
          method: init.method === 'POST' ? 'POST' : 'GET',
          headers: Object.fromEntries(new Headers(init.headers)),
          ...(body && { body: String(body) }),
        })
        const type = headers['content-type']
        return new Response(text, { status, ...(type && { headers: { 'content-type': type } }) })
      } catch (error) {
        failure = error
        throw error
      }
    },
  }
}

function refusal(error: unknown, host: string): unknown {
  if (error instanceof AppError) return error
  const { name, error: code } = error as { name?: string; error?: unknown }
  if (name === 'ResponseBodyError' || typeof code === 'string')
    return new AppError('denied', `${host} refused: ${safeText(String(code), { max: 100 })}`, {
      hint: 'check the client ID and secret there, and that the client may use the client credentials grant',
    })
  return new AppError('protocol', `${host} did not answer as an OpenID provider does`, {
    hint: 'check --oidc-issuer: its /.well-known/openid-configuration must name the same issuer, to the letter',
    cause: error,
  })
}
