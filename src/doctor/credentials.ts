/** Whether the credential of each profile could be used now, without using it. */
import { parseAuthorityHost } from '../cloud/authority.ts'
import type { Credential } from '../profiles/profile.ts'
import type { Subject } from '../profiles/subject.ts'
import { previousSecrets } from '../secrets/previous.ts'
import { certificateFindings } from './certificates.ts'
import { federatedFindings } from './federation.ts'
import { type Add, type Check, type DoctorWorld, type Finding, failure } from './finding.ts'
import { type CredentialCheck, lookUp, placeOf } from './secret-reference.ts'
import { subjects } from './targets.ts'

export const credentialsCheck: Check = {
  group: 'credentials',
  deadline: 14,
  run: async (world, add) => {
    for (const subject of subjects(world)) {
      const { credential, previous, authorityHost } = profileOf(world, subject) ?? {}
      if (!credential) continue
      const about = named(subject, add)
      try {
        if (authorityHost) parseAuthorityHost(authorityHost, `profile ${subject.name}`)
        const found = await checks[credential.type]?.(credential as never, { world, subject })
        for (const finding of found ?? []) about(finding)
      } catch (error) {
        about(failure(credential.type, error))
      }
      if (previous) await checkPrevious(previous, { world, subject }, about)
    }
  },
}

/** What is wrong with it is a warning: it is used only while Entra does not know the other one. */
async function checkPrevious(previous: Credential, { world, subject }: CredentialCheck, add: Add) {
  const { context } = world
  const secrets = previousSecrets(context.secrets)
  const about: Add = ({ status, message, code: _, ...finding }) =>
    add({
      ...finding,
      status: status === 'failed' ? 'warning' : status,
      message: `previous credential: ${message}`,
    })
  try {
    const check = { world: { ...world, context: { ...context, secrets } }, subject }
    for (const finding of (await checks[previous.type]?.(previous as never, check)) ?? []) about(finding)
  } catch (error) {
    about(failure(previous.type, error))
  }
}

/** Types that are not here keep nothing that could be looked at. */
const checks: {
  readonly [T in Credential['type']]?: (
    credential: Extract<Credential, { type: T }>,
    check: CredentialCheck,
  ) => Promise<Finding[]>
} = {
  'client-secret': async ({ secret }, check) => {
    const found = await lookUp(secret, 'client-secret', check)
    const status = found.secret ? 'ok' : 'skipped'
    const message = found.secret
      ? `the client secret is there (${placeOf(secret)})`
      : `the client secret is not looked at: ${found.reason}`
    return [{ check: 'client-secret', status, message, details: { place: placeOf(secret) } }]
  },
  certificate: certificateFindings,
  federated: federatedFindings,
}

const profileOf = ({ document }: DoctorWorld, subject: Subject) =>
  subject.name === undefined ? subject.profile : document.profiles.get(subject.name)

/** Says of whom a finding is. */
function named({ name }: Subject, add: Add): Add {
  const who = name === undefined ? 'the environment' : `profile ${name}`
  return (finding) =>
    add({
      ...finding,
      message: `${who}: ${finding.message}`,
      details: { profile: name ?? null, ...finding.details },
    })
}
