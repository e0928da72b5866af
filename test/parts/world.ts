/** A test tenant with an application, and a home whose CLI talks to it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSelfSigned } from '../entra/certificates.ts'
import { type App, type EntraServer, startEntra, type Tenant } from '../entra/server.ts'
import { cli, createHome, type Env, type Home, type Result, type RunOptions } from './cli.ts'

export interface World {
  readonly entra: EntraServer
  readonly tenant: Tenant
  readonly app: App
  readonly secret: string
  readonly home: Home
  readonly env: Env
  /** Runs the CLI in this world's home. */
  readonly cli: (args: readonly string[], options?: RunOptions) => Promise<Result>
  /** Creates a profile with the application's secret, and says which flags identify the application. */
  readonly createProfile: (name: string, extra?: readonly string[]) => Promise<Result>
  readonly identity: readonly string[]
  close(): Promise<void>
}

/** @param extra variables on top of the clean environment; undefined removes one. */
export async function createWorld(extra: Env = {}): Promise<World> {
  const entra = await startEntra()
  const tenant = entra.addTenant({ domains: ['contoso.onmicrosoft.com'] })
  const app = tenant.addApp({
    name: 'app',
    roles: ['User.Read.All'],
    scopes: ['access'],
    permissions: ['User.Read'],
  })
  const secret = app.addSecret()
  const home = createHome()
  const env: Env = {
    ...home.env,
    NODE_EXTRA_CA_CERTS: entra.caFile,
    AZURE_AUTHORITY_HOST: entra.authorityHost,
    ...extra,
  }
  const identity = ['--tenant-id', tenant.id, '--client-id', app.clientId]
  const runCli = (args: readonly string[], options: RunOptions = {}) =>
    cli(args, { cwd: home.directory, ...options, env: { ...env, ...options.env } })
  return {
    entra,
    tenant,
    app,
    secret,
    home,
    env,
    identity,
    cli: runCli,
    createProfile: async (name, more = []) => {
      const args = ['create-profile', '--name', name, ...identity, '--client-secret-stdin', ...more]
      const result = await runCli(args, { input: `${secret}\n` })
      if (result.status !== 0) throw new Error(result.stderr)
      return result
    },
    close: async () => {
      await entra.close()
      home.remove()
    },
  }
}

/** A certificate that the application has, as `cert.pem` and `key.pem` in the home. */
export async function addCertificate(
  world: World,
): Promise<{ certificatePath: string; privateKeyPath: string }> {
  const { certificatePem, privateKeyPem } = await createSelfSigned({ subject: 'CN=app' })
  world.app.addCertificate(certificatePem)
  const certificatePath = join(world.home.directory, 'cert.pem')
  const privateKeyPath = join(world.home.directory, 'key.pem')
  writeFileSync(certificatePath, `${certificatePem.trimEnd()}\n`)
  writeFileSync(privateKeyPath, `${privateKeyPem.trimEnd()}\n`, { mode: 0o600 })
  return { certificatePath, privateKeyPath }
}
