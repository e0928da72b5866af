/** Whether the credential of each profile could be used now, without using it. */
import { parseAuthorityHost } from '../cloud/authority.ts'
import type { Credential } from '../profiles/profile.ts'
import type { Subject } from '../profiles/subject.ts'
import { previousSecrets } from '../secrets/previous.ts'
import { certificateFindings } from './certificates.ts'
import { federatedFindings } from './federation.ts'
import { type Add, type Check, type DoctorWorld, type Finding, failure } from './finding.ts'
import { type CredentialCheck, lookUp, placeOf } from './secret-reference.ts'
import { signInFindings } from './sign-ins.ts'
import { subjects } from './targets.ts'

export const credentialsCheck: Check = {
  group: 'credentials',
  deadline: 14,
  run: async (world, add) => {
    for (const subject of subjects(world)) {
      const profile = profileOf(world, subject)
      if (!profile) continue
      const { credential, previous, authorityHost } = profile
      const about = named(subject, add)
      try {
        if (authorityHost) parseAuthorityHost(authorityHost, `profile ${subject.name}`)
        for (const finding of await checks[credential.type](credential as never, { world, subject }))
          about(finding)
        for (const finding of signInFindings(subject.name, profile, world.context)) about(finding)
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
    for (const finding of await checks[previous.type](previous as never, check)) about(finding)
  } catch (error) {
    about(failure(previous.type, error))
  }
}

const checks: {
  readonly [T in Credential['type']]: (
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
  'managed-identity': async ({ identity }) => [
    {
      check: 'managed-identity',
      status: 'skipped',
      message: `the identity ${identity ?? 'of the machine'} is not looked at: its endpoint answers with tokens alone, and none is asked for`,
    },
  ],
  // What there is of it is a sign-in.
  none: async () => [],
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
