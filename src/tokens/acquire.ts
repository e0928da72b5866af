/** A new token from Entra: the credential's proof, then one token request. */
import { createProof, type ProofSources } from '../credentials/proof.ts'
import type { Send } from '../platform/http.ts'
import type { TokenRequest } from '../profiles/resolve.ts'
import type { AccessToken } from './access-token.ts'
import { acquireByClientCredentials } from './msal/client-credentials.ts'
import { createNetwork } from './msal/network.ts'

export interface AcquireWorld {
  readonly send: Send
  readonly debug: (line: string) => void
  /** Seconds since 1970, with fractions. */
  readonly now: () => number
  readonly proofSources: (profile: string | undefined) => ProofSources
}

/** @throws AppError of every kind; see `createProof` and `readTokenResponse`. */
export async function acquire(request: TokenRequest, world: AcquireWorld): Promise<AccessToken> {
  const { send, debug, now } = world
  const proof = await createProof(request.credential, request.clientId, world.proofSources(request.profile))
  const response = await acquireByClientCredentials(request, proof, createNetwork(send, debug))
  const obtainedOn = now()
  const at = Math.floor(obtainedOn)
  return {
    accessToken: response.accessToken,
    tokenType: response.tokenType,
    expiresOn: at + response.expiresIn,
    ...(response.refreshIn !== undefined && { refreshOn: at + response.refreshIn }),
    obtainedOn,
    scope: request.scopes.join(' '),
    tenant: request.tenant,
    clientId: request.clientId,
    authorityHost: request.authorityHost,
    flow: request.flow,
    ...(request.profile !== undefined && { profile: request.profile }),
  }
}
