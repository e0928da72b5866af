/** Collects what a new profile needs from flags, and from a person whatever flags leave open. */
import { parseAuthorityHost } from '../cloud/authority.ts'
import type { CloudName } from '../cloud/clouds.ts'
import type { Context } from '../context.ts'
import { findCredentialType } from '../flags/credential.ts'
import type { Secret } from '../secret.ts'
import type { SecretPurpose } from '../secrets/account.ts'
import { splitScopes } from '../tokens/scopes.ts'
import { type CredentialAnswers, type CredentialFlags, draftCredential } from './draft-credential.ts'
import type { Credential, Profile } from './profile.ts'
import { checked, parseCloud, parseFlow } from './resolve.ts'
import { clientIdRule, nameRule, tenantRule } from './rules.ts'

/** What a person answers; without a terminal every answer must be a flag. */
export interface Answers extends CredentialAnswers {
  readonly name: () => Promise<string>
  readonly tenant: () => Promise<string>
  readonly clientId: () => Promise<string>
  readonly scopes: (cloud: CloudName) => Promise<readonly string[]>
}

export interface DraftFlags extends CredentialFlags {
  readonly name?: string | undefined
  readonly 'tenant-id'?: string | undefined
  readonly 'client-id'?: string | undefined
  readonly cloud?: string | undefined
  readonly 'authority-host'?: string | undefined
  readonly flow?: string | undefined
  readonly scope?: readonly string[] | undefined
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
  return {
    tenant: read(flags['tenant-id'], (text) => checked(text, tenantRule, '--tenant-id')),
    clientId: read(flags['client-id'], (text) => checked(text, clientIdRule, '--client-id')),
    scopes: flags.scope?.length ? splitScopes(flags.scope) : undefined,
    optional: { ...(cloud && { cloud }), ...(authorityHost && { authorityHost }), ...(flow && { flow }) },
  }
}

/** @throws AppError naming the flag at fault, or the certificate's own error: nothing has been written then. */
export async function draftProfile(flags: DraftFlags, answers: Answers, context: Context): Promise<Draft> {
  const name = checked(flags.name?.trim() ?? (await answers.name()), nameRule, '--name')
  const given = readFields(flags)
  const tenant = given.tenant ?? (await answers.tenant())
  const clientId = given.clientId ?? (await answers.clientId())
  const credential = await draftCredential(flags, answers, context, { profile: name })
  const scopes = given.scopes ?? (await answers.scopes(given.optional.cloud ?? 'public'))
  return {
    name,
    secrets: credential.secrets,
    build: (references) => ({
      ...given.optional,
      tenant,
      clientId,
      ...(scopes.length > 0 && { scopes }),
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
    build: (references, { authorityHost, ...before }) => ({
      ...before,
      // A cloud that is named now goes before a host that was named earlier.
      ...(authorityHost && !optional.cloud && { authorityHost }),
      ...optional,
      ...(tenant && { tenant }),
      ...(clientId && { clientId }),
      ...(scopes && { scopes }),
      ...(credential && { credential: credential.build(references) }),
    }),
  }
}
