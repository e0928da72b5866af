/** The client credentials grant (RFC 6749, section 4.4) through MSAL. */
import type { TokenRequest } from '../../profiles/resolve.ts'
import type { TokenResponse } from '../token-response.ts'
import { answerTo, type ClientProof, createConfidentialClient } from './client.ts'
import type { Network } from './network.ts'

/**
 * One token request.
 * @throws AppError as `readTokenResponse`, and what the proof throws.
 */
export async function acquireByClientCredentials(
  request: TokenRequest,
  proof: ClientProof,
  network: Network,
): Promise<TokenResponse> {
  const client = await createConfidentialClient(request, proof, network)
  const { claims } = request
  return answerTo(network, () =>
    client.acquireTokenByClientCredential({
      scopes: [...request.scopes],
      skipCache: true,
      ...(claims !== undefined && { claims }),
    }),
  )
}
