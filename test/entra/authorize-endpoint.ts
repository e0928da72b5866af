/** GET `/{tenant}/oauth2/v2.0/authorize` (RFC 6749 section 3.1): begins a sign-in in the browser. */
import { randomUUID } from 'node:crypto'
import type { Authority } from './authority.ts'
import { authorizationResponse, isResponseMode } from './authorization-response.ts'
import {
  type RedirectTarget,
  uniqueParameters,
  verifyAuthorizeRequest,
  verifyRedirectTarget,
} from './authorize-request.ts'
import { EntraError, errorDescription, refused } from './errors.ts'
import { type Answer, correlationId, type Exchange, type Form } from './exchange.ts'
import { Interaction } from './interaction.ts'
import { errorPage } from './pages/html.ts'
import { clientInfo } from './user-token.ts'

export function authorizeAnswer(exchange: Exchange, authority: Authority, tenantName: string): Answer {
  const id = correlationId(exchange)
  try {
    const form = uniqueParameters(exchange.url.searchParams)
    const target = verifyRedirectTarget(form, authority, tenantName)
    const refuse = (error: EntraError) => refusal(error, form, target, authority, id)
    try {
      if (form.response_mode && !isResponseMode(form.response_mode)) throw unknownMode(form.response_mode)
      return begin(exchange, authority, tenantName, form, target, refuse)
    } catch (error) {
      if (error instanceof EntraError) return refuse(error)
      throw error
    }
  } catch (error) {
    if (error instanceof EntraError) return errorPage(error, id)
    throw error
  }
}

function begin(
  exchange: Exchange,
  authority: Authority,
  tenantName: string,
  form: Form,
  target: RedirectTarget,
  refuse: (error: EntraError) => Answer,
): Answer {
  const request = verifyAuthorizeRequest(form, target, authority, tenantName)
  const { app, redirectUri, platform, scope, challenge } = request
  const session = authority.sessions.of(exchange.request)
  const interaction = new Interaction(
    {
      ...request,
      tenantOf: (user) => authority.signInTenant(user, tenantName),
      loginHint: form.login_hint,
      formAction: `/${tenantName}/login`,
      finish: (signIn) => {
        const isConfidential = platform === 'web'
        const { nonce, claims } = form
        const grant = { app, signIn, isConfidential, scope, redirectUri, challenge, nonce, claims }
        return authorizationResponse(form, redirectUri, {
          code: authority.codes.add(grant),
          session_state: randomUUID(),
          client_info: form.client_info === '1' ? clientInfo(signIn.user) : undefined,
        })
      },
      refuse,
    },
    session,
  )
  return authority.begin(interaction)
}

function refusal(
  error: EntraError,
  form: Form,
  { redirectUri }: RedirectTarget,
  authority: Authority,
  correlation: string,
): Answer {
  // An unknown mode cannot be used to say so.
  const mode = isResponseMode(form.response_mode ?? '') ? form.response_mode : undefined
  return authorizationResponse({ ...form, response_mode: mode ?? 'query' }, redirectUri, {
    error: error.error,
    ...(error.error === 'access_denied' && { error_subcode: 'cancel' }),
    error_description: errorDescription(error, { traceId: randomUUID(), correlationId: correlation }),
    error_uri: `${authority.host}/error?code=${error.code}`,
    ...error.more,
  })
}

const unknownMode = (mode: string) =>
  refused(
    'invalid_request',
    70007,
    `'${mode}' is not a supported value of 'response_mode' when requesting a token.`,
  )
