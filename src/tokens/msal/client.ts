/** MSAL's client for a request: what it knows without asking, and what it proves itself with. */
import type { Configuration } from '@azure/msal-node'
import { endpoints } from '../../cloud/authority.ts'
import { AppError, type PresentedAssertion } from '../../errors.ts'
import { safeText } from '../../output/safe-text.ts'
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

export type Application = Pick<TokenRequest, 'authorityHost' | 'tenant' | 'clientId'>

/** The endpoints are the same on every Entra host, so MSAL gets them from us and asks nobody. */
function configure({ authorityHost, tenant, clientId }: Application, network: Network) {
  const { authority, issuer, token, authorize, keys } = endpoints(authorityHost, tenant)
  return {
    auth: {
      clientId,
      authority,
      knownAuthorities: [new URL(authorityHost).host],
      authorityMetadata: JSON.stringify({
        issuer,
        authorization_endpoint: authorize,
        token_endpoint: token,
        jwks_uri: keys,
      }),
    },
    system: { networkClient: network, disableInternalRetries: true },
  } satisfies Configuration
}

/** A client that proves who it is. */
export async function createConfidentialClient(
  application: Application,
  proof: ClientProof,
  network: Network,
) {
  const { ConfidentialClientApplication } = await loadMsal()
  const { auth, system } = configure(application, network)
  const { token } = endpoints(application.authorityHost, application.tenant)
  return new ConfidentialClientApplication({
    auth: {
      ...auth,
      ...(proof.type === 'secret'
        ? { clientSecret: proof.secret.reveal() }
        : { clientAssertion: async () => (await proof.assertion(token)).reveal() }),
    },
    system,
  })
}

/** A client for people's sign-ins: a public one where there is no proof. */
export async function createUserClient(
  application: Application,
  proof: ClientProof | undefined,
  network: Network,
) {
  if (proof) return createConfidentialClient(application, proof, network)
  const { PublicClientApplication } = await loadMsal()
  return new PublicClientApplication(configure(application, network))
}

function unacceptable(error: unknown): AppError {
  const { errorCode = 'unknown' } = error as { errorCode?: string }
  return new AppError(
    'protocol',
    `Entra's answer does not belong to this request (${safeText(errorCode, { max: 60 })})`,
    {
      hint: 'sign in again; if it happens again, something between this machine and Entra changes answers',
      cause: error,
    },
  )
}

/**
 * What the token endpoint answered to that work of MSAL's, read by us.
 * @throws AppError as `readTokenResponse`, `protocol` for an answer that MSAL does not accept (another nonce), and what
 * the proof throws.
 */
export async function answerTo(network: Network, work: () => Promise<unknown>): Promise<TokenResponse> {
  network.forget()
  try {
    await work()
  } catch (error) {
    throw network.failure ?? (network.token && !(error instanceof AppError) ? unacceptable(error) : error)
  }
  if (!network.token) throw new AppError('bug', 'MSAL answered without asking the token endpoint')
  return network.token
}
