/** `grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523 section 2.1): an API asks on behalf of its caller. */
import { compactVerify, decodeJwt } from 'jose'
import type { App } from '../app.ts'
import type { Authority } from '../authority.ts'
import { authenticateClient } from '../client-authentication.ts'
import { refused } from '../errors.ts'
import { type Grant, required } from '../token-request.ts'
import type { SignIn } from '../user.ts'
import { verifyUser } from '../user-grant.ts'
import { userTokenResponse } from '../user-token.ts'

export const onBehalfOf: Grant = async (request) => {
  const { authority, form } = request
  const use = required(form, 'requested_token_use')
  if (use !== 'on_behalf_of') {
    throw refused(
      'invalid_request',
      9002313,
      `Invalid request. 'requested_token_use' is not valid: '${use}'.`,
    )
  }
  const client = await authenticateClient(request)
  const signIn = await callerOf(required(form, 'assertion'), client.app, authority)
  const scope = required(form, 'scope')
  const grant = { app: client.app, signIn, isConfidential: true, scope }
  const tenant = verifyUser(grant, authority, request.tenantName)
  return userTokenResponse(request, { tenant, client, grant })
}

/** The sign-in that an access token for this app came of. Throws when the token is not ours, too old, or not a user's. */
async function callerOf(assertion: string, app: App, authority: Authority): Promise<SignIn> {
  await compactVerify(assertion, authority.signingKey.certificate.publicKey, { algorithms: ['RS256'] }).catch(
    () => {
      const text =
        'Assertion failed signature validation. [Reason - The provided signature value did not match the expected signature value.]'
      throw refused('invalid_grant', 50013, text)
    },
  )
  const { exp, aud, idtyp } = decodeJwt(assertion)
  if ((exp ?? 0) * 1000 <= Date.now()) {
    const text =
      'Assertion is not within its valid time range. Ensure that the access token is not expired before using it for user assertion, or request a new token.'
    throw refused('invalid_grant', 500133, text)
  }
  if (aud !== app.clientId) {
    throw refused(
      'invalid_grant',
      500131,
      `Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was '${aud}' and the expected audience is '${app.clientId}' or one of the Application Uris of this application with App ID '${app.clientId}'(${app.name}). The downstream client must request a token for the expected audience (the application that made the OBO call) and this application should use that token as the assertion.`,
    )
  }
  if (idtyp === 'app') {
    const text = `Application '${app.clientId}' is not allowed to make application on-behalf-of calls.`
    throw refused('invalid_grant', 7000114, text)
  }
  const signIn = authority.userTokens.get(assertion)
  if (signIn) return signIn
  throw refused(
    'invalid_grant',
    50013,
    'Assertion failed signature validation. [Reason - It is no access token.]',
  )
}
