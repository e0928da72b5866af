/** Client assertions of other issuers (RFC 7523 section 3): workload identity federation. */
import { compactVerify, decodeJwt, decodeProtectedHeader, type JWTVerifyGetKey } from 'jose'
import type { App } from './app.ts'
import { verifyTimes } from './assertion-claims.ts'
import type { Authority } from './authority.ts'
import { invalidClient, refused } from './errors.ts'
import type { FederatedCredential } from './federated-credential.ts'
import { badSignature } from './issuer-keys.ts'

const longestLife = 25 * 60 * 60
const docs = 'https://learn.microsoft.com/entra/workload-id/workload-identity-federation'

type Claims = Readonly<Record<string, unknown>>

/** Whether an assertion is of another issuer: an app that signs for itself is named by its client ID. */
export function isFederated(assertion: string): boolean {
  try {
    return URL.canParse(decodeJwt(assertion).iss ?? '')
  } catch {
    return false
  }
}

/** Finds the credential, then verifies the signature and the times. Throws what Entra answers. */
export async function verifyFederatedAssertion(
  assertion: string,
  app: App,
  authority: Authority,
): Promise<void> {
  const { alg, kid } = decodeProtectedHeader(assertion)
  const claims = decodeJwt(assertion) as Claims
  const keys = await keysFor(claims, authority, matchingCredential(claims, app))
  if (alg !== 'RS256') {
    const text = `Invalid JWT token. '${alg}' is not a supported signature algorithm. Supported signing algorithms are: 'RS256'`
    throw refused('invalid_request', 5002738, text)
  }
  await compactVerify(assertion, keys as never, { algorithms: ['RS256'] }).catch(() => {
    throw badSignature(kid)
  })
  verifyTimes(claims, Number.POSITIVE_INFINITY)
  verifyLifetime(claims)
}

/** Issuer, then subject, then audience: the refusal names the first that no credential has. */
function matchingCredential(claims: Claims, app: App): FederatedCredential {
  const { all } = app.federatedCredentials
  if (all.length === 0) {
    const text = `The client '${app.clientId}'(${app.name}) has no configured federated identity credentials.`
    throw invalidClient(70025, text)
  }
  const ofIssuer = all.filter(({ issuer }) => issuer === claims.iss)
  if (ofIssuer.length === 0) throw noMatch(700211, 'issuer', claims.iss)
  const ofSubject = ofIssuer.filter((credential) => credential.matchesSubject(claims))
  if (ofSubject.length === 0) {
    const subject = String(claims.sub).toLowerCase()
    if (ofIssuer.some((one) => one.subject?.toLowerCase() === subject)) throw caseDiffers(claims.sub)
    throw noMatch(700213, 'subject', claims.sub)
  }
  const audiences = [claims.aud].flat()
  const credential = ofSubject.find(({ audience }) => audiences.includes(audience))
  if (!credential) throw noMatch(700212, 'audience', audiences.join(','))
  if (credential.isKnown()) return credential
  throw invalidClient(
    70021,
    `No matching federated identity record found for presented assertion. Assertion Issuer: '${claims.iss}'. Assertion Subject: '${claims.sub}'. Assertion Audience: '${audiences.join(',')}'. ${docs}`,
  )
}

const noMatch = (code: number, what: string, presented: unknown) =>
  invalidClient(
    code,
    `No matching federated identity record found for presented assertion ${what} '${presented}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. ${docs}`,
  )

const caseDiffers = (subject: unknown) =>
  invalidClient(
    7002138,
    `No matching federated identity record found for presented assertion subject '${subject}'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. ${docs}`,
  )

/** Entra takes its own tokens only of managed identities. */
async function keysFor(
  { sub, idtyp }: Claims,
  authority: Authority,
  { issuer }: FederatedCredential,
): Promise<JWTVerifyGetKey> {
  const tenant = authority.tenantOfIssuer(issuer)
  if (!tenant) return authority.issuerKeys.of(issuer)
  if (idtyp !== 'app') {
    throw invalidClient(
      700229,
      'Only app tokens can be used as Federated Identity Credentials for AAD issuer.',
    )
  }
  if (!tenant.hasManagedIdentity(String(sub))) {
    throw invalidClient(700222, 'AAD-issued tokens may not be used for federated identity flows.')
  }
  return async () => authority.signingKey.certificate.publicKey as never
}

function verifyLifetime({ exp, iat, nbf }: Claims): void {
  const start = [iat, nbf].find((time) => typeof time === 'number')
  if (start === undefined || Number(exp) - start <= longestLife) return
  const text = "External token's lifetime exceeds the maximum allowed, which is '1.01:00:00'."
  throw invalidClient(70023, text)
}
