/** One pure function decides what a request is made of, and remembers where each value came from. */
import { parseAuthorityHost } from '../cloud/authority.ts'
import {
  type Cloud,
  type CloudName,
  cloudNames,
  clouds,
  findCloudOfHost,
  isCloudName,
} from '../cloud/clouds.ts'
import { AppError } from '../errors.ts'
import type { Secret } from '../secret.ts'
import { applicationScopes, delegatedScopes, splitScopes } from '../tokens/scopes.ts'
import { type Environment, noPasswords } from './environment.ts'
import { refuseMisfit } from './flow-rules.ts'
import {
  type Credential,
  credentialWords,
  type Flow,
  flowOfCredential,
  flows,
  isSignIn,
  type ProfilesDocument,
} from './profile.ts'
import { clientIdRule, type Rule, tenantRule } from './rules.ts'
import type { Subject } from './subject.ts'

export interface RequestFlags {
  readonly profile?: string | undefined
  readonly scope?: readonly string[] | undefined
  readonly 'tenant-id'?: string | undefined
  readonly 'client-id'?: string | undefined
  readonly cloud?: string | undefined
  readonly 'authority-host'?: string | undefined
  readonly flow?: string | undefined
  /** What the flags say of how the application authenticates. */
  readonly credential?: Credential | undefined
  /** Of several people who signed in, the one that is meant. */
  readonly account?: string | undefined
  /** JSON for the request's `claims` parameter. */
  readonly claims?: string | undefined
  readonly assertion?: UserAssertion | undefined
}

/** The token that a user's client sent to this application. */
export interface UserAssertion {
  readonly token: Secret
  /** Tells one from another in the cache. */
  readonly digest: string
}

/** Everything that changes the token that comes back. */
export interface TokenRequest {
  /** Undefined where the environment says it all. */
  readonly profile: string | undefined
  readonly authorityHost: string
  /** Empty for a managed identity, like the client ID: its token says both. */
  readonly tenant: string
  readonly clientId: string
  readonly flow: Flow
  readonly scopes: readonly string[]
  readonly credential: Credential
  /** The person, in lower case; undefined for the only one who signed in. */
  readonly account?: string
  readonly claims?: string
  readonly assertion?: UserAssertion
  /** What the profile had before: tried where Entra does not know that one yet. */
  readonly previous?: Credential
}

export interface ResolvedRequest {
  readonly request: TokenRequest
  /** Of each value, the flag, variable or profile that it came from. */
  readonly origins: Readonly<Record<string, string>>
  readonly warnings: readonly string[]
}

const shortForms: Readonly<Record<string, Flow>> = {
  browser: 'interactive-browser',
  interactive: 'interactive-browser',
  code: 'authorization-code',
  device: 'device-code',
  obo: 'on-behalf-of',
}

/** The flow, from any of the spellings in use: `client-credentials`, `ClientCredentials`, `client_credentials`. */
export function parseFlow(text: string): Flow {
  const plain = (name: string) => name.toLowerCase().replace(/[^a-z]/g, '')
  const flow = flows.find((name) => plain(name) === plain(text)) ?? shortForms[plain(text)]
  if (flow) return flow
  if (/^(password|ropc|resourceowner|usernamepassword)/.test(plain(text))) throw noPasswords('--flow')
  throw new AppError('usage', '--flow names no flow that this program knows', {
    hint: `use ${flows.join(', ')}`,
  })
}

/** A managed identity is a credential and a flow, which neither shares with another. */
function refuseMismatch(flow: Flow, type: Credential['type']): void {
  if ((flow === 'managed-identity') === (type === 'managed-identity')) return
  throw new AppError('usage', `the flow ${flow} does not go together with a ${credentialWords[type]}`, {
    hint: `leave --flow out: the one that goes with it is ${flowOfCredential[type]}`,
  })
}

const identityFlags: Readonly<Record<string, string>> = { tenant: 'tenant', clientId: 'application' }

function refuseIdentityFlags(flags: RequestFlags): void {
  for (const name of ['tenant-id', 'client-id'] as const)
    if (flags[name] !== undefined)
      throw new AppError('usage', `--${name} is not for a managed identity, which has its own`, {
        hint: 'leave it out; --managed-identity ID chooses among several identities',
      })
}

export function parseCloud(text: string, source: string): CloudName {
  const name = text.toLowerCase()
  if (isCloudName(name)) return name
  throw new AppError('usage', `${source} names no cloud`, { hint: `use one of ${cloudNames.join(', ')}` })
}

export function checked(value: string, rule: Rule, source: string): string {
  const fault = rule(value)
  if (!fault) return value
  throw new AppError('usage', `${source} ${fault}`)
}

/** `--scope "$UNSET"` must not get a token for another resource than the script meant. */
function notEmpty(scopes: string[]): string[] {
  if (scopes.length > 0) return scopes
  throw new AppError('usage', '--scope names no scope', {
    hint: 'leave it out, or give one such as User.Read',
  })
}

/** `--tenant-id "$UNSET"` must not fall back to another tenant without a word. */
function refuseEmptyFlags(flags: RequestFlags): void {
  for (const name of ['tenant-id', 'client-id', 'cloud', 'authority-host', 'flow'] as const)
    if (flags[name] === '')
      throw new AppError('usage', `--${name} is empty`, { hint: 'leave it out, or give it a value' })
}

/**
 * What a token request is made of: flag before environment before profile before default.
 * @throws AppError `usage`, `config` or `not_found`, naming the flag, variable or field at fault.
 */
export function resolveRequest(
  flags: RequestFlags,
  env: Environment,
  document: ProfilesDocument,
  chosen: Subject,
): ResolvedRequest {
  refuseEmptyFlags(flags)
  const profile = chosen.name === undefined ? chosen.profile : document.profiles.get(chosen.name)
  if (!profile) throw new AppError('bug', `the profile ${chosen.name} is chosen but not there`)
  const inProfile = chosen.name === undefined ? chosen.origin : `profile ${chosen.name}`
  const origins: Record<string, string> = { profile: chosen.origin }
  const pick = <T>(name: string, ...candidates: readonly (readonly [T | undefined, string])[]): T => {
    const found = candidates.find(([value]) => value !== undefined)
    if (!found && name in identityFlags)
      throw new AppError('usage', `it is not said which ${identityFlags[name]} is meant`, {
        hint: 'give --tenant-id and --client-id: a profile for a managed identity has neither',
      })
    if (!found) throw new AppError('bug', `no value for ${name}`)
    origins[name] = found[1]
    return found[0] as T
  }
  const given = <T>(value: string | undefined, read: (value: string) => T): T | undefined =>
    value === undefined || value === '' ? undefined : read(value)

  const flagCloud = given(flags.cloud, (text) => parseCloud(text, '--cloud'))
  const hostOf = (cloud: CloudName | undefined) => cloud && clouds[cloud].authorityHost
  const variable = 'AZURE_AUTHORITY_HOST'
  const authorityHost = pick(
    'authorityHost',
    [
      given(flags['authority-host'], (text) => parseAuthorityHost(text, '--authority-host')),
      '--authority-host',
    ],
    [hostOf(flagCloud), '--cloud'],
    [given(env[variable], (text) => parseAuthorityHost(text, variable)), variable],
    [given(profile.authorityHost, (text) => parseAuthorityHost(text, inProfile)), inProfile],
    [hostOf(profile.cloud), inProfile],
    [clouds.public.authorityHost, 'the public cloud'],
  )
  // A host says which cloud it is, unless a cloud that shares the host was named (the two of the US government).
  const named = flagCloud ?? profile.cloud
  const cloud =
    named && (flagCloud || clouds[named].authorityHost === authorityHost)
      ? named
      : (findCloudOfHost(authorityHost) ?? named ?? 'public')
  const stated = pick('credential', [flags.credential, 'the flags'], [profile.credential, inProfile])
  const { exchangeAudience }: Cloud = clouds[cloud]
  const credential: Credential =
    stated.type === 'federated' && exchangeAudience ? { audience: exchangeAudience, ...stated } : stated
  const flow = pick<Flow>(
    'flow',
    [given(flags.flow, parseFlow), '--flow'],
    [flags.credential ? undefined : profile.flow, inProfile],
    [flowOfCredential[credential.type], `the credential of ${origins.credential}`],
  )
  refuseMismatch(flow, credential.type)
  const isManaged = flow === 'managed-identity'
  if (isManaged) refuseIdentityFlags(flags)
  const asked = pick(
    'scopes',
    [flags.scope?.length ? notEmpty(splitScopes(flags.scope)) : undefined, '--scope'],
    [profile.scopes?.length ? splitScopes(profile.scopes) : undefined, inProfile],
    [[] as string[], "Microsoft Graph's .default"],
  )
  const forPerson = isSignIn(flow) || flow === 'on-behalf-of'
  const { scopes, warning } = (forPerson ? delegatedScopes : applicationScopes)(asked, clouds[cloud].graph)
  const request: TokenRequest = {
    profile: chosen.name,
    authorityHost,
    flow,
    scopes,
    tenant: isManaged
      ? ''
      : pick(
          'tenant',
          [given(flags['tenant-id'], (text) => checked(text, tenantRule, '--tenant-id')), '--tenant-id'],
          [profile.tenant, inProfile],
        ),
    clientId: isManaged
      ? ''
      : pick(
          'clientId',
          [given(flags['client-id'], (text) => checked(text, clientIdRule, '--client-id')), '--client-id'],
          [profile.clientId, inProfile],
        ),
    credential,
    ...(flags.account !== undefined && { account: flags.account.toLowerCase() }),
    ...(flags.claims !== undefined && { claims: flags.claims }),
    ...(flags.assertion !== undefined && { assertion: flags.assertion }),
    ...(profile.previous && !flags.credential && { previous: profile.previous }),
  }
  refuseMisfit(request)
  return { request, origins, warnings: warning === undefined ? [] : [warning] }
}
