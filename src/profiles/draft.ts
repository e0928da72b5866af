/** Collects what a new profile needs from flags, and from a person whatever flags leave open. */
import { parseAuthorityHost } from '../cloud/authority.ts'
import type { CloudName } from '../cloud/clouds.ts'
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { findCredentialType } from '../flags/credential.ts'
import type { Secret } from '../secret.ts'
import type { SecretPurpose } from '../secrets/account.ts'
import { splitScopes } from '../tokens/scopes.ts'
import { type CredentialAnswers, type CredentialFlags, draftCredential } from './draft-credential.ts'
import { refuseMisfit } from './flow-rules.ts'
import { type Credential, credentialWords, flowOfCredential, type Profile } from './profile.ts'
import { checked, parseCloud, parseFlow } from './resolve.ts'
import { clientIdRule, nameRule, redirectUriRule, tenantRule } from './rules.ts'

/** What a person answers; without a terminal every answer must be a flag. */
export interface Answers extends CredentialAnswers {
  readonly name: () => Promise<string>
  readonly tenant: () => Promise<string>
  readonly clientId: () => Promise<string>
  readonly scopes: (cloud: CloudName) => Promise<readonly string[]>
}

/** Flags that say what a profile's fields are. */
export interface FieldFlags {
  readonly 'tenant-id'?: string | undefined
  readonly 'client-id'?: string | undefined
  readonly cloud?: string | undefined
  readonly 'authority-host'?: string | undefined
  readonly flow?: string | undefined
  readonly scope?: readonly string[] | undefined
}

export interface DraftFlags extends FieldFlags, CredentialFlags {
  readonly name?: string | undefined
  readonly 'redirect-uri'?: string | undefined
  readonly port?: number | undefined
}

export interface Draft {
  readonly name: string
  readonly secrets: ReadonlyMap<SecretPurpose, Secret>
  readonly build: (references: ReadonlyMap<SecretPurpose, string>) => Profile
}

/** What flags say of a profile's fields, checked; what they leave open is absent. */
export function readFields(flags: DraftFlags) {
  const read = <T>(value: string | undefined, parse: (text: string) => T): T | undefined =>
    value === undefined ? undefined : parse(value.trim())
  const cloud = read(flags.cloud, (text) => parseCloud(text, '--cloud'))
  const authorityHost = read(flags['authority-host'], (text) => parseAuthorityHost(text, '--authority-host'))
  const flow = read(flags.flow, parseFlow)
  const redirectUri = read(flags['redirect-uri'], (text) => checked(text, redirectUriRule, '--redirect-uri'))
  const { port } = flags
  return {
    tenant: read(flags['tenant-id'], (text) => checked(text, tenantRule, '--tenant-id')),
    clientId: read(flags['client-id'], (text) => checked(text, clientIdRule, '--client-id')),
    scopes: flags.scope?.length ? splitScopes(flags.scope) : undefined,
    optional: {
      ...(cloud && { cloud }),
      ...(authorityHost && { authorityHost }),
      ...(flow && { flow }),
      ...(redirectUri && { redirectUri }),
      ...(port && { port }),
    },
  }
}

const flowMismatch = (flow: string, type: Credential['type']) =>
  new AppError('usage', `the flow ${flow} does not go together with a ${credentialWords[type]}`, {
    hint: `leave --flow out: the one that goes with it is ${flowOfCredential[type]}`,
  })

interface Application {
  readonly tenant: string | undefined
  readonly clientId: string | undefined
}

/** A managed identity is an application of its own, in the tenant of its machine. */
function refuseApplication(given: Application): void {
  const flag =
    given.tenant !== undefined ? 'tenant-id' : given.clientId !== undefined ? 'client-id' : undefined
  if (flag)
    throw new AppError('usage', `--${flag} is not for a managed identity, which has its own`, {
      hint: 'leave it out; --managed-identity ID chooses among several identities',
    })
}

/** The profile, if a token could ever be had with it. Throws as `refuseMisfit`. */
function usable(profile: Profile): Profile {
  const { flow = flowOfCredential[profile.credential.type] } = profile
  refuseMisfit({ ...profile, flow })
  return profile
}

/** @throws AppError naming the flag at fault, or the certificate's own error: nothing has been written then. */
export async function draftProfile(flags: DraftFlags, answers: Answers, context: Context): Promise<Draft> {
  const name = checked(flags.name?.trim() ?? (await answers.name()), nameRule, '--name')
  const given = readFields(flags)
  const isManaged = findCredentialType({ ...flags }) === 'managed-identity'
  if (isManaged) refuseApplication(given)
  if (isManaged && (given.optional.flow ?? 'managed-identity') !== 'managed-identity')
    throw flowMismatch(String(given.optional.flow), 'managed-identity')
  const tenant = isManaged ? undefined : (given.tenant ?? (await answers.tenant()))
  const clientId = isManaged ? undefined : (given.clientId ?? (await answers.clientId()))
  const credential = await draftCredential(flags, answers, context, { profile: name })
  const scopes = given.scopes ?? (await answers.scopes(given.optional.cloud ?? 'public'))
  return {
    name,
    secrets: credential.secrets,
    build: (references) =>
      usable({
        ...given.optional,
        ...(tenant !== undefined && { tenant }),
        ...(clientId !== undefined && { clientId }),
        ...(scopes.length > 0 && { scopes }),
        ...(credential.flow && { flow: credential.flow }),
        credential: credential.build(references),
      }),
  }
}

export interface Changes {
  readonly secrets: ReadonlyMap<SecretPurpose, Secret>
  readonly build: (references: ReadonlyMap<SecretPurpose, string>, before: Profile) => Profile
}

/** The changes that flags make to a profile. Throws as `draftProfile`. */
export async function draftChanges(
  name: string,
  flags: DraftFlags,
  answers: Answers,
  context: Context,
  before: Credential | undefined,
): Promise<Changes> {
  const { tenant, clientId, scopes, optional } = readFields(flags)
  const credential = findCredentialType({ ...flags })
    ? await draftCredential(flags, answers, context, { profile: name, before })
    : undefined
  return {
    secrets: credential?.secrets ?? new Map(),
    build: (references, { authorityHost, ...before }) =>
      fitting(
        {
          ...before,
          // A cloud that is named now goes before a host that was named earlier.
          ...(authorityHost && !optional.cloud && { authorityHost }),
          ...optional,
          ...(tenant && { tenant }),
          ...(clientId && { clientId }),
          ...(scopes && { scopes }),
          ...(credential && { credential: credential.build(references) }),
        },
        { tenant, clientId, flow: optional.flow },
      ),
  }
}

/**
 * What goes with the credential that the profile has now: a managed identity takes no tenant and client ID, any other
 * needs both, and a flow of the one is none of the other.
 */
function fitting(
  { tenant, clientId, flow, ...rest }: Profile,
  given: Application & Pick<DraftFlags, 'flow'>,
): Profile {
  const isManaged = rest.credential.type === 'managed-identity'
  const fits = flow !== undefined && (flow === 'managed-identity') === isManaged
  if (given.flow !== undefined && !fits) throw flowMismatch(given.flow, rest.credential.type)
  const fittingFlow = fits ? { flow } : {}
  if (isManaged) {
    refuseApplication(given)
    return usable({ ...rest, ...fittingFlow })
  }
  if (tenant === undefined || clientId === undefined)
    throw new AppError('usage', `--${tenant === undefined ? 'tenant-id' : 'client-id'} is missing`, {
      hint: `a ${rest.credential.type} belongs to an application, and a managed identity's profile names none`,
    })
  return usable({ ...rest, tenant, clientId, ...fittingFlow })
}
