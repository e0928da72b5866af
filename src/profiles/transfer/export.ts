/** What `export-profile` does once its flags are read. */
import { lstatSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Context } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { findPassphraseFlag } from '../../flags/passphrase.ts'
import { safeText } from '../../output/safe-text.ts'
import { writeAtomically } from '../../platform/atomic-file.ts'
import type { Secret } from '../../secret.ts'
import { storeOf } from '../../secrets/keeper.ts'
import { type KeptSecret, keptSecrets } from '../kept-secrets.ts'
import type { Profile, ProfilesDocument } from '../profile.ts'
import { formatProfiles, loadProfiles } from '../store.ts'
import { getProfileName } from '../subject.ts'
import { credentialFiles } from './credential-needs.ts'
import { getNewPassphrase } from './passphrase.ts'
import { sealExport } from './sealed-export.ts'

export interface ExportFlags {
  readonly 'include-secrets': boolean
  readonly file?: string | undefined
  readonly force: boolean
}

/** @throws AppError `not_found` for an unknown name or no profiles, `usage`, and what the secret stores throw. */
export async function exportProfiles(
  names: readonly string[],
  flags: ExportFlags,
  context: Context,
): Promise<void> {
  refuseIdleFlags(flags)
  const path = flags.file === undefined ? undefined : resolve(flags.file)
  if (path !== undefined) refuseToReplace(path, flags.force)
  const document = selectProfiles(names, await loadProfiles(context.profiles))
  const text = flags['include-secrets']
    ? `${await sealed(document, flags, context)}\n`
    : formatProfiles(document)
  if (path === undefined) context.out(text)
  else writeAtomically(path, text)
  if (!flags['include-secrets']) sayWhatStays(document, context)
  sayWhichFilesStay(document, context)
  if (path !== undefined) {
    const what = document.profiles.size === 1 ? 'profile' : 'profiles'
    context.notice(`${document.profiles.size} ${what} exported to ${safeText(path)}`)
  }
}

/** A flag that would be ignored is a mistake that should be known. */
function refuseIdleFlags(flags: ExportFlags): void {
  const passphrase = findPassphraseFlag({ ...flags })
  if (passphrase !== undefined && !flags['include-secrets'])
    throw new AppError('usage', `--${passphrase} has no use in an export without secrets`, {
      hint: 'add --include-secrets',
    })
  if (flags.force && flags.file === undefined)
    throw new AppError('usage', '--force has no use without --file', { hint: 'it replaces that file' })
}

function refuseToReplace(path: string, force: boolean): void {
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (!there) return
  if (!there.isFile())
    throw new AppError('usage', `${safeText(path)} is not a regular file`, {
      hint: 'name a file, or use stdout',
    })
  if (!force)
    throw new AppError('usage', `${safeText(path)} is there already`, {
      hint: 'name another file, or replace it with --force',
    })
}

/** The profiles of those names, or all; the default goes along with all of them alone. */
function selectProfiles(names: readonly string[], document: ProfilesDocument): ProfilesDocument {
  if (document.profiles.size === 0 && names.length === 0)
    throw new AppError('not_found', 'there is no profile to export', {
      hint: 'create one: `entra-auth-cli create-profile`',
    })
  if (names.length === 0) return document
  const wanted = new Set(names.map((name) => getProfileName(document, name)))
  return { profiles: new Map([...document.profiles].filter(([name]) => wanted.has(name))) }
}

const ours = (profile: Profile): KeptSecret[] =>
  keptSecrets(profile).filter(({ reference }) => storeOf(reference) !== undefined)

async function sealed(document: ProfilesDocument, flags: ExportFlags, context: Context): Promise<string> {
  const passphrase = await getNewPassphrase({ ...flags }, context)
  const secrets = new Map<string, Map<string, Secret>>()
  for (const [name, profile] of document.profiles) {
    const found = await readSecrets(name, profile, context)
    if (found.size > 0) secrets.set(name, found)
  }
  return sealExport({ document: formatProfiles(document), secrets }, passphrase)
}

/** A secret that was never set is said and left out; one that cannot be read now stops the export. */
async function readSecrets(name: string, profile: Profile, context: Context): Promise<Map<string, Secret>> {
  const found = new Map<string, Secret>()
  for (const { purpose, reference } of ours(profile)) {
    try {
      found.set(purpose, await context.secrets.resolve(reference, name, purpose))
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'not_found') throw error
      context.warn(`${error.message}: it is not in the export`)
    }
  }
  return found
}

function sayWhatStays({ profiles }: ProfilesDocument, context: Context): void {
  const kept = [...profiles].flatMap(([name, profile]) =>
    ours(profile).map(({ purpose }) => `the ${purpose.replaceAll('-', ' ')} of ${name}`),
  )
  if (kept.length === 0) return
  context.notice(`not in this export: ${kept.join(', ')}`)
  context.notice('to take secrets along, sealed with a passphrase: add --include-secrets')
}

/** A certificate is a file of its own, and goes its own way. */
function sayWhichFilesStay({ profiles }: ProfilesDocument, context: Context): void {
  const files = [...profiles.values()].flatMap(credentialFiles)
  if (files.length > 0)
    context.notice(
      `files to take along yourself: ${[...new Set(files)].map((file) => safeText(file)).join(', ')}`,
    )
}
