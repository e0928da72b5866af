/** An assertion that a program prints: the platform's own agent, or any other. Arguments are never read by a shell. */
import { AppError } from '../../errors.ts'
import { Secret } from '../../secret.ts'
import { parseReference, resolveReference } from '../../secrets/references.ts'
import type { FederatedSource, SourceWorld } from '../source.ts'
import { readAssertionFile } from './file.ts'

type Argv = readonly [string, ...string[]]

const run = async (argv: Argv, { env, platform }: SourceWorld): Promise<Secret> => {
  const printed = await resolveReference({ type: 'command', argv }, { env, platform })
  return new Secret(printed.reveal().trim())
}

/** @param where says where that program is to be had. */
async function runAgent(argv: Argv, where: string, world: SourceWorld): Promise<Secret> {
  try {
    return await run(argv, world)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'not_found') throw error
    throw new AppError('config', `the program ${argv[0]} is not there`, { hint: where, cause: error })
  }
}

export const buildkite: FederatedSource = {
  isOffered: (env) => env.BUILDKITE === 'true',
  fetch: (_, audience, world) =>
    runAgent(
      ['buildkite-agent', 'oidc', 'request-token', '--audience', audience],
      'it is in every job of Buildkite; in a container mount it: mount-buildkite-agent: true',
      world,
    ),
}

export const circleci: FederatedSource = {
  isOffered: (env) => env.CIRCLECI === 'true',
  fetch: (_, audience, world) =>
    runAgent(
      ['circleci', 'run', 'oidc', 'get', '--claims', JSON.stringify({ aud: audience })],
      'it is in every job of CircleCI that uses a context; elsewhere name another source',
      world,
    ),
}

/** EKS mounts a token; elsewhere AWS STS issues one to whom its own tool authenticates. */
export const aws: FederatedSource = {
  isOffered: (env) => Boolean(env.AWS_WEB_IDENTITY_TOKEN_FILE),
  audienceHint: (audience) =>
    `of a token that is mounted, the pod decides: audience '${audience}'; without AWS_WEB_IDENTITY_TOKEN_FILE it is asked for`,
  fetch: async (_, audience, world) => {
    const { AWS_WEB_IDENTITY_TOKEN_FILE: path } = world.env
    if (path) return readAssertionFile(path)
    const lifetime = ['--signing-algorithm', 'RS256', '--duration-seconds', '300']
    return runAgent(
      [
        'aws',
        'sts',
        'get-web-identity-token',
        '--audience',
        audience,
        ...lifetime,
        '--query',
        'WebIdentityToken',
        '--output',
        'text',
      ],
      'install the AWS CLI 2; the account must have outbound identity federation enabled',
      world,
    )
  },
}

/** `command:…`, as the user wrote it. */
export const command = (reference: string): FederatedSource => ({
  fetch: async (_, __, world) => {
    const parsed = parseReference(reference)
    if (parsed.type !== 'command') throw new AppError('bug', 'a command is no command')
    return run(parsed.argv, world)
  },
})
