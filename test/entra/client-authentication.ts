/** Client authentication at the token endpoint (RFC 6749 section 2.3, RFC 7521 section 4.2). */
import type { App } from './app.ts'
import type { Authority } from './authority.ts'
import { basicCredentials } from './basic.ts'
import { verifyAssertionType, verifyClientAssertion } from './client-assertion.ts'
import { invalidClient, refused } from './errors.ts'
import { isFederated, verifyFederatedAssertion } from './federated-assertion.ts'
import type { Tenant } from './tenant.ts'
import { type AuthenticatedClient, required, type TokenRequest } from './token-request.ts'

/** Proves the app by its secret, in the body or as HTTP Basic, or by a signed assertion. */
export async function authenticateClient(request: TokenRequest): Promise<AuthenticatedClient> {
  const { form } = request
  const basic = basicCredentials(request.authorization)
  const app = clientOf(request)
  const secret = basic?.secret ?? form.client_secret
  const assertion = form.client_assertion
  // RFC 6749 section 2.3: a client must not use more than one method in a request.
  if (secret && assertion) throw malformed('The request has more than one client credential.')
  if (basic && form.client_secret) throw malformed('The request has more than one client secret.')
  if (assertion && isFederated(assertion)) {
    verifyAssertionType(form)
    await verifyFederatedAssertion(assertion, app, request.authority)
    return { app, method: 'federated' }
  }
  if (assertion) {
    verifyAssertionType(form)
    await verifyClientAssertion(assertion, app, request)
    return { app, method: 'certificate' }
  }
  if (!secret) throw noCredential()
  verifySecret(secret, app)
  return { app, method: 'secret' }
}

/** Takes a public client at its word. Throws when it sent a credential, which only confidential clients have. */
export function publicClient(request: TokenRequest): AuthenticatedClient {
  const app = clientOf(request)
  if (hasCredential(request)) {
    throw invalidClient(
      700025,
      "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
    )
  }
  return { app, method: 'none' }
}

function hasCredential({ form, authorization }: TokenRequest): boolean {
  return Boolean(form.client_secret || form.client_assertion || basicCredentials(authorization))
}

/** The app a token request names, not proven. */
export function clientOf({ authority, form, tenant, authorization }: TokenRequest): App {
  const clientId = basicCredentials(authorization)?.clientId ?? required(form, 'client_id')
  return identifyClient(clientId, authority, tenant)
}

/** The app of a client ID. Without a tenant only multi-tenant apps are allowed. */
export function identifyClient(clientId: string, authority: Authority, tenant: Tenant | undefined): App {
  const app = authority.findApp(clientId, tenant)
  if (!app) {
    throw refused(
      'unauthorized_client',
      700016,
      `Application with identifier '${clientId}' was not found in the directory '${tenant?.domains[0] ?? tenant?.id ?? authority.host}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
    )
  }
  if (app.disabled) {
    throw refused('unauthorized_client', 7000112, `Application '${app.clientId}'(${app.name}) is disabled.`)
  }
  if (!tenant && !app.multiTenant) {
    throw refused(
      'invalid_request',
      50194,
      `Application '${app.clientId}'(${app.name}) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant.`,
    )
  }
  return app
}

function verifySecret(value: string, app: App): void {
  const secret = app.findSecret(value)
  if (!secret) {
    throw invalidClient(
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${app.clientId}'.`,
    )
  }
  if (secret.expires && secret.expires.getTime() <= Date.now()) {
    throw invalidClient(
      7000222,
      `The provided client secret keys for app '${app.clientId}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.`,
    )
  }
}

const noCredential = () =>
  invalidClient(
    7000218,
    "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  )

const malformed = (text: string) => refused('invalid_request', 9002313, `Invalid request. ${text}`)
