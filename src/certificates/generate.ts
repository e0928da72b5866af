/** What `cert generate` does once its flags are read. */
import type { Context } from '../context.ts'
import { refuseExisting, writeTogether } from '../platform/new-files.ts'
import { type TokenKeyFlags, wantsTokenKey } from '../profiles/draft-token-key.ts'
import { chooseKeyPassword, type KeyPasswordFlags } from './key-password.ts'
import { createKey, fileContents, parseKeySize, refuseFlags, subjectOf } from './new-key.ts'
import { exportCommand, uploadCommand } from './next-steps.ts'
import { commonNameOf, type OutputPlan, type PlaceFlags, pathsOf, planOutput } from './output-plan.ts'
import { printNewKey } from './print-new-key.ts'
import {
  type IdentityFlags,
  keepUnderProfile,
  prepareProfile,
  profileFlags,
  sealedCredential,
} from './under-profile.ts'

export interface GenerateFlags extends PlaceFlags, KeyPasswordFlags, IdentityFlags, TokenKeyFlags {
  readonly 'key-size'?: string | undefined
  readonly 'valid-days': number
  readonly subject?: string | undefined
  readonly force: boolean
  readonly json: boolean
}

/** @throws AppError `usage` before any work for flags, names and files that do not do; what writing throws. */
export async function generateCertificate(flags: GenerateFlags, context: Context): Promise<void> {
  if (wantsTokenKey(flags, undefined)) {
    const { generateInToken } = await import('./generate-in-token.ts')
    return generateInToken(flags, context)
  }
  const plan = planOutput(flags)
  // The client ID is in the upload command, whatever the key is for.
  if (plan.kind !== 'profile') refuseFlags(flags, profileFlags, 'goes with --profile')
  refuseExisting(pathsOf(plan), flags.force)
  const target = plan.kind === 'profile' ? await prepareProfile(plan.profile, flags, context) : undefined
  if (plan.kind === 'profile' && !target) return context.notice('nothing changed')
  const password = await chooseKeyPassword(plan.kind, flags, context)
  const made = await createKey(
    {
      keySize: parseKeySize(flags['key-size']),
      subject: subjectOf(flags.subject, target?.name ?? commonNameOf(plan)),
      validDays: flags['valid-days'],
    },
    context,
  )
  const files = await context.during('Writing it', () => fileContents(plan, made, password))
  const write = () => writeTogether(files, flags.force)
  const kept = target
    ? await keepUnderProfile(target, await sealedCredential(made), write, context)
    : undefined
  if (!kept) write()

  const clientId = kept?.clientId ?? flags['client-id']
  printNewKey(
    {
      certificate: made.certificate,
      ...(kept && {
        profile: target?.name as string,
        privateKey: kept.reference,
        keyText: `sealed under profile ${target?.name} (${kept.reference})`,
      }),
      places: placesOf(plan),
      steps: nextSteps(plan, target?.name, clientId, context.platform),
    },
    flags.json,
    context,
  )
}

/** The files, by what they hold. */
function placesOf(plan: OutputPlan): Record<string, string> {
  const certificate: Record<string, string> =
    plan.certificate === undefined ? {} : { certificate: plan.certificate }
  switch (plan.kind) {
    case 'profile':
      return certificate
    case 'pair':
      return { private_key: plan.key, ...certificate }
    default:
      return { key_and_certificate: plan.bundle, ...certificate }
  }
}

/** The certificate alone is what is uploaded: from a profile, it has to be exported before. */
function nextSteps(
  plan: OutputPlan,
  profile: string | undefined,
  clientId: string | undefined,
  platform: NodeJS.Platform,
): string[] {
  if (plan.certificate !== undefined) return [uploadCommand(clientId, plan.certificate, platform)]
  const file = `${profile}.crt`
  return [exportCommand(profile as string, file), uploadCommand(clientId, file, platform)]
}
