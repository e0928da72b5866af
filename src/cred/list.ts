/** What `cred list` does once its flags are read: every credential, whether it is there, and when it ends. */
import type { X509Certificate } from 'node:crypto'
import { certificateRecord, timeLeft, validityOf } from '../certificates/facts.ts'
import { findLeaf } from '../certificates/leaf.ts'
import { openProfile } from '../certificates/source.ts'
import type { Context } from '../context.ts'
import { thumbprintSha1Hex } from '../crypto/thumbprint.ts'
import { AppError } from '../errors.ts'
import { utc } from '../output/relative-time.ts'
import { table } from '../output/table.ts'
import { type Credential, credentialWords, type Profile } from '../profiles/profile.ts'
import { loadProfiles } from '../profiles/store.ts'
import { storeOf } from '../secrets/keeper.ts'
import { previousSecrets } from '../secrets/previous.ts'
import { getTarget, type TargetFlags } from './target.ts'

export interface ListFlags extends TargetFlags {
  /** Seconds: what ends within them counts as expiring. */
  readonly expiring?: number | undefined
  readonly json: boolean
}

interface Row {
  readonly profile: string
  readonly credential: Credential
  readonly state: 'in use' | 'previous'
  readonly present: 'yes' | 'no' | 'unknown'
  readonly certificate?: X509Certificate
  readonly problem?: AppError
}

/**
 * A row for each credential of each profile, or of one. With `expiring` only what ends by then, or cannot be read; its
 * presence is the exit status. When a client secret ends only Entra knows.
 */
export async function listCredentials(flags: ListFlags, context: Context): Promise<void> {
  const now = context.now()
  const all: Row[] = []
  for (const [name, profile] of await chosenProfiles(flags, context)) {
    if (!isCredential(profile.credential)) continue
    all.push(await readRow(name, profile, profile.credential, 'in use', context))
    if (!profile.previous) continue
    const secrets = previousSecrets(context.secrets)
    all.push(await readRow(name, profile, profile.previous, 'previous', { ...context, secrets }))
  }
  const by = flags.expiring === undefined ? undefined : now + flags.expiring
  const rows = by === undefined ? all : all.filter((row) => isExpiring(row, by))
  if (flags.json) context.out(`${JSON.stringify({ credentials: rows.map((row) => rowRecord(row, now)) })}\n`)
  else if (rows.length > 0) context.out(`${rowTable(rows, now, context.columns)}\n`)
  else context.notice(all.length === 0 ? 'there is no credential' : 'no credential expires by then')
  if (by === undefined) return
  const unread = rows.find(({ problem }) => problem)?.problem
  if (rows.some(({ certificate }) => certificate)) context.exitWith('expired')
  else if (unread) context.exitWith(unread.code)
}

/** A person's sign-in and a machine's identity are none that expire here. */
const isCredential = ({ type }: Credential): boolean => type !== 'none' && type !== 'managed-identity'

async function chosenProfiles(flags: TargetFlags, context: Context): Promise<[string, Profile][]> {
  if (flags.profile === undefined && flags.domain === undefined && flags['client-id'] === undefined)
    return [...(await loadProfiles(context.profiles)).profiles]
  const { name, profile } = await getTarget(flags, context)
  return [[name, profile as Profile]]
}

async function readRow(
  profile: string,
  whole: Profile,
  credential: Credential,
  state: Row['state'],
  context: Context,
): Promise<Row> {
  const row = { profile, credential, state }
  try {
    if (credential.type !== 'certificate')
      return { ...row, present: await findSecret(profile, credential, context) }
    const options = { askForKey: false, unattended: true }
    const source = await openProfile(profile, { ...whole, credential }, {}, options, context)
    // With one certificate there is nothing to choose, and so no key to open.
    const known = source.certificates.length === 1 ? { ...source, privateKeys: [] } : source
    return { ...row, present: 'yes', certificate: (await findLeaf(known, context.now())).certificate }
  } catch (problem) {
    if (!(problem instanceof AppError)) throw problem
    return { ...row, present: problem.code === 'not_found' ? 'no' : 'unknown', problem }
  }
}

/** Nothing is run, and no keychain is unlocked, for the question. */
async function findSecret(
  profile: string,
  credential: Credential,
  { secrets }: Context,
): Promise<Row['present']> {
  if (credential.type !== 'client-secret') return 'unknown'
  const { secret } = credential
  if (secret.startsWith('command:')) return 'unknown'
  if (storeOf(secret) === 'keychain' && (await secrets.examineKeychain()) !== 'working') return 'unknown'
  await secrets.resolve(secret, profile, 'client-secret')
  return 'yes'
}

const isExpiring = ({ certificate, credential }: Row, by: number): boolean =>
  certificate ? validityOf(certificate).end <= by : credential.type === 'certificate'

const rowRecord = ({ profile, credential, state, present, certificate, problem }: Row, now: number) => ({
  profile,
  kind: credential.type,
  state: state.replace(' ', '_'),
  present,
  ...(certificate && certificateRecord(certificate, now)),
  ...(problem && { error: problem.message }),
})

function rowTable(rows: readonly Row[], now: number, columns: number | undefined): string {
  return table(
    ['PROFILE', 'KIND', 'STATE', 'PRESENT', 'THUMBPRINT', 'EXPIRES'],
    rows.map(({ profile, credential, state, present, certificate, problem }) => {
      const start = [profile, credentialWords[credential.type], state, present]
      if (!certificate) return [...start, '-', problem?.message ?? '-']
      const { end } = validityOf(certificate)
      const ends = `${utc(end).slice(0, 10)} (${timeLeft(end - now)})`
      return [...start, thumbprintSha1Hex(certificate).slice(0, 8), ends]
    }),
    columns,
  )
}
