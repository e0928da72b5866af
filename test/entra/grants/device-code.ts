/** `grant_type=urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 section 3.4), and MSAL's short name of it. */
import { authenticateClient, clientOf, publicClient } from '../client-authentication.ts'
import { type Grant, required, type TokenRequest } from '../token-request.ts'
import { verifyUser } from '../user-grant.ts'
import { userTokenResponse } from '../user-token.ts'

export const deviceCode: Grant = async (request) => {
  const { authority, form } = request
  const client = await authenticate(request)
  const device = authority.deviceCodes.poll(required(form, 'device_code'), client.app)
  const { app, signIn, scope, claims } = device
  const grant = { app, signIn, scope, isConfidential: client.method !== 'none' }
  const tenant = verifyUser(grant, authority, request.tenantName)
  return userTokenResponse(request, { tenant, client, grant, claims })
}

/** Without "Allow public client flows" Entra takes the app for a confidential client, and misses its credential. */
function authenticate(request: TokenRequest) {
  return clientOf(request).allowPublicClientFlows ? publicClient(request) : authenticateClient(request)
}
