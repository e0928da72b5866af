/** A new token: each flow has its own way to it. */
import { createProof, type ProofSources } from '../credentials/proof.ts'
import { AppError } from '../errors.ts'
import type { ExchangeWorld } from '../federation/exchange.ts'
import type { Send } from '../platform/http.ts'
import type { Flow, ManagedIdentityCredential } from '../profiles/profile.ts'
import type { TokenRequest, UserAssertion } from '../profiles/resolve.ts'
import type { SignInWorld } from '../sign-in/world.ts'
import type { AccessToken } from './access-token.ts'
import type { ClientProof } from './msal/client.ts'
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
  /** The same for the credential that the profile had before. */
  readonly previousProofSources: (profile: string | undefined) => ProofSources
  /** Entra took the credential of a profile that has a previous one. */
  readonly confirm: (request: TokenRequest) => Promise<void>
  readonly warn: (message: string) => void
  /** Seconds that a federated credential may still need to be known to Entra. */
  readonly federationWait: number
  /** What people's sign-ins need besides the client. */
  readonly signIn: Omit<SignInWorld, 'client'>
}

/** A managed identity's token says whose it is. */
interface Acquired extends Partial<Pick<AccessToken, 'tenant' | 'clientId'>> {
  readonly response: TokenResponse
  /** As the request has it, unless somebody else signed in. */
  readonly account?: string | undefined
}

type Acquire = (request: TokenRequest, world: AcquireWorld) => Promise<Acquired>

const forUser: Acquire = async (request, world) => {
  const { acquireForUser } = await import('../sign-in/acquire-for-user.ts')
  return acquireForUser(request, {
    ...world.signIn,
    client: once(async () => {
      const proof = await findProof(request, world)
      return {
        application: request,
        proof,
        network: createNetwork(world.send, world.debug),
        // A person is not kept waiting.
        exchange: (ask) => exchangeBy(proof, ask, { ...world, federationWait: undefined }),
      }
    }),
  })
}

const acquirers: Record<Flow, Acquire> = {
  'client-credentials': async (request, world) => {
    const proof = await getProof(request, world)
    const ask = () => acquireByClientCredentials(request, proof, createNetwork(world.send, world.debug))
    return { response: await exchangeBy(proof, ask, world) }
  },
  'managed-identity': async ({ credential, scopes }, world) => {
    const { acquireByManagedIdentity } = await import('./msal/managed-identity.ts')
    const { identityIn } = await import('./managed-identity-answer.ts')
    const { identity } = credential as ManagedIdentityCredential
    const request = { resource: scopes[0] as string, identity }
    const response = await acquireByManagedIdentity(request, { ...world, send: world.sendLocal })
    return { response, ...identityIn(response.accessToken) }
  },
  'interactive-browser': forUser,
  'authorization-code': forUser,
  'device-code': forUser,
  'on-behalf-of': async (request, world) => {
    const { acquireOnBehalfOf } = await import('./msal/on-behalf-of.ts')
    const { token } = getAssertion(request)
    const proof = await getProof(request, world)
    const ask = () => acquireOnBehalfOf(request, token, proof, createNetwork(world.send, world.debug))
    return { response: await exchangeBy(proof, ask, world) }
  },
}

/** Another issuer's assertion may be stale, or not be known to Entra yet. */
async function exchangeBy(
  proof: ClientProof | undefined,
  ask: () => Promise<TokenResponse>,
  world: ExchangeWorld,
): Promise<TokenResponse> {
  if (proof?.type !== 'assertion' || !proof.presented) return ask()
  const { exchangeAssertion } = await import('../federation/exchange.ts')
  return exchangeAssertion(ask, proof.presented, world)
}

const findProof = (request: TokenRequest, world: AcquireWorld) =>
  createProof(request.credential, request.clientId, world.proofSources(request.profile))

async function getProof(request: TokenRequest, world: AcquireWorld): Promise<ClientProof> {
  const proof = await findProof(request, world)
  if (proof) return proof
  throw new AppError('bug', `${request.flow} without a credential`)
}

function getAssertion({ assertion }: TokenRequest): UserAssertion {
  if (assertion) return assertion
  throw new AppError('usage', "on-behalf-of needs the user's token that this application was sent", {
    hint: 'give it with --assertion-file or --assertion-stdin',
  })
}

/** The work, done at the first call alone. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => {
    result ??= work()
    return result
  }
}

/** @throws AppError of every kind; see `createProof`, `readTokenResponse` and `acquireByManagedIdentity`. */
export async function acquire(request: TokenRequest, world: AcquireWorld): Promise<AccessToken> {
  if (!request.previous || !isUnattended.has(request.flow)) return acquireBy(request, world)
  const { acquireWithPrevious } = await import('./previous.ts')
  const before = { ...world, proofSources: world.previousProofSources }
  return acquireWithPrevious(
    request,
    (which, wanted) => acquireBy(wanted, which === 'current' ? world : before),
    world,
  )
}

/** Nobody is asked twice because a credential was refused. */
const isUnattended: ReadonlySet<Flow> = new Set(['client-credentials', 'on-behalf-of'])

async function acquireBy(request: TokenRequest, world: AcquireWorld): Promise<AccessToken> {
  const { response, account = request.account, ...identity } = await acquirers[request.flow](request, world)
  const obtainedOn = world.now()
  const at = Math.floor(obtainedOn)
  return {
    accessToken: response.accessToken,
    tokenType: response.tokenType,
    expiresOn: at + response.expiresIn,
    ...(response.refreshIn !== undefined && { refreshOn: at + response.refreshIn }),
    obtainedOn,
    scope: request.scopes.join(' '),
    tenant: identity.tenant ?? request.tenant,
    clientId: identity.clientId ?? request.clientId,
    authorityHost: request.authorityHost,
    flow: request.flow,
    ...(request.profile !== undefined && { profile: request.profile }),
    ...(account !== undefined && { account }),
    ...(request.claims !== undefined && { claims: request.claims }),
  }
}
