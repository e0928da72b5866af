/** Whose credentials are meant: a profile by its name, or by the domain and client ID that it has. */
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { safeText } from '../output/safe-text.ts'
import { chooseProfile } from '../profiles/choose.ts'
import { findProfileName, type Profile, type ProfilesDocument } from '../profiles/profile.ts'
import { checked } from '../profiles/resolve.ts'
import { clientIdRule, nameRule, tenantRule } from '../profiles/rules.ts'
import { loadProfiles } from '../profiles/store.ts'
import { getProfileName } from '../profiles/subject.ts'

export interface TargetFlags {
  readonly profile?: string | undefined
  readonly domain?: string | undefined
  readonly 'client-id'?: string | undefined
}

export interface Target {
  readonly name: string
  /** Undefined for one that is to be created. */
  readonly profile: Profile | undefined
  readonly tenant: string
  readonly clientId: string
}

/** A profile that is there. @throws AppError `not_found` where there is none, `usage` where several could be meant. */
export async function getTarget(flags: TargetFlags, context: Context): Promise<Target> {
  const document = await loadProfiles(context.profiles)
  const found = await findTarget(flags, document, context)
  if (found) return found
  throw new AppError('not_found', `there is no profile of ${whatOf(flags)}`, {
    hint: 'see `entra-auth-cli list-profiles`',
  })
}

/** A profile that is there, or one to be created, named as its domain. @throws AppError as `getTarget`. */
export async function getOrPlanTarget(flags: TargetFlags, context: Context): Promise<Target> {
  const document = await loadProfiles(context.profiles)
  const found = await findTarget(flags, document, context)
  if (found) return found
  const { domain, 'client-id': clientId } = flags
  if (domain === undefined || clientId === undefined)
    throw new AppError('not_found', `there is no profile of ${whatOf(flags)}`, {
      hint: `give --${domain === undefined ? 'domain' : 'client-id'} too, and it is created`,
    })
  const name = checked(flags.profile ?? domain, nameRule, flags.profile ? '--profile' : '--domain')
  const taken = findProfileName(document, name)
  if (taken !== undefined)
    throw new AppError('usage', `there is a profile ${taken} already, of another tenant or application`, {
      hint: 'name the new one with --profile',
    })
  return { name, profile: undefined, tenant: domain, clientId }
}

async function findTarget(
  flags: TargetFlags,
  document: ProfilesDocument,
  context: Context,
): Promise<Target | undefined> {
  const { profile: asked, domain, 'client-id': clientId } = flags
  if (domain !== undefined) checked(domain, tenantRule, '--domain')
  if (clientId !== undefined) checked(clientId, clientIdRule, '--client-id')
  if (asked !== undefined) return namedTarget(asked, flags, document)
  if (domain === undefined && clientId === undefined)
    return targetOf((await chooseProfile(undefined, document, context)).name, document)
  const found = [...document.profiles].filter(([, profile]) => fits(profile, flags)).map(([name]) => name)
  const [only, ...others] = found
  if (others.length > 0)
    throw new AppError('usage', `${found.length} profiles are of ${whatOf(flags)}: ${found.join(', ')}`, {
      hint: clientId === undefined ? 'say which: --client-id or --profile' : 'name one with --profile',
    })
  return only === undefined ? undefined : targetOf(only, document)
}

function namedTarget(asked: string, flags: TargetFlags, document: ProfilesDocument): Target | undefined {
  const isWhole = flags.domain !== undefined && flags['client-id'] !== undefined
  if (isWhole && findProfileName(document, asked) === undefined) return undefined
  const target = targetOf(getProfileName(document, asked), document)
  if (fits(target.profile as Profile, flags)) return target
  throw new AppError('usage', `profile ${target.name} is not of ${whatOf(flags)}`, {
    hint: 'leave --domain and --client-id out, or name another profile',
  })
}

const same = (wanted: string | undefined, actual: string | undefined): boolean =>
  wanted === undefined || wanted.toLowerCase() === actual?.toLowerCase()

const fits = ({ tenant, clientId }: Profile, flags: TargetFlags): boolean =>
  same(flags.domain, tenant) && same(flags['client-id'], clientId)

function targetOf(name: string, { profiles }: ProfilesDocument): Target {
  const profile = profiles.get(name) as Profile
  const { tenant, clientId } = profile
  if (tenant !== undefined && clientId !== undefined) return { name, profile, tenant, clientId }
  throw new AppError('usage', `profile ${name} is a managed identity, which has no credentials of its own`, {
    hint: 'name another profile with --profile',
  })
}

/** What flags say, for people. */
function whatOf({ domain, 'client-id': clientId }: TargetFlags): string {
  const parts = [
    ...(domain === undefined ? [] : [`the domain ${safeText(domain, { max: 64 })}`]),
    ...(clientId === undefined ? [] : [`the client ID ${safeText(clientId, { max: 64 })}`]),
  ]
  return parts.join(' and ')
}
