/** Keys of other token issuers, by their discovery documents (OpenID Connect Discovery 1.0 section 4). */
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { invalidClient, refused } from './errors.ts'
import { type TrustingFetch, trustingFetch } from './fetch.ts'

const deadline = 5000
/** Tests must not leave this machine. */
const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

export class IssuerKeys {
  readonly #fetches: TrustingFetch[] = []

  /** Lets issuers be reached whose TLS certificates come of this CA (a PEM file). */
  trust(caFile: string): void {
    this.#fetches.push(trustingFetch(caFile))
  }

  close(): void {
    for (const fetch of this.#fetches) fetch.close()
  }

  /** The issuer's keys as they are now. Throws when it cannot be reached, or is another than it says. */
  async of(issuer: string): Promise<JWTVerifyGetKey> {
    for (const fetch of this.#fetches) {
      const keys = await keysOf(issuer, fetch).catch(() => undefined)
      if (keys) return createLocalJWKSet(keys)
    }
    throw refused('invalid_request', 90061, `Request to External OIDC endpoint failed. Issuer: '${issuer}'.`)
  }
}

async function keysOf(issuer: string, fetch: TrustingFetch): Promise<JSONWebKeySet> {
  const discovery = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const document = await json(discovery, fetch)
  if (document.issuer !== issuer) throw new Error('another issuer')
  return (await json(String(document.jwks_uri), fetch)) as unknown as JSONWebKeySet
}

async function json(url: string, fetch: TrustingFetch): Promise<Record<string, unknown>> {
  const { protocol, hostname } = new URL(url)
  if (protocol !== 'https:' || !loopback.has(hostname)) throw new Error('not on this machine')
  const response = await fetch(url, { signal: AbortSignal.timeout(deadline) })
  if (!response.ok) throw new Error(`status ${response.status}`)
  return (await response.json()) as Record<string, unknown>
}

/** The signature was made with none of the issuer's keys. */
export const badSignature = (kid: unknown) =>
  invalidClient(
    50013,
    `Assertion failed signature validation. [Reason - The key was not found or use of the key to verify the signature failed., Thumbprint of key used by client: '${kid}']`,
  )
