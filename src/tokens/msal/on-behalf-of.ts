/** The on-behalf-of grant (RFC 7523, section 2.1, with Entra's `requested_token_use`) through MSAL. */
import type { TokenRequest } from '../../profiles/resolve.ts'
import type { Secret } from '../../secret.ts'
import type { TokenResponse } from '../token-response.ts'
import { answerTo, type ClientProof, createConfidentialClient } from './client.ts'
import type { Network } from './network.ts'

/**
 * Exchanges a user's token for this application into one for another resource.
 * @throws AppError as `readTokenResponse`, and what the proof throws.
 */
export async function acquireOnBehalfOf(
  request: TokenRequest,
  assertion: Secret,
  proof: ClientProof,
  network: Network,
): Promise<TokenResponse> {
  const client = await createConfidentialClient(request, proof, network)
  const { claims } = request
  return answerTo(network, () =>
    client.acquireTokenOnBehalfOf({
      oboAssertion: assertion.reveal(),
      scopes: [...request.scopes],
      skipCache: true,
      ...(claims !== undefined && { claims }),
    }),
  )
}
