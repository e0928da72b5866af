/** `grant_type=authorization_code` (RFC 6749 section 4.1.3), with PKCE (RFC 7636 section 4.5). */
import { createHash } from 'node:crypto'
import type { CodeGrant } from '../authorization-codes.ts'
import { authenticateClient, clientOf, publicClient } from '../client-authentication.ts'
import { refused } from '../errors.ts'
import { type Grant, required } from '../token-request.ts'
import { verifyUser } from '../user-grant.ts'
import { userTokenResponse } from '../user-token.ts'

export const authorizationCode: Grant = async (request) => {
  const { authority, form } = request
  const app = clientOf(request)
  const grant = authority.codes.redeem(required(form, 'code'), authority.tokens.codeLifetime)
  if (grant.app !== app) {
    throw refused(
      'invalid_grant',
      700005,
      'Provided Authorization Code is intended to use against other tenant or application, thus rejected.',
    )
  }
  const client = grant.isConfidential ? await authenticateClient(request) : publicClient(request)
  verifyRedirectUri(required(form, 'redirect_uri'), grant)
  verifyPkce(form.code_verifier, grant)
  const tenant = verifyUser(grant, authority, request.tenantName)
  const { nonce, claims } = grant
  return userTokenResponse(request, { tenant, client, grant, nonce, claims })
}

function verifyRedirectUri(uri: string, { redirectUri, app }: CodeGrant): void {
  if (uri === redirectUri) return
  throw refused(
    'invalid_client',
    500112,
    `The reply address '${uri}' does not match the reply address '${redirectUri}' provided when requesting Authorization code. Client app ID: ${app.clientId}.`,
  )
}

function verifyPkce(verifier: string | undefined, { challenge }: CodeGrant): void {
  if (challenge === undefined && !verifier) return
  if (challenge !== undefined && !verifier) {
    throw refused('invalid_grant', 501471, 'Missing Code_Verifier parameter.')
  }
  const digest = createHash('sha256')
    .update(verifier ?? '')
    .digest('base64url')
  if (digest === challenge) return
  throw refused(
    'invalid_grant',
    501481,
    'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
  )
}
