/** The application that `AZURE_*` variables describe, as Azure's own tools read them: nothing needs to be stored. */
import { resolve } from 'node:path'
import { AppError } from '../errors.ts'
import type { Credential, Profile } from './profile.ts'
import { clientIdRule, type Rule, tenantRule } from './rules.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The profile that tenant, client ID and a credential in the environment make; undefined where one of them is missing.
 * @throws AppError `config` for a tenant or client ID that is none, `usage` for a user's password in place of a credential.
 */
export function findEnvironmentProfile(env: Environment): Profile | undefined {
  const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: clientId } = env
  const credential = findCredential(env)
  if (tenant && clientId && !credential && env.AZURE_USERNAME && env.AZURE_PASSWORD)
    throw noPasswords('AZURE_USERNAME with AZURE_PASSWORD')
  if (!tenant || !clientId || !credential) return undefined
  return { ...findEnvironmentApplication(env), credential }
}

/**
 * The tenant and client ID that the environment names, each for itself: as Azure's tools do, or as Azure Pipelines
 * tells a task of its service connection.
 * @throws AppError `config` for one that is none.
 */
export function findEnvironmentApplication(env: Environment): Pick<Profile, 'tenant' | 'clientId'> {
  const find = (name: string, rule: Rule): string | undefined =>
    ['AZURE', 'AZURESUBSCRIPTION']
      .map((prefix) => `${prefix}_${name}`)
      .flatMap((variable) => (env[variable] ? [checked(env[variable], rule, variable)] : []))[0]
  const tenant = find('TENANT_ID', tenantRule)
  const clientId = find('CLIENT_ID', clientIdRule)
  return { ...(tenant && { tenant }), ...(clientId && { clientId }) }
}

/** The resource owner password grant (RFC 6749, section 4.3), which RFC 9700 forbids. */
export const noPasswords = (source: string): AppError =>
  new AppError('usage', `${source} would sign a person in by password, which this program does not do`, {
    hint: 'a password cannot pass multi-factor authentication: use --flow interactive-browser or device-code for people, a credential of the application for scripts',
  })

function findCredential(env: Environment): Credential | undefined {
  if (env.AZURE_CLIENT_SECRET) return { type: 'client-secret', secret: 'env:AZURE_CLIENT_SECRET' }
  if (!env.AZURE_CLIENT_CERTIFICATE_PATH)
    return env.AZURE_FEDERATED_TOKEN_FILE ? { type: 'federated', source: 'kubernetes' } : undefined
  const chain = env.AZURE_CLIENT_SEND_CERTIFICATE_CHAIN?.toLowerCase()
  return {
    type: 'certificate',
    certificatePath: resolve(env.AZURE_CLIENT_CERTIFICATE_PATH),
    ...(env.AZURE_CLIENT_CERTIFICATE_PASSWORD && { password: 'env:AZURE_CLIENT_CERTIFICATE_PASSWORD' }),
    ...((chain === 'true' || chain === '1') && { sendX5c: true }),
  }
}

function checked(value: string, rule: Rule, variable: string): string {
  const fault = rule(value)
  if (fault) throw new AppError('config', `${variable} ${fault}`, { hint: `set ${variable}, or unset it` })
  return value
}
