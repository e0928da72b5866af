/** The authorization code grant with PKCE (RFC 6749, section 4.1; RFC 7636), and refresh tokens (section 6), through MSAL. */
import type { Secret } from '../../secret.ts'
import type { TokenResponse } from '../token-response.ts'
import { type Application, answerTo, type ClientProof, createUserClient } from './client.ts'
import { loadMsal } from './library.ts'
import type { Network } from './network.ts'

export interface UserClient {
  readonly application: Application
  /** Undefined for a public client. */
  readonly proof: ClientProof | undefined
  readonly network: Network
  /** Runs one exchange, and again where the proof calls for it. */
  readonly exchange: (ask: () => Promise<TokenResponse>) => Promise<TokenResponse>
}

export interface Authorization {
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly claims?: string | undefined
  readonly loginHint?: string | undefined
  readonly domainHint?: string | undefined
  readonly prompt?: string | undefined
}

export interface StartedAuthorization {
  /** Where the person signs in. */
  readonly url: string
  readonly state: string
  /** Exchanges the code that came back. Throws AppError as `readTokenResponse`, `protocol` for another's ID token. */
  readonly redeem: (code: string) => Promise<TokenResponse>
}

/** Starts a sign-in: a state, a nonce and a code verifier that serve this one alone. */
export async function startAuthorization(
  { application, proof, network, exchange }: UserClient,
  { redirectUri, scopes, claims, loginHint, domainHint, prompt }: Authorization,
): Promise<StartedAuthorization> {
  const { CryptoProvider, ResponseMode } = await loadMsal()
  const client = await createUserClient(application, proof, network)
  const random = new CryptoProvider()
  const { verifier, challenge } = await random.generatePkceCodes()
  const [state, nonce] = [random.createNewGuid(), random.createNewGuid()]
  const shared = { redirectUri, scopes: [...scopes], ...(claims !== undefined && { claims }) }
  const url = await client.getAuthCodeUrl({
    ...shared,
    state,
    nonce,
    codeChallenge: challenge,
    codeChallengeMethod: 'S256',
    responseMode: ResponseMode.QUERY,
    ...(loginHint !== undefined && { loginHint }),
    ...(domainHint !== undefined && { domainHint }),
    ...(prompt !== undefined && { prompt }),
  })
  return {
    url,
    state,
    redeem: (code) =>
      exchange(() =>
        answerTo(network, () =>
          client.acquireTokenByCode({ ...shared, code, codeVerifier: verifier, nonce }),
        ),
      ),
  }
}

/** @throws AppError as `readTokenResponse`. */
export async function redeemRefreshToken(
  { application, proof, network, exchange }: UserClient,
  refreshToken: Secret,
  { scopes, claims }: Pick<Authorization, 'scopes' | 'claims'>,
): Promise<TokenResponse> {
  const client = await createUserClient(application, proof, network)
  return exchange(() =>
    answerTo(network, () =>
      client.acquireTokenByRefreshToken({
        refreshToken: refreshToken.reveal(),
        scopes: [...scopes],
        ...(claims !== undefined && { claims }),
      }),
    ),
  )
}
