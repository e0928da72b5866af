/** Federated identity credentials: whose tokens an app takes for its own credential. */
import { type ClaimsMatcher, claimsMatcher } from './claims-matching.ts'

export interface FederatedCredentialOptions {
  /** 3 to 120 characters that need no escape in a URL. */
  readonly name: string
  /** Compared character by character, a slash at the end included. */
  readonly issuer: string
  /** Either this, compared by character and case… */
  readonly subject?: string
  /** …or an expression over the claims. */
  readonly claimsMatchingExpression?: string
  /** `api://AzureADTokenExchange` if not given. */
  readonly audience?: string
  /** So many exchanges are refused with AADSTS70021 as if Entra's servers did not know the credential yet. */
  readonly propagationRefusals?: number
}

const mostCredentials = 20

export class FederatedCredential {
  readonly name: string
  readonly issuer: string
  readonly subject: string | undefined
  readonly audience: string
  readonly #expression: ClaimsMatcher | undefined
  #refusals: number

  constructor(options: FederatedCredentialOptions) {
    const { name, issuer, subject, claimsMatchingExpression: expression } = options
    if (!/^[\w-]{3,120}$/.test(name)) throw new Error(`not a name of a federated credential: ${name}`)
    if ((subject === undefined) === (expression === undefined)) {
      throw new Error('a federated credential has either a subject or an expression')
    }
    this.name = name
    this.issuer = issuer
    this.subject = subject
    this.audience = options.audience ?? 'api://AzureADTokenExchange'
    this.#expression = expression === undefined ? undefined : claimsMatcher(expression)
    this.#refusals = options.propagationRefusals ?? 0
  }

  matchesSubject(claims: Readonly<Record<string, unknown>>): boolean {
    return this.#expression ? this.#expression(claims) : claims.sub === this.subject
  }

  /** Whether the server that is asked this time knows the credential. */
  isKnown(): boolean {
    if (this.#refusals === 0) return true
    this.#refusals -= 1
    return false
  }
}

/** The credentials of one app. */
export class FederatedCredentials {
  readonly #all: FederatedCredential[] = []

  get all(): readonly FederatedCredential[] {
    return this.#all
  }

  /** Nothing is checked against the issuer: as in Entra, mistakes show at the exchange. */
  add(options: FederatedCredentialOptions): FederatedCredential {
    const added = new FederatedCredential(options)
    if (this.#all.length >= mostCredentials) throw new Error('an app has at most 20 federated credentials')
    const isSame = (one: FederatedCredential) =>
      one.name === added.name ||
      (added.subject !== undefined && one.issuer === added.issuer && one.subject === added.subject)
    if (this.#all.some(isSame)) throw new Error(`there is such a federated credential: ${added.name}`)
    this.#all.push(added)
    return added
  }

  remove(name: string): void {
    const index = this.#all.findIndex((one) => one.name === name)
    if (index >= 0) this.#all.splice(index, 1)
  }
}
