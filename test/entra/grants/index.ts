/** The grant types the token endpoint knows, each in its own file. */
import type { Grant } from '../token-request.ts'
import { authorizationCode } from './authorization-code.ts'
import { clientCredentials } from './client-credentials.ts'
import { deviceCode } from './device-code.ts'
import { onBehalfOf } from './on-behalf-of.ts'
import { refreshToken } from './refresh-token.ts'

export const grants: ReadonlyMap<string, Grant> = new Map([
  ['authorization_code', authorizationCode],
  ['client_credentials', clientCredentials],
  ['refresh_token', refreshToken],
  ['urn:ietf:params:oauth:grant-type:jwt-bearer', onBehalfOf],
  ['urn:ietf:params:oauth:grant-type:device_code', deviceCode],
  // As MSAL sends it.
  ['device_code', deviceCode],
])
