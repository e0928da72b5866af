/** A world whose application trusts the workloads of another issuer. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Env } from './cli.ts'
import { type Issuer, startIssuer } from './issuer.ts'
import { githubClaims } from './issuer-claims.ts'
import { type JobServices, startJobServices } from './job-services.ts'
import { createWorld, type World } from './world.ts'

export interface FederatedWorld extends World {
  readonly issuer: Issuer
  readonly job: JobServices
}

/** `$TENANT_ID` and `$CLIENT_ID` are by flag; the application trusts jobs of contoso/app on its main branch. */
export async function createFederatedWorld(extra: Env = {}): Promise<FederatedWorld> {
  const issuer = await startIssuer()
  const [world, job] = await Promise.all([createWorld(extra), startJobServices(issuer)])
  world.entra.trustIssuers(issuer.caFile)
  world.app.addFederatedCredential({
    name: 'main',
    issuer: issuer.url,
    subject: githubClaims({ repository: 'contoso/app' }).sub,
  })
  world.app.addFederatedCredential({ name: 'workload', issuer: issuer.url, subject: 'workload' })
  const bundle = join(world.home.directory, 'ca-bundle.pem')
  const authorities = [world.entra.caFile, issuer.caFile, job.caFile]
  writeFileSync(bundle, authorities.map((file) => readFileSync(file, 'utf8')).join('\n'))
  const env: Env = { ...world.env, NODE_EXTRA_CA_CERTS: bundle }
  return {
    ...world,
    env,
    cli: (args, options = {}) => world.cli(args, { ...options, env: { ...env, ...options.env } }),
    issuer,
    job,
    close: async () => {
      await Promise.all([world.close(), job.close(), issuer.close()])
    },
  }
}
