/** The rules of a profile's fields, the same for flags, prompts and the file. Each says what is wrong, or undefined. */
import { parseUri } from '../crypto/pkcs11/uri.ts'

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const domain = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}$/i
const name = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

export type Rule = (value: string) => string | undefined

export const nameRule: Rule = (value) =>
  name.test(value)
    ? undefined
    : 'must start with a letter or digit and hold only letters, digits, ".", "_" and "-" (64 at the most)'

/** They name no tenant: the account that signs in decides. */
const shared = /^(common|organizations|consumers)$/i

export const isSharedTenant = (tenant: string): boolean => shared.test(tenant)

export const tenantRule: Rule = (value) =>
  guid.test(value) || domain.test(value) || shared.test(value)
    ? undefined
    : 'must be a tenant ID (a GUID) or a domain such as contoso.onmicrosoft.com'

export const clientIdRule: Rule = (value) =>
  guid.test(value) ? undefined : 'must be an application (client) ID: a GUID'

const loopback = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:[1-9]\d{0,4})?(\/[\w.~!$&'()*+,;=:@/%-]*)?$/

/** Only this machine can be listened on (RFC 8252, section 7.3), and nothing secret crosses a network. */
export const redirectUriRule: Rule = (value) =>
  loopback.test(value) && URL.canParse(value)
    ? undefined
    : 'must be an address of this machine: http://localhost[:PORT][/PATH], 127.0.0.1 or [::1]'

/** A profile says where a secret is. The secret itself, written there by mistake, must not pass. */
export const referenceRule: Rule = (value) =>
  /^(keychain$|file-store$|env:.|file:(\/|[A-Za-z]:)|command:.)/.test(value)
    ? undefined
    : 'must be a reference: keychain, file-store, env:NAME, file:/path or command:…'

/** A PIN's place: as any secret's, or a person's head. */
export const pinRule: Rule = (value) =>
  value === 'prompt' || !referenceRule(value)
    ? undefined
    : 'must be prompt, or a reference: keychain, file-store, env:NAME, file:/path or command:…'

/** The `pkcs11:` URI of a key. It names no PIN: where that is has a field of its own. */
export const keyRule: Rule = (value) => {
  if (!value.startsWith('pkcs11:')) return 'must be the pkcs11: URI of a key'
  try {
    return parseUri(value)['pin-source'] === undefined
      ? undefined
      : 'must not have pin-source: where the PIN is belongs in "pin"'
  } catch (error) {
    return `is not right: ${(error as Error).message}`
  }
}
/** What does not live in a store of ours. */
export const outerReferenceRule: Rule = (value) =>
  /^(env:.|file:(\/|[A-Za-z]:)|command:.)/.test(value)
    ? undefined
    : 'must be a reference: env:NAME, file:/path or command:…'

/** What `--federated` takes; `federation/source.ts` knows how each is asked. */
export const sourceNames = [
  'auto',
  'github-actions',
  'azure-pipelines',
  'kubernetes',
  'gitlab',
  'terraform-cloud',
  'buildkite',
  'circleci',
  'bitbucket',
  'aws',
  'gcp',
  'managed-identity',
  'oidc',
] as const

export const sourceRule: Rule = (value) =>
  (sourceNames as readonly string[]).includes(value) ||
  /^(env:[A-Za-z_][A-Za-z0-9_]*$|file:(\/|[A-Za-z]:)|command:\s*\S)/.test(value)
    ? undefined
    : `must be one of ${sourceNames.join(', ')}, or env:NAME, file:/path, command:PROGRAM ARG…`

/** Client ID and object ID are GUIDs both, so one of them says which it is. */
export const identityRule: Rule = (value) =>
  guid.test(value.replace(/^object:/, '')) || /^\/subscriptions\/[^\s?#]{1,1000}$/i.test(value)
    ? undefined
    : "must be the identity's client ID (a GUID), object:GUID for its object ID, or its resource ID (/subscriptions/…)"

export const audienceRule: Rule = (value) =>
  /^[\x21-\x7e]{1,600}$/.test(value) ? undefined : 'must be one audience, without spaces'

export const guidRule: Rule = (value) => (guid.test(value) ? undefined : 'must be a GUID')

export const httpsRule: Rule = (value) =>
  /^https:\/\/[^\s/?#@]+[^\s?#@]*$/.test(value) && URL.canParse(value)
    ? undefined
    : 'must be a URL that starts with https://'

/** Entra shows a secret's ID beside its value; only the value works, and the ID is a GUID. */
export const looksLikeSecretId = (secret: string): boolean => guid.test(secret)
