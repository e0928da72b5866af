/** An app registration with its service principal, and the credentials it may prove itself with. */
import { randomInt, randomUUID, X509Certificate } from 'node:crypto'
import { Consents } from './consents.ts'
import { fullScope } from './delegated-scope.ts'
import {
  type FederatedCredential,
  type FederatedCredentialOptions,
  FederatedCredentials,
} from './federated-credential.ts'
import type { RedirectUris } from './redirect-uris.ts'
import { type ThumbprintName, thumbprint } from './thumbprint.ts'

export interface AppOptions {
  readonly clientId?: string
  readonly name?: string
  /** Application permissions, sent as the `roles` claim. */
  readonly roles?: readonly string[]
  /** By platform: those of `web` need a credential at the token endpoint, those of `public` must send none. */
  readonly redirectUris?: RedirectUris
  /** "Allow public client flows": the device code flow without a credential. */
  readonly allowPublicClientFlows?: boolean
  /** Whether users of other tenants may sign in, and `common` is usable. */
  readonly multiTenant?: boolean
  /** Delegated permissions that `.default` stands for: `User.Read` (Microsoft Graph's) or `api://…/Name`. */
  readonly permissions?: readonly string[]
  /** Delegated permissions that the app offers to others, as a resource. */
  readonly scopes?: readonly string[]
}

export interface ClientSecret {
  readonly value: string
  readonly expires?: Date | undefined
}

export class App {
  readonly clientId: string
  readonly name: string
  readonly roles: readonly string[]
  /** Of the service principal: the `oid` and `sub` of app-only tokens. */
  readonly objectId: string = randomUUID()
  readonly redirectUris: RedirectUris
  readonly multiTenant: boolean
  readonly permissions: readonly string[]
  readonly scopes: readonly string[] | undefined
  readonly consents = new Consents()
  readonly federatedCredentials = new FederatedCredentials()
  allowPublicClientFlows: boolean
  disabled = false
  readonly #secrets: ClientSecret[] = []
  readonly #certificates: X509Certificate[] = []

  constructor(options: AppOptions = {}) {
    this.clientId = (options.clientId ?? randomUUID()).toLowerCase()
    this.name = options.name ?? 'test app'
    this.roles = [...(options.roles ?? [])]
    this.redirectUris = options.redirectUris ?? {}
    this.multiTenant = options.multiTenant ?? false
    this.permissions = (options.permissions ?? []).map(fullScope)
    this.scopes = options.scopes
    this.allowPublicClientFlows = options.allowPublicClientFlows ?? false
  }

  /** Adds a client secret, one of several an app may have, and returns its value. */
  addSecret(value: string = randomSecret(), options: { expires?: Date | undefined } = {}): string {
    this.#secrets.push({ value, expires: options.expires })
    return value
  }

  /** Registers a certificate, as uploading the `.cer` or `.pem` in the portal does. */
  addCertificate(pemOrDer: string | Uint8Array): void {
    this.#certificates.push(new X509Certificate(pemOrDer))
  }

  /** Lets tokens of another issuer stand for the app. Throws for what Entra would not store. */
  addFederatedCredential(options: FederatedCredentialOptions): FederatedCredential {
    return this.federatedCredentials.add(options)
  }

  findSecret(value: string): ClientSecret | undefined {
    return this.#secrets.find((secret) => secret.value === value)
  }

  /** The registered certificate with this thumbprint, as it stands in a JWS header (RFC 7515 section 4.1.7, 4.1.8). */
  findCertificate(name: ThumbprintName, value: string): X509Certificate | undefined {
    return this.#certificates.find((certificate) => thumbprint(certificate, name) === value)
  }
}

const secretAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~'

/** 40 characters with the marker Entra puts after the third, so secret scanners know it. */
function randomSecret(): string {
  const random = (length: number) =>
    Array.from({ length }, () => secretAlphabet[randomInt(secretAlphabet.length)]).join('')
  return `${random(3)}8Q~${random(34)}`
}
