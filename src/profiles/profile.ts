/** What a profile is: a named way to get tokens. It refers to secrets and never holds one. */
import type { CloudName } from '../cloud/clouds.ts'

export const flows = [
  'client-credentials',
  'managed-identity',
  'interactive-browser',
  'authorization-code',
  'device-code',
  'on-behalf-of',
] as const
export type Flow = (typeof flows)[number]

const signInFlows: ReadonlySet<Flow> = new Set(['interactive-browser', 'authorization-code', 'device-code'])

/** Whether a person signs in: the token is theirs, and what renews it is kept. */
export const isSignIn = (flow: Flow): boolean => signInFlows.has(flow)

/** A secret's place: `keychain`, `file-store`, `env:NAME`, `file:/path` or `command:…`. */
export type SecretReferenceText = string

export interface ClientSecretCredential {
  readonly type: 'client-secret'
  readonly secret: SecretReferenceText
}

/** A certificate and its key in files. */
export interface CertificateFileCredential {
  readonly type: 'certificate'
  /** PEM or PFX file, absolute. One of this, `certificate` and `key` is there. */
  readonly certificatePath?: string
  /** What to fetch at each use instead of a file: `env:NAME`, `file:/path` or `command:…`; PEM, or a PFX, also in base64. */
  readonly certificate?: SecretReferenceText
  /**
   * Where the key is that was made for this profile: sealed by us, its own key in that store. The certificate
   * comes with it, unless a path or reference says otherwise.
   */
  readonly key?: 'keychain' | 'file-store'
  /** PEM file with the key, where it is not in the certificate's file. */
  readonly privateKeyPath?: string
  /** Where the password of an encrypted key or PFX is. */
  readonly password?: SecretReferenceText
  /** Sends the chain in the assertion, for subject name and issuer trust. */
  readonly sendX5c?: boolean
}

/** A certificate whose key is in a PKCS#11 token and stays there. */
export interface TokenKeyCredential {
  readonly type: 'certificate'
  /** The `pkcs11:` URI of the key, and of the certificate beside it. */
  readonly key: string
  /** The certificate's file, where it is not in the token. */
  readonly certificatePath?: string
  /** Where the token's PIN is; `prompt`, or none, asks for it. */
  readonly pin?: SecretReferenceText | 'prompt'
  readonly sendX5c?: boolean
}

export type CertificateCredential = CertificateFileCredential | TokenKeyCredential

export const isTokenKey = (credential: Credential): credential is TokenKeyCredential =>
  'key' in credential && credential.key.startsWith('pkcs11:')

/** A public client: it proves nothing of its own, and a person signs in. */
export interface NoCredential {
  readonly type: 'none'
}

/** Another issuer's token in place of a secret of our own. What is kept is where it comes from, never the token. */
export interface FederatedCredential {
  readonly type: 'federated'
  /** One of `sourceNames`, or `env:NAME`, `file:/path`, `command:…`. */
  readonly source: string
  /** Of the assertion, where it is not the cloud's own. */
  readonly audience?: string
  /** Of Azure Pipelines, where the task does not name it. */
  readonly serviceConnectionId?: string
  /** The client at another OpenID provider, for the source `oidc`. */
  readonly oidcIssuer?: string
  readonly oidcClientId?: string
  readonly oidcClientSecret?: SecretReferenceText
  readonly oidcScope?: string
  /** The user-assigned identity of the source `managed-identity`; see `identityRule`. */
  readonly identity?: string
}

/** The identity that Azure gave the machine. */
export interface ManagedIdentityCredential {
  readonly type: 'managed-identity'
  /** A user-assigned one: its client ID, `object:GUID`, or its resource ID. The machine's own when absent. */
  readonly identity?: string
}

export type Credential =
  | ClientSecretCredential
  | CertificateCredential
  | FederatedCredential
  | ManagedIdentityCredential
  | NoCredential

/** What each type of credential is called, in lists and errors. */
export const credentialWords = {
  'client-secret': 'client secret',
  certificate: 'certificate',
  federated: 'federated assertion',
  'managed-identity': 'managed identity',
  none: 'none (public client)',
} as const satisfies Record<Credential['type'], string>

/** The flow that goes with a credential when none is named. */
export const flowOfCredential: Record<Credential['type'], Flow> = {
  'client-secret': 'client-credentials',
  certificate: 'client-credentials',
  federated: 'client-credentials',
  'managed-identity': 'managed-identity',
  none: 'interactive-browser',
}

export interface Profile {
  readonly cloud?: CloudName
  readonly authorityHost?: string
  /**
   * GUID or verified domain; for people also `common`, `organizations` or `consumers`. Absent for a managed identity,
   * which has a tenant and client ID of its own.
   */
  readonly tenant?: string
  readonly clientId?: string
  readonly scopes?: readonly string[]
  readonly flow?: Flow
  /** Where the browser comes back to after a sign-in: on this machine. `http://localhost` when absent. */
  readonly redirectUri?: string
  /** Of that address; a free one when absent. */
  readonly port?: number
  readonly credential: Credential
  /** What it had before: used while Entra does not know the new one yet, and dropped once it does. */
  readonly previous?: Credential
  /** Keeps the previous one until it is deleted by hand. */
  readonly keepPrevious?: true
}

/** profiles.json as it is on disk; names keep the case they were created with. */
export interface ProfilesDocument {
  readonly default?: string
  readonly profiles: ReadonlyMap<string, Profile>
}

export const emptyDocument: ProfilesDocument = { profiles: new Map() }

/** The name a profile was created with, whatever the case it is asked for in. */
export function findProfileName(document: ProfilesDocument, name: string): string | undefined {
  if (document.profiles.has(name)) return name
  const wanted = name.toLowerCase()
  for (const known of document.profiles.keys()) if (known.toLowerCase() === wanted) return known
  return undefined
}

/**
 * The order of names in lists: case does not matter. They are ASCII, and the first `localeCompare` of a process would
 * load all rules of Unicode for it.
 */
export function compareNames(a: string, b: string): number {
  const [first, second] = [a.toLowerCase(), b.toLowerCase()]
  return first < second ? -1 : first > second ? 1 : 0
}
