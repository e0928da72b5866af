/** What `get-token` and `refresh` do once their flags are read. */
import { resolve } from 'node:path'
import { type Context, createAcquirer } from '../context.ts'
import { AppError } from '../errors.ts'
import { type TokenFormat, tokenFormats } from '../output/formats.ts'
import { chooseSubject, type SubjectFlags } from '../profiles/choose-subject.ts'
import { credentialWords, isSignIn, type Profile, type ProfilesDocument } from '../profiles/profile.ts'
import { type RequestFlags, resolveRequest } from '../profiles/resolve.ts'
import { loadProfiles } from '../profiles/store.ts'
import type { Subject } from '../profiles/subject.ts'
import { type ClaimsFlags, readClaimsFlags } from '../sign-in/claims.ts'
import { refuseForeignFlags, type SignInFlags, signInOptions } from '../sign-in/options.ts'
import { defaultMinTtl } from './find-token.ts'
import { getToken } from './get-token.ts'
import { type AssertionFlags, findUserAssertion } from './user-assertion.ts'

export interface PrintFlags
  extends Omit<RequestFlags, 'credential' | 'claims' | 'assertion'>,
    SubjectFlags,
    SignInFlags,
    ClaimsFlags,
    AssertionFlags {
  readonly output?: TokenFormat | undefined
  readonly json?: boolean | undefined
  readonly force?: boolean | undefined
  readonly 'no-cache'?: boolean | undefined
  readonly 'min-ttl'?: number | undefined
  readonly 'wait-for-federation'?: number | undefined
  readonly file?: string | undefined
}

export async function printToken(flags: PrintFlags, context: Context): Promise<void> {
  const { env, warn, now } = context
  const document = await loadProfiles(context.profiles)
  const { subject, credential, givenSecrets } = await chooseSubject(flags, document, context)
  const claims = readClaimsFlags(flags)
  const { request, warnings } = resolveRequest(
    {
      ...flags,
      credential,
      claims,
      account: flags.account ?? flags['login-hint'],
      assertion: await findUserAssertion(flags, context),
    },
    env,
    document,
    subject,
  )
  refuseForeignFlags(flags, request.flow)
  for (const warning of warnings) warn(warning)
  if (flags['wait-for-federation'] !== undefined && request.credential.type !== 'federated')
    throw new AppError('usage', '--wait-for-federation is for federated credentials', {
      hint: `this request has a ${credentialWords[request.credential.type]}: leave the flag out`,
    })
  if (flags['wait-for-federation'] !== undefined && isSignIn(request.flow))
    throw new AppError('usage', `--wait-for-federation does not go with ${request.flow}`, {
      hint: 'a person would wait: leave the flag out, and sign in again when Entra knows the credential',
    })
  // Who wants to be asked does not want what is cached.
  const force = flags.force || flags.prompt !== undefined
  const options = { force, minTtl: flags['min-ttl'] ?? defaultMinTtl }
  const acquirer = await createAcquirer(context, {
    noCache: flags['no-cache'] ?? false,
    givenSecrets,
    signIn: signInOptions(flags, profileOf(subject, document)),
    federationWait: flags['wait-for-federation'],
  })
  const { token, source } = await getToken(request, options, acquirer)
  const format = flags.json ? 'json' : (flags.output ?? 'text')
  const text = `${tokenFormats[format]({ token, source, profile: request.profile, now: now() })}\n`
  if (flags.file === undefined) return context.out(text)
  await writeTokenFile(resolve(flags.file), text)
  context.notice(`token written to ${flags.file}`)
}

const profileOf = (subject: Subject, document: ProfilesDocument): Partial<Profile> =>
  (subject.name === undefined ? subject.profile : document.profiles.get(subject.name)) ?? {}

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
