/** A world whose application trusts the workloads of another issuer. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Env } from './cli.ts'
import { type Issuer, startIssuer } from './issuer.ts'
import { azurePipelinesClaims, githubClaims } from './issuer-claims.ts'
import { type JobServices, startJobServices } from './job-services.ts'
import { createWorld, type World } from './world.ts'

export interface FederatedWorld extends World {
  readonly issuer: Issuer
  readonly job: JobServices
}

export interface Workloads {
  readonly issuer: Issuer
  readonly job: JobServices
  close(): Promise<void>
}

/** An issuer, and the services that hand out its tokens: slow to start, and the same for all tests of a file. */
export async function startWorkloads(): Promise<Workloads> {
  const issuer = await startIssuer()
  const job = await startJobServices(issuer)
  return {
    issuer,
    job,
    close: async () => {
      await Promise.all([job.close(), issuer.close()])
    },
  }
}

/** The application trusts jobs of contoso/app on its main branch, the pipelines of a connection, and the subject `workload`. */
export async function createFederatedWorld({ issuer, job }: Workloads): Promise<FederatedWorld> {
  const world = await createWorld()
  world.entra.trustIssuers(issuer.caFile)
  world.app.addFederatedCredential({
    name: 'main',
    issuer: issuer.url,
    subject: githubClaims({ repository: 'contoso/app' }).sub,
  })
  const connection = { organization: 'contoso', project: 'app', connection: 'prod' }
  world.app.addFederatedCredential({
    name: 'pipelines',
    issuer: issuer.url,
    subject: azurePipelinesClaims(connection).sub,
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
      job.reset()
      await world.close()
    },
  }
}
