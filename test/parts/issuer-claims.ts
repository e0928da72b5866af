/** What the tokens of well-known issuers say about a workload. */

export interface GithubJob {
  /** `owner/name` */
  readonly repository: string
  readonly ref?: string
  readonly environment?: string
}

/** A job of GitHub Actions. */
export function githubClaims({ repository, ref = 'refs/heads/main', environment }: GithubJob) {
  const context = environment === undefined ? `ref:${ref}` : `environment:${environment}`
  return {
    sub: `repo:${repository}:${context}`,
    repository,
    repository_owner: repository.split('/')[0],
    ref,
    ...(environment !== undefined && { environment }),
    job_workflow_ref: `${repository}/.github/workflows/ci.yml@${ref}`,
    event_name: 'push',
    runner_environment: 'github-hosted',
  }
}

export interface AzurePipelinesConnection {
  readonly organization: string
  readonly project: string
  readonly connection: string
}

/** A pipeline's service connection in Azure DevOps. */
export function azurePipelinesClaims({ organization, project, connection }: AzurePipelinesConnection) {
  return { sub: `sc://${organization}/${project}/${connection}` }
}
