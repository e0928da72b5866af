/** Makes credentials that hold no secret of the application: a federated assertion's source, a managed identity. */
import { resolve } from 'node:path'
import { AppError } from '../errors.ts'
import { findGivenSecret } from '../flags/credential.ts'
import type { CredentialDraft, CredentialFlags, Draft } from './draft-credential.ts'
import { keeping } from './keeping.ts'
import type { FederatedCredential } from './profile.ts'
import { checked } from './resolve.ts'
import { audienceRule, guidRule, httpsRule, identityRule, type Rule, sourceRule } from './rules.ts'

export async function draftManagedIdentity(...[flags]: Parameters<Draft>): Promise<CredentialDraft> {
  const identity = identityOf(flags)
  return {
    secrets: new Map(),
    build: () => ({ type: 'managed-identity', ...(identity !== undefined && { identity }) }),
  }
}

/** The user-assigned identity that the flag names; `system` is the machine's own. */
const identityOf = ({ 'managed-identity': identity }: CredentialFlags): string | undefined =>
  identity === undefined || identity === 'system'
    ? undefined
    : checked(identity, identityFlagRule, '--managed-identity')

const identityFlagRule: Rule = (value) =>
  identityRule(value) &&
  "must be system, or the identity's client ID (a GUID), object:GUID for its object ID, or its resource ID (/subscriptions/…)"

/** A flag of a federated credential: its field, the source that alone has a use for it, and its rule. */
interface Option {
  readonly field: Exclude<keyof FederatedCredential, 'type' | 'source'>
  readonly source?: string
  readonly rule?: Rule
}

const options = {
  audience: { field: 'audience', rule: audienceRule },
  'service-connection-id': { field: 'serviceConnectionId', source: 'azure-pipelines', rule: guidRule },
  'oidc-issuer': { field: 'oidcIssuer', source: 'oidc', rule: httpsRule },
  'oidc-client-id': { field: 'oidcClientId', source: 'oidc' },
  'oidc-scope': { field: 'oidcScope', source: 'oidc' },
} as const satisfies Partial<Record<keyof CredentialFlags, Option>>

/** @throws AppError `usage` naming the flag that is wrong, missing or for another source. */
export async function draftFederated(
  ...[flags, answers, context, { before }]: Parameters<Draft>
): Promise<CredentialDraft> {
  const was = before?.type === 'federated' ? before : undefined
  const source = sourceOf(flags.federated ?? was?.source ?? (await answers.source()))
  const secret = await findGivenSecret('oidc-client-secret', { ...flags }, context)
  const kept = secret && keeping('oidc-client-secret', secret)
  if (kept && source !== 'oidc')
    throw new AppError('usage', "another provider's client secret is for --federated oidc")
  const identity = identityOf(flags)
  const credential: FederatedCredential = {
    ...(source === was?.source ? was : undefined),
    type: 'federated',
    source,
    ...readOptions(flags, source),
    ...(identity !== undefined && { identity }),
  }
  if (source === 'oidc') refuseIncomplete(credential, kept !== undefined)
  return {
    secrets: kept?.secrets ?? new Map(),
    build: (references) => ({ ...credential, ...(kept && { oidcClientSecret: kept.reference(references) }) }),
  }
}

function readOptions(flags: CredentialFlags, source: string): Partial<FederatedCredential> {
  const given = Object.entries<Option>(options).flatMap(([flag, option]) => {
    const value = flags[flag as keyof typeof options]
    if (value === undefined) return []
    if (option.source && option.source !== source && source !== 'auto')
      throw new AppError('usage', `--${flag} is for --federated ${option.source}`)
    return [[option.field, checked(value, option.rule ?? notEmpty, `--${flag}`)]]
  })
  return Object.fromEntries(given)
}

const notEmpty: Rule = (value) => (value.trim() === '' ? 'is empty' : undefined)

function refuseIncomplete(credential: FederatedCredential, hasSecret: boolean): void {
  const missing =
    credential.oidcIssuer === undefined
      ? 'oidc-issuer'
      : credential.oidcClientId === undefined
        ? 'oidc-client-id'
        : !hasSecret && credential.oidcClientSecret === undefined
          ? 'oidc-client-secret-stdin'
          : undefined
  if (missing)
    throw new AppError('usage', `--${missing} is missing`, {
      hint: 'the source oidc asks another OpenID provider, as a client that has an ID and a secret there',
    })
}

/** A path in the flag may be relative; in a profile it is not. */
function sourceOf(text: string): string {
  const path = /^file:(.+)$/.exec(text.trim())?.[1]
  return checked(path === undefined ? text.trim() : `file:${resolve(path)}`, sourceRule, '--federated')
}
