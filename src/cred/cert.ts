/** What `cred cert` does once its flags are read: a new key, in a token or sealed by us. */
import type { X509Certificate } from 'node:crypto'
import { resolve } from 'node:path'
import { certificatePem, createKey, parseKeySize, subjectOf } from '../certificates/new-key.ts'
import { exportCommand, uploadCommand } from '../certificates/next-steps.ts'
import { printNewKey } from '../certificates/print-new-key.ts'
import { makeTokenKey, readTokenPlace, tokenCredential } from '../certificates/token-key.ts'
import { type NewCredential, sealedCredential } from '../certificates/under-profile.ts'
import type { Context } from '../context.ts'
import { refuseExisting, writeTogether } from '../platform/new-files.ts'
import { type TokenKeyFlags, wantsTokenKey } from '../profiles/draft-token-key.ts'
import { isTokenKey, type Profile } from '../profiles/profile.ts'
import type { StoreKind } from '../secrets/keeper.ts'
import { isUnconfirmed, type Replacement, refuseToDrop, replaceCredential } from './replace.ts'
import { getOrPlanTarget, type Target, type TargetFlags } from './target.ts'

export interface CertFlags extends TargetFlags, TokenKeyFlags {
  readonly 'key-size'?: string | undefined
  readonly 'valid-days': number
  readonly subject?: string | undefined
  readonly 'cert-out'?: string | undefined
  readonly 'keep-old': boolean
  readonly force: boolean
  readonly json: boolean
  readonly 'secret-store'?: StoreKind | undefined
}

interface Made {
  readonly certificate: X509Certificate
  readonly profile: Profile
}

/** @throws AppError as `createProfile` and `makeTokenKey`; a file that is there, before any work. */
export async function makeCertificate(given: CertFlags, context: Context): Promise<void> {
  const out = given['cert-out'] === undefined ? undefined : resolve(given['cert-out'])
  if (out !== undefined) refuseExisting([out], given.force)
  const target = await getOrPlanTarget(given, context)
  refuseToDrop(target, 'certificate', given.force)
  const flags = withConfiguredToken(given, target, context)
  const keep = (certificate: X509Certificate, credential: NewCredential) =>
    replaceCredential(target, replacement(flags, credential, certificate, out), context)
  const before = target.profile?.credential
  const inToken = wantsTokenKey(flags, before && isTokenKey(before) ? before : undefined)
  const made = inToken
    ? await makeInToken(flags, target, keep, context)
    : await makeSealed(flags, target, keep, context)

  const { credential } = made.profile
  const key = 'key' in credential ? String(credential.key) : ''
  if (!inToken)
    context.notice(
      'the key is sealed on this machine: no PKCS#11 token is configured or given (--token-label, --pkcs11-module)',
    )
  const file = out ?? `${target.name}.crt`
  const upload = uploadCommand(target.clientId, file, context.platform)
  printNewKey(
    {
      certificate: made.certificate,
      profile: target.name,
      privateKey: key,
      keyText: inToken ? key : `sealed under profile ${target.name} (${key})`,
      places: out === undefined ? {} : { certificate: out },
      steps: out === undefined ? [exportCommand(target.name, file), upload] : [upload],
    },
    flags.json,
    context,
  )
}

type Keep = (certificate: X509Certificate, credential: NewCredential) => Promise<Profile>

const wishOf = (flags: CertFlags, name: string) => ({
  keySize: parseKeySize(flags['key-size']),
  subject: subjectOf(flags.subject, name),
  validDays: flags['valid-days'],
})

async function makeSealed(flags: CertFlags, { name }: Target, keep: Keep, context: Context): Promise<Made> {
  const made = await createKey(wishOf(flags, name), context)
  return {
    certificate: made.certificate,
    profile: await keep(made.certificate, await sealedCredential(made)),
  }
}

/** A label that was not asked for gives way to one that is taken: the old key is still in use. */
async function makeInToken(flags: CertFlags, target: Target, keep: Keep, context: Context): Promise<Made> {
  const { name, profile } = target
  const place = await readTokenPlace(flags, name, profile?.credential, context)
  const wish = {
    ...wishOf(flags, place.label ?? name),
    label: place.label ?? name,
    taken: place.label === undefined ? ('choose' as const) : ('refuse' as const),
  }
  return makeTokenKey(
    wish,
    place,
    async (one) => ({
      certificate: one.certificate,
      profile: await keep(one.certificate, tokenCredential(place, one)),
    }),
    context,
  )
}

const replacement = (
  flags: CertFlags,
  { secrets, build }: NewCredential,
  certificate: X509Certificate,
  out: string | undefined,
): Replacement => ({
  secrets,
  build,
  succeeds: (profile) => !isUnconfirmed(profile),
  keepPrevious: flags['keep-old'],
  secretStore: flags['secret-store'],
  ...(out !== undefined && {
    write: () => writeTogether([{ path: out, data: certificatePem({ certificate }) }], flags.force),
  }),
})

/** Variables name the token for all new keys; flags, and a key that is in a token already, go before them. */
function withConfiguredToken(flags: CertFlags, { profile }: Target, { env }: Context): CertFlags {
  const names = ['pkcs11-uri', 'pkcs11-module', 'token-label'] as const
  if (names.some((name) => flags[name] !== undefined)) return flags
  if (profile && isTokenKey(profile.credential)) return flags
  const { ENTRA_AUTH_CLI_PKCS11_MODULE: module, ENTRA_AUTH_CLI_PKCS11_TOKEN: token } = env
  return { ...flags, ...(module && { 'pkcs11-module': module }), ...(token && { 'token-label': token }) }
}
