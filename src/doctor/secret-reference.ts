/** References to secrets, looked up for a check; the secrets are not used. */

import type { Subject } from '../profiles/subject.ts'
import type { Secret } from '../secret.ts'
import type { SecretPurpose } from '../secrets/account.ts'
import { KeychainError } from '../secrets/keychain-error.ts'
import { parseReference, resolveReference } from '../secrets/references.ts'
import type { DoctorWorld } from './finding.ts'

export interface CredentialCheck {
  readonly world: DoctorWorld
  readonly subject: Subject
}

/** A reference as it may be shown: of a command, no argument. */
export function placeOf(reference: string): string {
  const parsed = parseReference(reference)
  if (parsed.type === 'env') return `the variable ${parsed.name}`
  if (parsed.type === 'file') return parsed.path
  if (parsed.type === 'command') return `the command ${parsed.argv[0]}`
  return parsed.type === 'keychain' ? 'the keychain' : 'the file store'
}

/** Milliseconds for a command of a reference. */
const commandDeadline = 8000

export type Found =
  | { readonly secret: Secret; readonly reason?: undefined }
  | { readonly secret?: undefined; readonly reason: string }

/** Why the command of a reference is not run; undefined for any other, and for a profile that was named. */
export function whyNotRun(reference: string, { world, subject }: CredentialCheck): string | undefined {
  return parseReference(reference).type === 'command' && subject.name !== world.asked
    ? `its command runs only when the profile is named: entra-auth-cli doctor -p ${subject.name}`
    : undefined
}

/** The secret a reference leads to, or why it is not looked for. @throws AppError when it is not there. */
export async function lookUp(
  reference: string,
  purpose: SecretPurpose,
  { world, subject }: CredentialCheck,
): Promise<Found> {
  const { env, platform, profiles, secrets } = world.context
  const parsed = parseReference(reference)
  const reason = whyNotRun(reference, { world, subject })
  if (reason !== undefined) return { reason }
  if (parsed.type === 'keychain') {
    const { state } = await world.keychain()
    if (state === 'locked' || state === 'timeout') return { reason: new KeychainError(state).message }
    if (state !== 'working') throw new KeychainError(state)
  }
  if (parsed.type === 'keychain' || parsed.type === 'file-store')
    return { secret: await secrets.resolve(reference, subject.name, purpose) }
  const owner = profiles.uid === undefined ? {} : { uid: profiles.uid }
  return { secret: await resolveReference(parsed, { env, platform, deadline: commandDeadline, ...owner }) }
}
