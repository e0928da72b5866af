/** What `import-profile` does once its flags are read. */
import type { Context } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { findPassphraseFlag } from '../../flags/passphrase.ts'
import type { SecretPurpose } from '../../secrets/account.ts'
import type { StoreKind } from '../../secrets/keeper.ts'
import { signInStore } from '../../sign-in/create-world.ts'
import { removeSignIns } from '../../sign-in/store.ts'
import { clearCache } from '../../tokens/cache-contents.ts'
import { createProfiles } from '../create.ts'
import { withReferences } from '../kept-secrets.ts'
import { checked } from '../resolve.ts'
import { nameRule } from '../rules.ts'
import { loadProfiles } from '../store.ts'
import { type Incoming, type IncomingProfile, missingSecrets } from './incoming.ts'
import { getPassphrase } from './passphrase.ts'
import { type OnClash, type Planned, planImport } from './plan.ts'
import { readSource, type SourceFlags } from './read-source.ts'
import { readIncoming } from './recognise.ts'
import { importJson, importTable } from './report.ts'

export interface ImportFlags extends SourceFlags {
  readonly name?: string | undefined
  readonly overwrite: boolean
  readonly rename: boolean
  readonly 'dry-run'?: boolean
  readonly 'secret-store'?: StoreKind | undefined
  readonly output?: 'text' | 'json' | undefined
  readonly json: boolean
}

/** @throws AppError; all of the profiles are imported, or none. */
export async function importProfiles(flags: ImportFlags, context: Context): Promise<void> {
  const { 'dry-run': dryRun = false } = flags
  if (flags.overwrite && flags.rename)
    throw new AppError('usage', '--overwrite and --rename do not go together', { hint: 'choose one of them' })
  const source = await readSource(flags, context)
  const document = await loadProfiles(context.profiles)
  let sealed = false
  const read = await readIncoming(source, () => {
    sealed = true
    return getPassphrase({ ...flags }, source.name, context)
  })
  const passphrase = findPassphraseFlag({ ...flags })
  if (passphrase !== undefined && !sealed)
    throw new AppError('usage', `--${passphrase} has no use: ${source.name} is not sealed`, {
      hint: 'leave it out; nothing was imported',
    })
  const incoming = withName(read, flags.name)
  const plan = await planImport(incoming, document, await onClash(flags, context))
  if (!dryRun) await carryOut(plan, flags['secret-store'], context)
  const isJson = flags.json || flags.output === 'json'
  context.out(`${(isJson ? importJson : importTable)(plan, dryRun)}\n`)
  if (dryRun) context.notice('a dry run: nothing was changed')
  if (incoming.format === '.NET profiles')
    context.notice('the .NET tool keeps secrets in a store of its own, which cannot be read here')
}

/** `--name` is for one profile. */
function withName(incoming: Incoming, name: string | undefined): Incoming {
  if (name === undefined) return incoming
  const wanted = checked(name, nameRule, '--name')
  const [only, ...others] = incoming.profiles
  if (!only || others.length > 0)
    throw new AppError('usage', `--name is for one profile, and there are ${incoming.profiles.length}`, {
      hint: 'leave it out; nothing was imported',
    })
  const foreignName = only.foreignName ?? only.name
  return { ...incoming, profiles: [{ ...only, name: wanted, foreignName }] }
}

async function onClash(flags: ImportFlags, context: Context): Promise<OnClash> {
  if (flags.overwrite) return 'overwrite'
  if (flags.rename) return 'rename'
  return context.interactive ? (await import('../../prompts/transfer.ts')).askClash : 'refuse'
}

async function carryOut(
  plan: readonly Planned[],
  secretStore: StoreKind | undefined,
  context: Context,
): Promise<void> {
  const wanted = plan.filter(({ action }) => action !== 'skip')
  if (wanted.length === 0) return
  const isBare = wanted.some(({ incoming }) => missingSecrets(incoming).length > 0)
  const place = isBare ? await context.secrets.findReference(secretStore) : undefined
  await createProfiles(
    wanted.map(({ incoming, name, action, becomesDefault }) => ({
      name,
      secrets: incoming.secrets,
      build: (references) =>
        withReferences(incoming.profile, new Map([...emptyPlaces(incoming, place), ...references])),
      force: action === 'replace',
      makeDefault: becomesDefault,
      inheritsSecrets: false,
      secretStore,
    })),
    context.profiles,
    context.secrets,
  )
  for (const { name, action } of wanted) {
    if (action !== 'replace') continue
    await removeSignIns(signInStore(context), name)
    await clearCache(context, { profile: name })
  }
}

/** A secret that is still to be set is looked for where it will be kept here. */
const emptyPlaces = (incoming: IncomingProfile, place: string | undefined): [SecretPurpose, string][] =>
  place === undefined ? [] : missingSecrets(incoming).map((purpose) => [purpose, place])
