/** `grant_type=refresh_token` (RFC 6749 section 6): another access token, and a new refresh token with it. */
import { authenticateClient, clientOf, publicClient } from '../client-authentication.ts'
import { type Grant, required, type TokenRequest, type TokenResponse } from '../token-request.ts'
import { type UserGrant, verifyUser } from '../user-grant.ts'
import { userTokenResponse } from '../user-token.ts'

export const refreshToken: Grant = async (request) => {
  const { refreshTokens, tokens } = request.authority
  const old = required(request.form, 'refresh_token')
  const grant = refreshTokens.redeem(old, clientOf(request), tokens.refreshTokenLifetime)
  if (!tokens.revokeOldRefreshTokens) return exchange(request, grant)
  // At once, so that of two requests at the same time only one gets through.
  refreshTokens.revoke(old)
  try {
    return await exchange(request, grant)
  } catch (error) {
    refreshTokens.restore(old)
    throw error
  }
}

async function exchange(request: TokenRequest, grant: UserGrant): Promise<TokenResponse> {
  const { authority, tenantName } = request
  const client = grant.isConfidential ? await authenticateClient(request) : publicClient(request)
  const tenant = verifyUser(grant, authority, tenantName)
  const response = await userTokenResponse(request, { tenant, client, grant })
  // A refresh request need not repeat offline_access to get the next refresh token.
  return { ...response, refresh_token: response.refresh_token ?? authority.refreshTokens.add(grant) }
}
