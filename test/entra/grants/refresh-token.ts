/** `grant_type=refresh_token` (RFC 6749 section 6): another access token, and a new refresh token with it. */
import { authenticateClient, clientOf, publicClient } from '../client-authentication.ts'
import { type Grant, required } from '../token-request.ts'
import { verifyUser } from '../user-grant.ts'
import { userTokenResponse } from '../user-token.ts'

export const refreshToken: Grant = async (request) => {
  const { authority, form } = request
  const { refreshTokens, tokens } = authority
  const old = required(form, 'refresh_token')
  const grant = refreshTokens.redeem(old, clientOf(request), tokens.refreshTokenLifetime)
  const client = grant.isConfidential ? await authenticateClient(request) : publicClient(request)
  const tenant = verifyUser(grant, authority, request.tenantName)
  const response = await userTokenResponse(request, { tenant, client, grant })
  if (tokens.revokeOldRefreshTokens) refreshTokens.revoke(old)
  // A refresh request need not repeat offline_access to get the next refresh token.
  return { ...response, refresh_token: response.refresh_token ?? refreshTokens.add(grant) }
}
