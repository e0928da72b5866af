/** `grant_type=client_credentials` (RFC 6749 section 4.4): an app asks for itself. */
import { appTokenResponse } from '../access-token.ts'
import { parseClaims } from '../claims-request.ts'
import { authenticateClient } from '../client-authentication.ts'
import { refused } from '../errors.ts'
import { audienceOfDefaultScope } from '../scope.ts'
import type { Grant } from '../token-request.ts'

export const clientCredentials: Grant = async (request) => {
  const { authority, tenant, form } = request
  if (!tenant) {
    throw refused(
      'invalid_request',
      50059,
      'No tenant-identifying information found in either the request or implied by any provided credentials.',
    )
  }
  const client = await authenticateClient(request)
  const audience = audienceOfDefaultScope(form.scope, tenant)
  return appTokenResponse(authority, tenant, client, audience, parseClaims(form.claims))
}
