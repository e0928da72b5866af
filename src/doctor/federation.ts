/** Whether a federated credential's source gives an assertion that Entra would take, as far as can be seen here. */
import { proofSources } from '../context.ts'
import { fetchAssertion } from '../federation/present.ts'
import { duration } from '../output/relative-time.ts'
import { safeText } from '../output/safe-text.ts'
import type { FederatedCredential } from '../profiles/profile.ts'
import { resolveRequest } from '../profiles/resolve.ts'
import { type Finding, failure } from './finding.ts'
import type { CredentialCheck } from './secret-reference.ts'

/** Sources that are read without asking anybody. */
const atHand = /^(env|file):|^(kubernetes|gitlab|terraform-cloud|bitbucket)$/

export async function federatedFindings(
  { source }: FederatedCredential,
  { world, subject }: CredentialCheck,
): Promise<Finding[]> {
  const { context, document, offline, asked } = world
  const reason = atHand.test(source)
    ? undefined
    : offline
      ? 'it may take the network'
      : subject.name !== asked
        ? `its source is asked only when the profile is named: entra-auth-cli doctor -p ${subject.name}`
        : undefined
  if (reason)
    return [{ check: 'assertion', status: 'skipped', message: `the assertion is not looked at: ${reason}` }]
  const { credential } = resolveRequest({}, context.env, document, subject).request
  const found = await fetchAssertion(credential as FederatedCredential, {
    ...context,
    notice: () => {},
    resolve: proofSources(context, subject.name).resolve,
  })
  if (found.fault) return [failure('assertion', found.fault)]
  const { issuer, expiresOn, subject: presented } = found.assertion
  const left = duration(expiresOn - context.now())
  return [
    {
      check: 'assertion',
      status: 'ok',
      message: `${found.source} gives an assertion of ${safeText(issuer, { max: 200 })} for ${safeText(presented, { max: 200 })} (${left} left)`,
      details: { source: found.source, issuer, subject: presented },
    },
  ]
}
