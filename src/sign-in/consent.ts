/** Where an administrator consents to an application for everybody (Entra's admin consent endpoint). */
import type { TokenRequest } from '../profiles/resolve.ts'
import type { Refusal } from '../tokens/token-response.ts'

/** Nobody, or no administrator, has consented yet: they explain, and decide nothing. */
const consentCodes: ReadonlySet<number> = new Set([65001, 90094, 90095])

/** The address for a refusal that lacks consent; undefined for any other. */
export function findConsentUrl(
  { authorityHost, tenant, clientId }: TokenRequest,
  { aadsts, suberror }: Refusal,
): string | undefined {
  if (suberror !== 'consent_required' && !consentCodes.has(aadsts ?? 0)) return undefined
  return `${authorityHost}/${encodeURIComponent(tenant)}/adminconsent?client_id=${clientId}`
}
