/** What `inspect` does once its flags are read. */
import { type Context, createAcquirer } from '../context.ts'
import { AppError } from '../errors.ts'
import { safeJson } from '../output/safe-text.ts'
import { createStyle } from '../output/style.ts'
import { tokenReport } from '../output/token-report.ts'
import { readInputText } from '../platform/input-file.ts'
import { chooseProfile } from '../profiles/choose.ts'
import { resolveRequest } from '../profiles/resolve.ts'
import { loadProfiles } from '../profiles/store.ts'
import { decodeToken, validity } from './decode.ts'
import { defaultMinTtl } from './find-token.ts'
import { getToken } from './get-token.ts'

export interface InspectFlags {
  readonly argument: string | undefined
  readonly token: string | undefined
  readonly profile: string | undefined
  readonly file: string | undefined
  readonly claims: boolean
  readonly header: boolean
  readonly output: 'text' | 'json' | 'pretty' | undefined
  readonly json: boolean
}

export async function inspectToken(flags: InspectFlags, context: Context): Promise<void> {
  const decoded = decodeToken(await readToken(flags, context))
  const now = context.now()
  const found = validity(decoded.payload, now)
  if (flags.claims) context.out(`${safeJson(decoded.payload)}\n`)
  else if (flags.header) context.out(`${safeJson(decoded.header)}\n`)
  else if (flags.json || flags.output === 'json')
    context.out(`${safeJson({ ...decoded, validity: found, verification: 'not verified' })}\n`)
  else
    context.out(
      `${tokenReport(decoded, found, now, await createStyle(context.colors), context.columns ?? 80)}\n`,
    )
  if (found.status === 'expired' || found.status === 'not-yet-valid') context.exitWith('expired')
}

async function readToken(flags: InspectFlags, context: Context): Promise<string> {
  const { argument, profile, file } = flags
  const token = flags.token ?? argument
  const sources = [flags.token, argument, profile, file].filter((source) => source !== undefined)
  if (sources.length > 1)
    throw new AppError('usage', 'a token comes from one place: an argument, --token, --file or --profile')
  if (profile !== undefined) return tokenOfProfile(profile, context)
  if (file !== undefined) return readInputText(file)
  if (token !== undefined && token !== '-') return token
  if (token === undefined && context.interactive)
    throw new AppError('usage', 'there is no token to inspect', {
      hint: 'name a profile with --profile, a file with --file, or pipe a token in',
    })
  return context.readStdin()
}

async function tokenOfProfile(name: string, context: Context): Promise<string> {
  const document = await loadProfiles(context.profiles)
  const chosen = await chooseProfile(name, document, context)
  const { request, warnings } = resolveRequest({}, context.env, document, chosen)
  for (const warning of warnings) context.warn(warning)
  const { token } = await getToken(request, { minTtl: defaultMinTtl }, await createAcquirer(context))
  return token.accessToken
}
