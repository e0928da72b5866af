/** What `cert list` does once its flags are read: the certificates of all profiles, and when they end. */
import type { X509Certificate } from 'node:crypto'
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { utc } from '../output/relative-time.ts'
import { table } from '../output/table.ts'
import { type CertificateCredential, isTokenKey, type Profile } from '../profiles/profile.ts'
import { loadProfiles } from '../profiles/store.ts'
import { certificateRecord, keyRecord, keyText, nameText, timeLeft, validityAt, validityOf } from './facts.ts'
import { findLeaf } from './leaf.ts'
import { findTokens, moduleRecord, selectTokenRows, tokenRowRecord, tokenTable } from './list-tokens.ts'
import { openProfile } from './source.ts'

export interface ListFlags {
  /** Seconds: what ends within them counts as expiring. */
  readonly expiring?: number | undefined
  readonly tokens: boolean
  readonly 'pkcs11-uri'?: string | undefined
  readonly 'pkcs11-module'?: string | undefined
  readonly 'token-label'?: string | undefined
  readonly 'key-label'?: string | undefined
  readonly json: boolean
}

interface Row {
  readonly profile: string
  readonly kept: string
  readonly certificate?: X509Certificate
  readonly problem?: AppError
}

/**
 * Prints a row for each profile with a certificate. With `expiring` only those that are expired, or will be by then,
 * and their presence is the exit status; a certificate that cannot be read is never taken for one that is fine.
 */
export async function listCertificates(flags: ListFlags, context: Context): Promise<void> {
  const { profiles } = await loadProfiles(context.profiles)
  const now = context.now()
  const all: Row[] = []
  for (const [name, profile] of profiles)
    if (profile.credential.type === 'certificate') all.push(await readRow(name, profile, context))
  const by = flags.expiring === undefined ? undefined : now + flags.expiring
  const rows = by === undefined ? all : all.filter((row) => isExpiring(row, by))
  const listed = wantsTokens(flags) ? await findTokens(namesOf(flags), context) : undefined
  const inTokens = listed && selectTokenRows(listed.tokens, by)
  if (flags.json) {
    const record = {
      certificates: rows.map((row) => rowRecord(row, now)),
      ...(listed && {
        modules: listed.modules.map(moduleRecord),
        token_keys: inTokens?.rows.map((row) => tokenRowRecord(row, now)),
      }),
    }
    context.out(`${JSON.stringify(record)}\n`)
  } else {
    const tables = [
      ...(rows.length > 0 ? [rowTable(rows, now, context.columns)] : []),
      ...(inTokens && inTokens.rows.length + inTokens.empty.length > 0
        ? [tokenTable(inTokens, now, context.columns)]
        : []),
    ]
    if (tables.length > 0) context.out(`${tables.join('\n\n')}\n`)
    else context.notice(nothing(all, listed !== undefined, flags))
  }
  if (flags.expiring === undefined) return
  const unread = rows.find(({ problem }) => problem)
  if (rows.some(({ problem }) => !problem) || inTokens?.rows.length) context.exitWith('expired')
  else if (unread?.problem) context.exitWith(unread.problem.code)
}

const wantsTokens = (flags: ListFlags): boolean =>
  flags.tokens || Object.values(namesOf(flags)).some((value) => value !== undefined)

const namesOf = (flags: ListFlags) => ({
  'pkcs11-uri': flags['pkcs11-uri'],
  'pkcs11-module': flags['pkcs11-module'],
  'token-label': flags['token-label'],
  'key-label': flags['key-label'],
})

function nothing(all: readonly Row[], withTokens: boolean, { expiring }: ListFlags): string {
  if (withTokens)
    return expiring === undefined
      ? 'no profile has a certificate, and there is no token'
      : 'no certificate expires by then'
  return all.length === 0 ? 'no profile has a certificate' : 'no certificate expires by then'
}

async function readRow(name: string, profile: Profile, context: Context): Promise<Row> {
  const kept = placeOf(profile.credential as CertificateCredential)
  try {
    const source = await openProfile(name, profile, {}, { askForKey: false, unattended: true }, context)
    // With one certificate there is nothing to choose, and so no key to open.
    const known = source.certificates.length === 1 ? { ...source, privateKeys: [] } : source
    const { certificate } = await findLeaf(known, context.now())
    return { profile: name, kept, certificate }
  } catch (problem) {
    if (problem instanceof AppError) return { profile: name, kept, problem }
    throw problem
  }
}

function placeOf(credential: CertificateCredential): string {
  if (isTokenKey(credential)) return credential.key
  const { key, certificatePath, certificate } = credential
  if (key !== undefined) return `sealed (${key})`
  return certificatePath ?? (certificate as string)
}

const isExpiring = ({ certificate }: Row, by: number): boolean =>
  certificate === undefined || validityOf(certificate).end <= by

function rowRecord({ profile, kept, certificate, problem }: Row, now: number) {
  return {
    profile,
    private_key: kept,
    ...(certificate && certificateRecord(certificate, now)),
    ...(problem && { error: problem.message }),
  }
}

function rowTable(rows: readonly Row[], now: number, columns: number | undefined): string {
  return table(
    ['PROFILE', 'SUBJECT', 'KEY', 'EXPIRES', 'WHERE'],
    rows.map(({ profile, kept, certificate, problem }) => {
      if (!certificate) return [profile, '-', '-', problem?.message ?? '-', kept]
      const { end } = validityOf(certificate)
      const early = validityAt(certificate, now) === 'not-yet-valid' ? ', not yet valid' : ''
      const ends = `${utc(end).slice(0, 10)} (${timeLeft(end - now)}${early})`
      return [profile, nameText(certificate.subject), keyText(keyRecord(certificate.publicKey)), ends, kept]
    }),
    columns,
  )
}
