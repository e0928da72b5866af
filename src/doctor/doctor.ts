/** What `doctor` does once its flags are read. It changes nothing. */
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { createStyle } from '../output/style.ts'
import { emptyDocument, type ProfilesDocument } from '../profiles/profile.ts'
import { loadProfiles } from '../profiles/store.ts'
import { getProfileName } from '../profiles/subject.ts'
import { authorityCheck } from './authority.ts'
import { cacheKeyCheck } from './cache-key.ts'
import { credentialsCheck } from './credentials.ts'
import { timed } from './dates.ts'
import type { Check, DoctorWorld, KeychainReport } from './finding.ts'
import { keychainCheck } from './keychain.ts'
import { pathsCheck } from './paths.ts'
import { doctorJson, doctorReport, showsUnicode } from './report.ts'
import { requestCheck } from './request.ts'
import { runChecks } from './run-checks.ts'
import { runtimeCheck } from './runtime.ts'
import { variablesCheck } from './variables.ts'

const checks: readonly Check[] = [
  runtimeCheck,
  pathsCheck,
  keychainCheck,
  cacheKeyCheck,
  authorityCheck,
  credentialsCheck,
  variablesCheck,
  requestCheck,
]

export interface DoctorFlags {
  readonly profile: string | undefined
  readonly offline: boolean
  readonly json: boolean
}

/** @throws AppError `not_found` for a profile that is not there; whatever else is wrong is in the report. */
export async function doctor(flags: DoctorFlags, version: string, context: Context): Promise<void> {
  const { document, fault } = await readProfiles(context)
  const world: DoctorWorld = {
    context,
    version,
    offline: flags.offline,
    document,
    fault,
    asked:
      flags.profile === undefined || fault !== undefined
        ? undefined
        : getProfileName(document, flags.profile),
    keychain: once(() => examine(context)),
  }
  const findings = await runChecks(checks, world)
  context.out(
    flags.json
      ? `${doctorJson(findings)}\n`
      : `${doctorReport(findings, {
          style: await createStyle(context.colors),
          columns: context.columns ?? 80,
          unicode: showsUnicode(context.env, context.platform),
        })}\n`,
  )
  const failed = findings.find(({ status }) => status === 'failed')
  if (failed) context.exitWith(failed.code ?? 'bug')
  context.end()
}

/** A file that cannot be used is one of the findings. */
async function readProfiles({ profiles }: Context): Promise<{ document: ProfilesDocument; fault: unknown }> {
  try {
    return { document: await loadProfiles(profiles), fault: undefined }
  } catch (fault) {
    if (fault instanceof AppError) return { document: emptyDocument, fault }
    throw fault
  }
}

async function examine({ secrets }: Context): Promise<KeychainReport> {
  const { result, milliseconds } = await timed(() => secrets.examineKeychain())
  return { state: result, milliseconds }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let promise: Promise<T> | undefined
  return () => {
    promise ??= work()
    return promise
  }
}
