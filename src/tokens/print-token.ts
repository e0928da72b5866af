/** What `get-token` and `refresh` do once their flags are read. */
import { resolve } from 'node:path'
import { type Context, createAcquirer } from '../context.ts'
import { AppError } from '../errors.ts'
import { type TokenFormat, tokenFormats } from '../output/formats.ts'
import { chooseSubject } from '../profiles/choose.ts'
import type { Credential } from '../profiles/profile.ts'
import { type RequestFlags, resolveRequest } from '../profiles/resolve.ts'
import { loadProfiles } from '../profiles/store.ts'
import type { Secret } from '../secret.ts'
import { defaultMinTtl } from './find-token.ts'
import { getToken } from './get-token.ts'

export interface PrintFlags extends RequestFlags {
  readonly output?: TokenFormat | undefined
  readonly json?: boolean | undefined
  readonly force?: boolean | undefined
  readonly 'no-cache'?: boolean | undefined
  readonly 'min-ttl'?: number | undefined
  readonly file?: string | undefined
}

export async function printToken(flags: PrintFlags, context: Context): Promise<void> {
  const { env, warn, now } = context
  const document = await loadProfiles(context.profiles)
  const chosen = await chooseSubject(flags.profile, document, context)
  const { request, warnings } = resolveRequest(flags, env, document, chosen)
  for (const warning of warnings) warn(warning)
  await refuseStrayPassword(flags, request.credential.type)
  const options = { force: flags.force ?? false, minTtl: flags['min-ttl'] ?? defaultMinTtl }
  const acquirer = await createAcquirer(context, {
    noCache: flags['no-cache'] ?? false,
    givenPassword: () => readGivenPassword(flags, context),
  })
  const { token, source } = await getToken(request, options, acquirer)
  const format = flags.json ? 'json' : (flags.output ?? 'text')
  const text = `${tokenFormats[format]({ token, source, profile: request.profile, now: now() })}\n`
  if (flags.file === undefined) return context.out(text)
  await writeTokenFile(resolve(flags.file), text)
  context.notice(`token written to ${flags.file}`)
}

/** A flag that would be ignored is a mistake that should be known. */
async function refuseStrayPassword(flags: PrintFlags, type: Credential['type']): Promise<void> {
  const { hasCertificateFlags } = await import('../flags/credential.ts')
  if (type !== 'certificate' && hasCertificateFlags({ ...flags }))
    throw new AppError('usage', 'the profile has no certificate, so --certificate-password… has no use')
}

async function readGivenPassword(flags: PrintFlags, context: Context): Promise<Secret | undefined> {
  const { findGivenSecret } = await import('../flags/credential.ts')
  const given = await findGivenSecret('certificate-password', { ...flags }, context)
  if (given?.type !== 'reference') return given?.value
  return context.secrets.resolve(given.reference, undefined, 'certificate-password')
}

/** The file has mode 0600 before the first byte is in it. */
async function writeTokenFile(path: string, text: string): Promise<void> {
  const { writeAtomically } = await import('../platform/atomic-file.ts')
  const { lstatSync } = await import('node:fs')
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there && !there.isFile())
    throw new AppError('usage', `--file ${path} is not a regular file`, {
      hint: 'name a file, or use stdout',
    })
  writeAtomically(path, text)
}
