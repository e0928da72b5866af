/** The on-behalf-of grant (RFC 7523, section 2.1, with Entra's `requested_token_use`) through MSAL. */
import { AppError, type ErrorDetails } from '../../errors.ts'
import type { TokenRequest } from '../../profiles/resolve.ts'
import type { Secret } from '../../secret.ts'
import { Refusal, type TokenResponse } from '../token-response.ts'
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
  try {
    return await answerTo(network, () =>
      client.acquireTokenOnBehalfOf({
        oboAssertion: assertion.reveal(),
        scopes: [...request.scopes],
        skipCache: true,
        ...(claims !== undefined && { claims }),
      }),
    )
  } catch (error) {
    throw error instanceof Refusal && error.claims !== undefined ? forClient(error) : error
  }
}

/** Only the client that the user sits at can ask them: the claims are for it (Entra's claims challenge). */
function forClient(refusal: Refusal): AppError {
  const { aadsts, correlationId, traceId, claims } = refusal
  const details = Object.fromEntries(
    Object.entries({ aadsts, correlationId, traceId, claims }).filter(([, value]) => value !== undefined),
  ) as ErrorDetails
  return new AppError(refusal.code, refusal.message, {
    ...details,
    hint: "the user must sign in again: send the claims to the user's client, base64-encoded in the WWW-Authenticate header of a 401 answer",
    cause: refusal,
  })
}
