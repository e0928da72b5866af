/** What `cred secret` does once its flags are read. */
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { findGivenSecret, type GivenSecret } from '../flags/credential.ts'
import { looksLikeSecretId } from '../profiles/rules.ts'
import type { StoreKind } from '../secrets/keeper.ts'
import { isUnconfirmed, refuseToDrop, replaceCredential } from './replace.ts'
import { getOrPlanTarget, type TargetFlags } from './target.ts'

export interface SecretFlags extends TargetFlags {
  readonly 'secret-store'?: StoreKind | undefined
  readonly force: boolean
}

/** A secret takes a secret's place; a certificate that was used stays as the previous credential. Throws AppError. */
export async function setSecret(flags: SecretFlags, context: Context): Promise<void> {
  const target = await getOrPlanTarget(flags, context)
  refuseToDrop(target, 'client-secret', flags.force)
  const given = (await findGivenSecret('secret', { ...flags }, context)) ?? (await askFor(context))
  if (given.type === 'value' && looksLikeSecretId(given.value.reveal()))
    context.warn(
      'the client secret is a GUID: that is how the ID of a secret looks, and Entra wants its value',
    )
  await replaceCredential(
    target,
    {
      secrets: new Map(given.type === 'value' ? [['client-secret', given.value]] : []),
      build: (stored) => ({
        type: 'client-secret',
        secret: given.type === 'value' ? (stored.get('client-secret') as string) : given.reference,
      }),
      succeeds: (profile) =>
        profile.credential.type !== 'client-secret' &&
        (!isUnconfirmed(profile) || profile.previous?.type === 'client-secret'),
      secretStore: flags['secret-store'],
    },
    context,
  )
  context.notice(`get a token: entra-auth-cli get-token --profile ${target.name}`)
}

async function askFor({ interactive }: Context): Promise<GivenSecret> {
  if (!interactive)
    throw new AppError('usage', 'the client secret is missing, and there is no terminal to ask for it', {
      hint: 'give it with --secret-stdin, --secret-file or --secret-env',
    })
  const { askSecret } = await import('../prompts/ask.ts')
  return { type: 'value', value: await askSecret('Client secret') }
}
