/** An assertion in a variable: platforms that put one into the environment of each job. */
import { AppError } from '../../errors.ts'
import type { Environment } from '../../profiles/environment.ts'
import { Secret } from '../../secret.ts'
import type { FederatedSource } from '../source.ts'

function read(env: Environment, name: string, hint: string): Secret {
  const value = env[name]?.trim()
  if (value) return new Secret(value)
  throw new AppError('config', `the variable ${name} is ${env[name] === undefined ? 'not set' : 'empty'}`, {
    hint,
  })
}

/** @param advice says, in the platform's words, how a job gets the variable with that audience. */
const preset = (
  name: string,
  advice: (audience: string) => string,
  isHere: FederatedSource['isHere'] = () => false,
): FederatedSource => ({
  isOffered: (env) => Boolean(env[name]),
  isHere,
  audienceHint: advice,
  fetch: async (_, audience, { env }) => read(env, name, advice(audience)),
})

export const gitlab = preset(
  'GITLAB_OIDC_TOKEN',
  (audience) =>
    `add to the job: id_tokens: {GITLAB_OIDC_TOKEN: {aud: '${audience}'}} (for another name: --federated env:NAME)`,
  (env) => env.GITLAB_CI === 'true',
)

export const terraformCloud = preset(
  'TFC_WORKLOAD_IDENTITY_TOKEN',
  (audience) =>
    `set the workspace's variable TFC_WORKLOAD_IDENTITY_AUDIENCE=${audience} (environment variable)`,
  (env) => Boolean(env.TFC_RUN_ID),
)

export const bitbucket = preset(
  'BITBUCKET_STEP_OIDC_TOKEN',
  () =>
    "add to the step: oidc: true; Bitbucket's audience is its own: give it with --audience, and to the federated credential",
  (env) => Boolean(env.BITBUCKET_BUILD_NUMBER),
)

/** `env:NAME`, whatever it is called. */
export const variable = (name: string): FederatedSource => ({
  fetch: async (_, __, { env }) => read(env, name, 'it should hold the assertion'),
})
