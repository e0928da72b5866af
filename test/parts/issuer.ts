/**
 * Another issuer of tokens, as GitHub, Azure DevOps or an identity provider of one's own is: HTTPS on loopback, with
 * a CA of its own. oidc-provider serves its documents and its token endpoint, and knows nothing of our code.
 */
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
// Not by its index, which warns on every start that it prefers Node 22.
import { Provider } from 'oidc-provider/lib/provider.js'
import { createTlsIdentity } from '../entra/certificates.ts'

const tokenExchange = 'api://AzureADTokenExchange'

export interface Issuer {
  /** `https://localhost:PORT`, the `iss` of its tokens. */
  readonly url: string
  /** PEM of its CA, for `entra.trustIssuers` and `NODE_EXTRA_CA_CERTS`. */
  readonly caFile: string
  /** A client that may ask for tokens itself (RFC 6749 section 4.4); their subject is its ID. */
  readonly clientId: string
  readonly clientSecret: string
  /** Paths of the requests so far. */
  readonly requests: readonly string[]
  /** A token with these claims over the usual ones: five minutes, for Entra. Undefined removes a claim. */
  mint(claims?: Readonly<Record<string, unknown>>, header?: MintOptions): Promise<string>
  close(): Promise<void>
}

export interface MintOptions {
  /** RS256 if not given. */
  readonly alg?: 'RS256' | 'PS256' | 'RS512'
  /** Signs with a key that is not among the issuer's, under the name of one that is. */
  readonly withForeignKey?: boolean
}

const rsaKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey

export async function startIssuer(): Promise<Issuer> {
  const identity = await createTlsIdentity()
  const key = rsaKey()
  const kid = randomUUID()
  const requests: string[] = []
  const server = createServer({ key: identity.privateKeyPem, cert: identity.certificatePem })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `https://localhost:${(server.address() as AddressInfo).port}`
  const client = { clientId: 'workload', clientSecret: randomUUID() }
  const jwk = { ...key.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }
  const provider = new Provider(url, configuration(client, jwk))
  const answer = provider.callback()
  server.on('request', (request, response) => {
    requests.push(request.url ?? '')
    void answer(request, response)
  })
  const directory = await mkdtemp(join(tmpdir(), 'entra-issuer-'))
  const caFile = join(directory, 'ca.pem')
  await writeFile(caFile, identity.caPem, { mode: 0o600 })
  return {
    url,
    caFile,
    ...client,
    requests,
    mint: (claims = {}, { alg = 'RS256', withForeignKey = false } = {}) => {
      const now = Math.floor(Date.now() / 1000)
      const usual = {
        iss: url,
        sub: 'workload',
        aud: tokenExchange,
        jti: randomUUID(),
        iat: now,
        nbf: now,
        exp: now + 300,
      }
      const signer = withForeignKey ? rsaKey() : key
      return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ typ: 'JWT', alg, kid }).sign(signer)
    },
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** One client, which gets JWTs for Entra or for the resource it asks for. */
function configuration(
  client: { readonly clientId: string; readonly clientSecret: string },
  jwk: object,
): object {
  return {
    // Nothing is stored: its tokens are JWTs.
    adapter: () => ({ find: async () => undefined, upsert: async () => {} }),
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    jwks: { keys: [jwk] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => tokenExchange,
        getResourceServerInfo: (_context: unknown, audience: string) => ({
          audience,
          scope: 'exchange',
          accessTokenFormat: 'jwt',
          accessTokenTTL: 300,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    cookies: { keys: [randomUUID()] },
    ttl: { ClientCredentials: 300 },
  }
}
