/** A new token: each flow has its own way to it. */
import { createProof, type ProofSources } from '../credentials/proof.ts'
import type { Send } from '../platform/http.ts'
import type { Flow, ManagedIdentityCredential } from '../profiles/profile.ts'
import type { TokenRequest } from '../profiles/resolve.ts'
import type { AccessToken } from './access-token.ts'
import { acquireByClientCredentials } from './msal/client-credentials.ts'
import { createNetwork } from './msal/network.ts'
import type { TokenResponse } from './token-response.ts'

export interface AcquireWorld {
  readonly send: Send
  /** Asks endpoints of the machine itself. */
  readonly sendLocal: Send
  readonly debug: (line: string) => void
  readonly notice: (message: string) => void
  /** Seconds since 1970, with fractions. */
  readonly now: () => number
  readonly proofSources: (profile: string | undefined) => ProofSources
  /** Seconds that a federated credential may still need to be known to Entra. */
  readonly federationWait: number
}

/** A managed identity's token says whose it is. */
type Acquired = TokenResponse & Partial<Pick<AccessToken, 'tenant' | 'clientId'>>

const acquirers: Record<Flow, (request: TokenRequest, world: AcquireWorld) => Promise<Acquired>> = {
  'client-credentials': async (request, world) => {
    const proof = await createProof(request.credential, request.clientId, world.proofSources(request.profile))
    const ask = () => acquireByClientCredentials(request, proof, createNetwork(world.send, world.debug))
    if (proof.type !== 'assertion' || !proof.presented) return ask()
    const { exchangeAssertion } = await import('../federation/exchange.ts')
    return exchangeAssertion(ask, proof.presented, world)
  },
  'managed-identity': async ({ credential, scopes }, world) => {
    const { acquireByManagedIdentity } = await import('./msal/managed-identity.ts')
    const { identityIn } = await import('./managed-identity-answer.ts')
    const { identity } = credential as ManagedIdentityCredential
    const request = { resource: scopes[0] as string, identity }
    const answer = await acquireByManagedIdentity(request, { ...world, send: world.sendLocal })
    return { ...answer, ...identityIn(answer.accessToken) }
  },
}

/** @throws AppError of every kind; see `createProof`, `readTokenResponse` and `acquireByManagedIdentity`. */
export async function acquire(request: TokenRequest, world: AcquireWorld): Promise<AccessToken> {
  const response = await acquirers[request.flow](request, world)
  const obtainedOn = world.now()
  const at = Math.floor(obtainedOn)
  return {
    accessToken: response.accessToken,
    tokenType: response.tokenType,
    expiresOn: at + response.expiresIn,
    ...(response.refreshIn !== undefined && { refreshOn: at + response.refreshIn }),
    obtainedOn,
    scope: request.scopes.join(' '),
    tenant: response.tenant ?? request.tenant,
    clientId: response.clientId ?? request.clientId,
    authorityHost: request.authorityHost,
    flow: request.flow,
    ...(request.profile !== undefined && { profile: request.profile }),
  }
}
