/** POST `/{tenant}/oauth2/v2.0/devicecode` (RFC 8628 section 3.1). */
import { clientOf } from './client-authentication.ts'
import { delegatedScopes } from './delegated-scope.ts'
import { type Grant, required } from './token-request.ts'

/** The page where people enter the code. */
export const verificationPath = '/common/oauth2/deviceauth'

export const deviceAuthorization: Grant = async (request) => {
  const { authority, form, tenantName } = request
  const app = clientOf(request)
  const scope = required(form, 'scope')
  const scopes = delegatedScopes(scope, request.tenant ?? authority.tenantOfApp(app))
  const { deviceCodeLifetime, deviceCodeInterval } = authority.tokens
  const { userCode, deviceCode } = authority.deviceCodes.add(
    { app, scope, scopes, claims: form.claims, tenantName },
    deviceCodeLifetime,
    deviceCodeInterval,
  )
  const uri = `${authority.host}${verificationPath}`
  return {
    user_code: userCode,
    device_code: deviceCode,
    verification_uri: uri,
    expires_in: deviceCodeLifetime,
    interval: deviceCodeInterval,
    message: `To sign in, use a web browser to open the page ${uri} and enter the code ${userCode} to authenticate.`,
  }
}
