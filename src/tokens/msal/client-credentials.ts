/** The client credentials grant (RFC 6749, section 4.4) through MSAL. */
import { endpoints } from '../../cloud/authority.ts'
import { AppError, type PresentedAssertion } from '../../errors.ts'
import type { TokenRequest } from '../../profiles/resolve.ts'
import type { Secret } from '../../secret.ts'
import type { TokenResponse } from '../token-response.ts'
import { loadMsal } from './library.ts'
import type { Network } from './network.ts'

/** What a client proves itself with at the token endpoint. */
export type ClientProof =
  | { readonly type: 'secret'; readonly secret: Secret }
  | {
      readonly type: 'assertion'
      readonly assertion: (audience: string) => Promise<Secret>
      /** What the last assertion said, where it is another issuer's. */
      readonly presented?: () => PresentedAssertion | undefined
    }

/**
 * One token request. The endpoints are the same on every Entra host, so MSAL gets them from us and asks nobody.
 * @throws AppError as `readTokenResponse`, and what the proof throws.
 */
export async function acquireByClientCredentials(
  request: TokenRequest,
  proof: ClientProof,
  network: Network,
): Promise<TokenResponse> {
  const { ConfidentialClientApplication } = await loadMsal()
  const { authority, issuer, token, authorize, keys } = endpoints(request.authorityHost, request.tenant)
  const client = new ConfidentialClientApplication({
    auth: {
      clientId: request.clientId,
      authority,
      knownAuthorities: [new URL(request.authorityHost).host],
      authorityMetadata: JSON.stringify({
        issuer,
        authorization_endpoint: authorize,
        token_endpoint: token,
        jwks_uri: keys,
      }),
      ...(proof.type === 'secret'
        ? { clientSecret: proof.secret.reveal() }
        : { clientAssertion: async () => (await proof.assertion(token)).reveal() }),
    },
    system: { networkClient: network, disableInternalRetries: true },
  })
  try {
    await client.acquireTokenByClientCredential({ scopes: [...request.scopes], skipCache: true })
  } catch (error) {
    throw network.failure ?? error
  }
  if (!network.token) throw new AppError('bug', 'MSAL answered without asking the token endpoint')
  return network.token
}
