/** The assertion that this machine can present: from the source in the flags, of a profile, or whatever it offers. */

import { parseAuthorityHost } from '../cloud/authority.ts'
import { type Cloud, clouds, findCloudOfHost } from '../cloud/clouds.ts'
import { type Context, proofSources } from '../context.ts'
import { AppError } from '../errors.ts'
import { draftGiven, type SubjectFlags } from '../profiles/choose-subject.ts'
import { credentialWords, type FederatedCredential, type Profile } from '../profiles/profile.ts'
import { parseCloud, resolveRequest } from '../profiles/resolve.ts'
import { loadProfiles } from '../profiles/store.ts'
import { findNamedProfile } from '../profiles/subject.ts'
import { fetchAssertion, type PresentableAssertion } from './present.ts'

export interface AssertionFlags extends SubjectFlags {
  readonly cloud?: string | undefined
}

/**
 * Fetches it, and says what Entra would refuse in it (`fault`) without throwing that.
 * @throws AppError as `fetchAssertion`, and `usage` for a profile that has another kind of credential.
 */
export async function fetchMachineAssertion(
  flags: AssertionFlags,
  context: Context,
): Promise<PresentableAssertion> {
  const document = await loadProfiles(context.profiles)
  const named = findNamedProfile(flags.profile, context.env, document)
  const profile = named && (document.profiles.get(named.name) as Profile)
  if (named && profile?.credential.type !== 'federated' && flags.federated === undefined)
    throw new AppError(
      'usage',
      `the credential of profile ${named.name} presents no assertion: ${credentialWords[(profile as Profile).credential.type]}`,
      { hint: 'name a source: --federated github-actions' },
    )
  const before = profile?.credential.type === 'federated' ? profile.credential : undefined
  const asked = { ...flags, federated: flags.federated ?? before?.source ?? 'auto' }
  const { credential, givenSecrets } = await draftGiven(asked, before, context)
  const federated = credential as FederatedCredential
  const complete = named
    ? (resolveRequest({ cloud: flags.cloud, credential: federated }, context.env, document, named).request
        .credential as FederatedCredential)
    : { audience: cloudAudience(flags.cloud, context), ...federated }
  return fetchAssertion(complete as FederatedCredential, {
    ...context,
    resolve: proofSources(context, named?.name, givenSecrets).resolve,
  })
}

function cloudAudience(flag: string | undefined, { env }: Context): string | undefined {
  const host = env.AZURE_AUTHORITY_HOST
  const name = flag
    ? parseCloud(flag, '--cloud')
    : host && findCloudOfHost(parseAuthorityHost(host, 'AZURE_AUTHORITY_HOST'))
  const { exchangeAudience }: Cloud = clouds[name || 'public']
  return exchangeAudience
}
