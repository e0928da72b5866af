/** What `cert generate` does for a key in a PKCS#11 token. */
import { parse, resolve } from 'node:path'
import type { Context } from '../context.ts'
import { quoted } from '../crypto/certificate-errors.ts'
import { AppError } from '../errors.ts'
import { refuseExisting, writeTogether } from '../platform/new-files.ts'
import type { TokenKeyFlags } from '../profiles/draft-token-key.ts'
import { findProfileName } from '../profiles/profile.ts'
import { loadProfiles } from '../profiles/store.ts'
import type { GenerateFlags } from './generate.ts'
import { certificatePem, parseKeySize, refuseFlags, subjectOf } from './new-key.ts'
import { exportCommand, uploadCommand } from './next-steps.ts'
import { printNewKey } from './print-new-key.ts'
import { type MadeTokenKey, makeTokenKey, readTokenPlace, tokenCredential } from './token-key.ts'
import { keepUnderProfile, prepareProfile, profileFlags } from './under-profile.ts'

/** Key and certificate stay in the token, under a profile or not. Throws AppError as `makeTokenKey`. */
export async function generateInToken(flags: GenerateFlags & TokenKeyFlags, context: Context): Promise<void> {
  refuseFlags({ ...flags }, elsewhere, 'does not go with a key in a PKCS#11 token, which never leaves it')
  const { profile } = flags
  if (profile === '') throw new AppError('usage', '--profile is empty')
  if (profile === undefined) refuseFlags({ ...flags }, profileFlags, 'goes with --profile')
  const out = flags['cert-out'] === undefined ? undefined : resolve(flags['cert-out'])
  if (out !== undefined) refuseExisting([out], flags.force)
  const target = profile === undefined ? undefined : await prepareProfile(profile, flags, context)
  if (profile !== undefined && !target) return context.notice('nothing changed')
  if (!target) refuseFlags({ ...flags }, ['pin-stdin'], 'keeps the PIN, and goes with --profile')

  const { profiles } = await loadProfiles(context.profiles)
  const known = target && findProfileName({ profiles }, target.name)
  const before = known === undefined ? undefined : profiles.get(known)?.credential
  const place = await readTokenPlace(flags, target?.name, before, context)
  const label = place.label ?? target?.name
  if (label === undefined)
    throw new AppError('usage', 'it is not said what the key is called', { hint: 'give --key-label' })
  const wish = {
    keySize: parseKeySize(flags['key-size']),
    subject: subjectOf(flags.subject, label),
    validDays: flags['valid-days'],
    label,
    taken: flags.force ? ('replace' as const) : ('refuse' as const),
  }
  let made: MadeTokenKey | undefined
  const kept = await makeTokenKey(
    wish,
    place,
    async (one) => {
      made = one
      const files = out === undefined ? [] : [{ path: out, data: certificatePem(one) }]
      const write = () => writeTogether(files, flags.force)
      if (target) return keepUnderProfile(target, tokenCredential(place, one), write, context)
      write()
      return undefined
    },
    context,
  )
  const { certificate, key } = made as unknown as MadeTokenKey
  const file = out ?? `${target?.name ?? parse(label).base}.crt`
  const upload = uploadCommand(kept?.clientId ?? flags['client-id'], file, context.platform)
  const source = target
    ? exportCommand(target.name, file)
    : `entra-auth-cli cert export ${quoted(key)} --out ${quoted(file)}`
  printNewKey(
    {
      certificate,
      ...(target && { profile: target.name }),
      privateKey: key,
      keyText: key,
      places: out === undefined ? {} : { certificate: out },
      steps: out === undefined ? [source, upload] : [upload],
    },
    flags.json,
    context,
  )
}

const elsewhere = [
  ...['out', 'key-out', 'format', 'ask-password', 'no-password', 'certificate-password'],
  ...['stdin', 'file', 'env', 'ref'].map((form) => `certificate-password-${form}`),
]
