/** A token request as the grants see it. */
import type { App } from './app.ts'
import type { Authority } from './authority.ts'
import { missingParameter } from './errors.ts'
import type { Form } from './exchange.ts'
import type { Tenant } from './tenant.ts'

export interface TokenRequest {
  readonly authority: Authority
  /** Undefined on `common`, `organizations` and `consumers`. */
  readonly tenant: Tenant | undefined
  /** As the URL has it. */
  readonly tenantName: string
  readonly form: Form
  /** The `Authorization` header. */
  readonly authorization: string | undefined
}

/** An app that proved itself. */
export interface AuthenticatedClient {
  readonly app: App
  readonly method: ClientMethod
}

/** How a client proved itself. Public clients do not. */
export type ClientMethod = 'none' | 'secret' | 'certificate' | 'federated'

/** The successful answer (RFC 6749 section 5.1). */
export type TokenResponse = Readonly<Record<string, unknown>>

/** One grant type: verifies the request, and answers or throws an `EntraError`. */
export type Grant = (request: TokenRequest) => Promise<TokenResponse>

export function required(form: Form, name: string): string {
  const value = form[name]
  if (!value) throw missingParameter(name)
  return value
}
