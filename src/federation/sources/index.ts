/** Every source by its name, in the order in which `auto` looks for what the machine offers. */
import type { sourceNames } from '../../profiles/rules.ts'
import type { FederatedSource } from '../source.ts'
import { azurePipelines } from './azure-pipelines.ts'
import { aws, buildkite, circleci, command } from './command.ts'
import { file } from './file.ts'
import { gcp } from './gcp.ts'
import { githubActions } from './github-actions.ts'
import { kubernetes } from './kubernetes.ts'
import { managedIdentity } from './managed-identity.ts'
import { openidProvider } from './openid-provider.ts'
import { bitbucket, gitlab, terraformCloud, variable } from './variable.ts'

/** A job says more exactly who asks than the machine that it runs on. */
export const sources: Record<Exclude<(typeof sourceNames)[number], 'auto'>, FederatedSource> = {
  'github-actions': githubActions,
  'azure-pipelines': azurePipelines,
  gitlab,
  'terraform-cloud': terraformCloud,
  buildkite,
  circleci,
  bitbucket,
  kubernetes,
  aws,
  'managed-identity': managedIdentity,
  gcp,
  oidc: openidProvider,
}

/** The source of that name or reference; undefined for text that is neither. */
export function findSource(text: string): FederatedSource | undefined {
  if (Object.hasOwn(sources, text)) return sources[text as keyof typeof sources]
  const [, kind, rest = ''] = /^(env|file|command):(.*)$/s.exec(text) ?? []
  if (kind === 'env') return variable(rest)
  if (kind === 'file') return file(rest)
  return kind === 'command' ? command(text) : undefined
}
