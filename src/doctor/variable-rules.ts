/** What each variable does here. Values are shown only where they are paths, hosts or words of ours. */
import { readInputText } from '../platform/input-file.ts'
import { findSubject } from '../profiles/subject.ts'
import type { DoctorWorld, Finding } from './finding.ts'
import { findProxyHost } from './proxy-host.ts'

type Said = Omit<Finding, 'check'>
/** Undefined for a value that changes nothing. */
type Rule = (value: string, world: DoctorWorld) => Said | undefined

const ok = (message: string): Said => ({ status: 'ok', message })
const warning = (message: string, fix: string): Said => ({ status: 'warning', message, fix })
const failed = (message: string, fix: string): Said => ({ status: 'failed', message, fix, code: 'config' })
const always =
  (said: Said): Rule =>
  () =>
    said

/** Part of an identity or credential: it counts only where no profile is named, and only with the others. */
const identity =
  (name: string): Rule =>
  (_, world) =>
    ok(
      `${name} ${usesEnvironment(world) ? 'is used: no profile is named' : 'is not used: a profile goes before it'}`,
    )

function usesEnvironment({ asked, context, document }: DoctorWorld): boolean {
  if (asked !== undefined) return false
  try {
    return findSubject(undefined, context.env, document)?.name === undefined
  } catch {
    return true
  }
}

const proxy =
  (name: string): Rule =>
  (value) => {
    const host = findProxyHost(value)
    return host === undefined
      ? failed(`${name} holds no http:// or https:// URL`, `set ${name}=http://HOST:PORT`)
      : ok(`${name} names the proxy ${host}`)
  }

const noProxy =
  (name: string): Rule =>
  (value) =>
    ok(`${name} excepts from the proxy: ${value}`)

/** `NODE_OPTIONS` may hold anything: only the names of its options are said. */
const nodeOptions: Rule = (value) => {
  const names = [...value.matchAll(/(?:^|\s)(--?[A-Za-z][A-Za-z-]*)/g)].map(([, name]) => name as string)
  const risky = names.filter((name) =>
    /^(--inspect|--require$|-r|--import$|--loader$|--experimental-loader$|--tls-|--use-openssl-ca|--report|--openssl-)/.test(
      name,
    ),
  )
  const list = (options: readonly string[]) => [...new Set(options)].join(', ')
  return risky.length > 0
    ? warning(
        `NODE_OPTIONS changes what runs or what TLS does: ${list(risky)}`,
        'unset it unless you put it there: it counts for every program in Node.js',
      )
    : ok(`NODE_OPTIONS is set${names.length > 0 ? `: ${list(names)}` : ''}`)
}

const extraCertificates: Rule = (path, { context }) => {
  const name = 'NODE_EXTRA_CA_CERTS'
  const ignored = (reason: string) => warning(`${reason}: ${name} is ignored`, `correct it, or unset ${name}`)
  try {
    if (!readInputText(path).includes('-----BEGIN CERTIFICATE-----'))
      return ignored(`${path} holds no certificate in PEM`)
  } catch (error) {
    return ignored((error as Error).message)
  }
  const isSlow = context.nodeVersion.startsWith('v20.')
  return ok(
    `${name} adds the certificates in ${path}${isSlow ? '; with Node.js 20 it makes every start about three times as long' : ''}`,
  )
}

/** What a CI job, a pod or a machine on Azure offers in place of a secret. */
const offer =
  (name: string, use: string): Rule =>
  () =>
    ok(`${name} is there for ${use}`)

const githubActions = '--federated github-actions'
const azurePipelines = '--federated azure-pipelines'
const identityEndpoint = '--managed-identity'

const offers = {
  ACTIONS_ID_TOKEN_REQUEST_URL: githubActions,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: githubActions,
  SYSTEM_OIDCREQUESTURI: azurePipelines,
  SYSTEM_ACCESSTOKEN: azurePipelines,
  AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: azurePipelines,
  GITLAB_OIDC_TOKEN: '--federated gitlab',
  TFC_WORKLOAD_IDENTITY_TOKEN: '--federated terraform-cloud',
  BITBUCKET_STEP_OIDC_TOKEN: '--federated bitbucket',
  AWS_WEB_IDENTITY_TOKEN_FILE: '--federated aws',
  GCE_METADATA_HOST: '--federated gcp',
  IDENTITY_ENDPOINT: identityEndpoint,
  IDENTITY_HEADER: identityEndpoint,
  IDENTITY_SERVER_THUMBPRINT: identityEndpoint,
  IMDS_ENDPOINT: identityEndpoint,
  MSI_ENDPOINT: identityEndpoint,
  MSI_SECRET: identityEndpoint,
  DEFAULT_IDENTITY_CLIENT_ID: identityEndpoint,
  AZURE_POD_IDENTITY_AUTHORITY_HOST: identityEndpoint,
} as const

const application = 'a credential that flags give: it names the application unless AZURE_* or flags do'

/** By name, in the order in which they are said. */
export const variableRules: Readonly<Record<string, Rule>> = {
  ENTRA_AUTH_CLI_PROFILE: (value, { asked }) =>
    ok(
      `ENTRA_AUTH_CLI_PROFILE names the profile ${value}${asked === undefined ? '' : ', and --profile goes before it'}`,
    ),
  ENTRA_AUTH_CLI_CONFIG_DIR: (value) => ok(`ENTRA_AUTH_CLI_CONFIG_DIR puts everything under ${value}`),
  ENTRA_AUTH_CLI_SECRET_STORE: (value) =>
    value === 'keychain' || value === 'file'
      ? ok(`ENTRA_AUTH_CLI_SECRET_STORE=${value} says where new secrets go`)
      : failed(
          'ENTRA_AUTH_CLI_SECRET_STORE must be "keychain" or "file"',
          'set it to one of them, or unset it',
        ),
  ENTRA_AUTH_CLI_PKCS11_MODULE: (value) =>
    ok(`ENTRA_AUTH_CLI_PKCS11_MODULE=${value}: cred cert makes keys there`),
  ENTRA_AUTH_CLI_PKCS11_TOKEN: (value) =>
    ok(`ENTRA_AUTH_CLI_PKCS11_TOKEN=${value}: cred cert makes keys there`),
  ENTRA_AUTH_CLI_PASSPHRASE: always(ok('ENTRA_AUTH_CLI_PASSPHRASE opens the file store')),
  ENTRA_AUTH_CLI_NO_SESSION_KEY: always(
    ok('ENTRA_AUTH_CLI_NO_SESSION_KEY: the key of the cache is not kept for the login session'),
  ),
  ENTRA_AUTH_CLI_NO_CODE_CACHE: always(ok('ENTRA_AUTH_CLI_NO_CODE_CACHE: starts take longer')),
  AZURE_AUTHORITY_HOST: (value) =>
    ok(`AZURE_AUTHORITY_HOST goes before the host of every profile: ${hostOf(value)}`),
  AZURE_TENANT_ID: identity('AZURE_TENANT_ID'),
  AZURE_CLIENT_ID: identity('AZURE_CLIENT_ID'),
  AZURE_CLIENT_SECRET: identity('AZURE_CLIENT_SECRET'),
  AZURE_CLIENT_CERTIFICATE_PATH: identity('AZURE_CLIENT_CERTIFICATE_PATH'),
  AZURE_CLIENT_CERTIFICATE_PASSWORD: identity('AZURE_CLIENT_CERTIFICATE_PASSWORD'),
  AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: identity('AZURE_CLIENT_SEND_CERTIFICATE_CHAIN'),
  AZURE_FEDERATED_TOKEN_FILE: identity('AZURE_FEDERATED_TOKEN_FILE'),
  ...Object.fromEntries(
    ['AZURESUBSCRIPTION_TENANT_ID', 'AZURESUBSCRIPTION_CLIENT_ID'].map((name) => [
      name,
      offer(name, application),
    ]),
  ),
  ...Object.fromEntries(Object.entries(offers).map(([name, use]) => [name, offer(name, use)])),
  ...Object.fromEntries(
    ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'].map((name) => [name, proxy(name)]),
  ),
  NO_PROXY: noProxy('NO_PROXY'),
  no_proxy: noProxy('no_proxy'),
  NODE_EXTRA_CA_CERTS: extraCertificates,
  NODE_TLS_REJECT_UNAUTHORIZED: (value) =>
    value === '0'
      ? failed(
          'NODE_TLS_REJECT_UNAUTHORIZED=0 turns the check of TLS certificates off: all other commands refuse to run',
          'unset it; for a company CA set NODE_EXTRA_CA_CERTS to its file',
        )
      : ok('NODE_TLS_REJECT_UNAUTHORIZED is set, and TLS certificates are checked'),
  NODE_OPTIONS: nodeOptions,
  ENTRA_AUTH_CLI_DEBUG: always(ok('ENTRA_AUTH_CLI_DEBUG: a cached token takes as long as any other command')),
  DEBUG: always(ok('DEBUG lets libraries say on stderr what they do')),
  NODE_DEBUG: always(
    warning('NODE_DEBUG lets Node.js print what is sent, which may hold secrets', 'unset NODE_DEBUG'),
  ),
  SSLKEYLOGFILE: always(
    ok('SSLKEYLOGFILE is not read by Node.js; other programs write their TLS keys to that file'),
  ),
  LD_PRELOAD: always(
    warning(
      'LD_PRELOAD puts other code into every program, and that code can read its secrets',
      'unset it unless you put it there',
    ),
  ),
  BROWSER: always(ok('BROWSER names the program that opens the address of a sign-in')),
  NO_COLOR: always(ok('NO_COLOR: no colours')),
  TERM: (value) => (value === 'dumb' ? ok('TERM=dumb: no colours') : undefined),
}

/** A host alone: what else stands there may be anything. */
const hostOf = (value: string): string =>
  URL.canParse(value) ? new URL(value).host || 'no host' : 'not a URL'
