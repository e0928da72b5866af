/** GET and POST `/common/oauth2/deviceauth`: where people enter the code of a device (RFC 8628 section 3.3). */
import type { Authority } from './authority.ts'
import { parseClaims } from './claims-request.ts'
import type { DeviceAuthorization } from './device-codes.ts'
import { verificationPath } from './device-endpoint.ts'
import { EntraError } from './errors.ts'
import { type Answer, correlationId, type Exchange } from './exchange.ts'
import { readForm } from './form.ts'
import { Interaction } from './interaction.ts'
import { codePage, confirmPage } from './pages/device-pages.ts'
import { errorPage, messagePage } from './pages/html.ts'

const target = { action: verificationPath, flow: '' }

export async function devicePage(exchange: Exchange, authority: Authority): Promise<Answer> {
  if (exchange.record.method === 'GET') return codePage(target)
  try {
    const form = await readForm(exchange.request)
    exchange.record.form = form
    const authorization = authority.deviceCodes.byUserCode(form.user_code ?? '')
    switch (form.action) {
      case 'continue':
        return begin(exchange, authority, authorization)
      case 'cancel':
        return decline(authorization)
      default:
        return confirmPage(target, authorization.app, authorization.userCode)
    }
  } catch (error) {
    if (error instanceof EntraError) return codePage(target, `AADSTS${error.code}: ${error.message}`)
    throw error
  }
}

function begin(exchange: Exchange, authority: Authority, authorization: DeviceAuthorization): Answer {
  const { app, scopes, tenantName } = authorization
  const interaction = new Interaction(
    {
      app,
      scopes,
      tenantOf: (user) => authority.signInTenant(user, tenantName),
      claims: parseClaims(authorization.claims),
      prompt: undefined,
      loginHint: undefined,
      formAction: `/${tenantName}/login`,
      finish: (signIn) => {
        authority.deviceCodes.complete(authorization, signIn)
        return messagePage(
          app.name,
          `You have signed in to the ${app.name} application on your device. You may now close this window.`,
        )
      },
      refuse: (error) =>
        error.error === 'access_denied' ? decline(authorization) : errorPage(error, correlationId(exchange)),
    },
    authority.sessions.of(exchange.request),
  )
  return authority.begin(interaction)
}

function decline(authorization: DeviceAuthorization): Answer {
  authorization.state = 'declined'
  return messagePage(authorization.app.name, 'You cancelled the sign-in. You may now close this window.')
}
