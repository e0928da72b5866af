/** The federated identity credential that a workload needs: from what it is called where it runs. */
import { AppError } from '../errors.ts'

/** What Entra is to be told. */
export interface Plan {
  readonly name: string
  readonly issuer: string
  readonly audience: string
  readonly match: { readonly subject: string } | { readonly expression: string }
  /** What a person should know before using it. */
  readonly notes: readonly string[]
}

export interface WorkloadFlags {
  readonly github?: string | undefined
  readonly environment?: string | undefined
  readonly branch?: string | undefined
  readonly tag?: string | undefined
  readonly 'pull-request'?: boolean | undefined
  readonly 'owner-id'?: string | undefined
  readonly 'repository-id'?: string | undefined
  readonly gitlab?: string | undefined
  readonly 'project-id'?: string | undefined
  readonly 'service-account'?: string | undefined
  readonly 'azure-pipelines'?: string | undefined
  readonly 'organization-id'?: string | undefined
  readonly issuer?: string | undefined
  readonly subject?: string | undefined
}

export type Workload = Omit<Plan, 'name' | 'audience'>

const usage = (message: string, hint: string) => new AppError('usage', message, { hint })

/** `OWNER/REPO` and the like: exactly so many parts, none empty. */
function parts(text: string, count: number, flag: string, form: string): string[] {
  const found = text.split('/')
  if (found.length >= count && found.every(Boolean)) return found
  throw usage(`--${flag} must be ${form}`, `write --${flag} ${form}`)
}

const isPattern = (text: string) => /[*?]/.test(text)

/** A subject with wildcards needs a flexible credential, and an ID that no rename gives to another project. */
function matching(subject: string, more: readonly string[] = []): Plan['match'] {
  if (!isPattern(subject)) return { subject }
  if (subject.includes("'")) throw usage('a subject with wildcards must not hold quotes', 'remove the quote')
  return { expression: [`claims['sub'] matches '${subject}'`, ...more].join(' and ') }
}

function exact(subject: string): string {
  if (!isPattern(subject)) return subject
  throw usage('a subject with wildcards is for GitHub, GitLab and Terraform Cloud only', 'write it out')
}

function onlyOne(flags: WorkloadFlags, names: readonly (keyof WorkloadFlags)[], required: boolean): void {
  const given = names.filter((name) => flags[name] !== undefined && flags[name] !== false)
  if (given.length > 1) throw usage(`--${given[0]} and --${given[1]} do not go together`, 'give one of them')
  if (required && given.length === 0)
    throw usage('it is not said what the job runs for', `give one of --${names.join(', --')}`)
}

/** GitHub replaces colons within the parts of a subject. */
const githubPart = (text: string) => text.replaceAll(':', '%3A')

function github(flags: WorkloadFlags): Workload {
  const [owner, repository] = parts(flags.github as string, 2, 'github', 'OWNER/REPOSITORY')
  onlyOne(flags, ['environment', 'branch', 'tag', 'pull-request'], true)
  const { 'owner-id': ownerId, 'repository-id': repositoryId } = flags
  if ((ownerId === undefined) !== (repositoryId === undefined))
    throw usage('--owner-id and --repository-id go together', 'GitHub puts both into the subject, or none')
  const repo =
    ownerId === undefined ? `${owner}/${repository}` : `${owner}@${ownerId}/${repository}@${repositoryId}`
  const context =
    flags.environment !== undefined
      ? `environment:${githubPart(flags.environment)}`
      : flags.branch !== undefined
        ? `ref:refs/heads/${flags.branch}`
        : flags.tag !== undefined
          ? `ref:refs/tags/${flags.tag}`
          : 'pull_request'
  const subject = `repo:${repo}:${context}`
  const ids = `gh api repos/${owner}/${repository} --jq '.owner.id, .id'`
  return {
    issuer: flags.issuer ?? 'https://token.actions.githubusercontent.com',
    match: matching(
      subject,
      repositoryId === undefined ? [] : [`claims['repository_id'] eq '${repositoryId}'`],
    ),
    notes:
      repositoryId !== undefined
        ? []
        : [
            'repositories created, renamed or transferred since 15 July 2026 have IDs in their subject: ' +
              `add --owner-id and --repository-id (${ids})`,
          ],
  }
}

function gitlab(flags: WorkloadFlags): Workload {
  parts(flags.gitlab as string, 2, 'gitlab', 'GROUP/PROJECT')
  onlyOne(flags, ['branch', 'tag'], true)
  const { branch, tag, 'project-id': projectId } = flags
  const ref = branch === undefined ? `tag:ref:${tag}` : `branch:ref:${branch}`
  const subject = `project_path:${flags.gitlab}:ref_type:${ref}`
  if (isPattern(subject) && projectId === undefined)
    throw usage('--project-id is missing', 'Entra wants an ID beside a subject with wildcards')
  return {
    issuer: flags.issuer ?? 'https://gitlab.com',
    match: matching(subject, projectId === undefined ? [] : [`claims['project_id'] eq '${projectId}'`]),
    notes: [],
  }
}

function kubernetes(flags: WorkloadFlags): Workload {
  const [namespace, account] = parts(
    flags['service-account'] as string,
    2,
    'service-account',
    'NAMESPACE/NAME',
  )
  if (flags.issuer === undefined)
    throw usage(
      '--issuer is missing',
      'az aks show … --query oidcIssuerProfile.issuerUrl, or: kubectl get --raw /.well-known/openid-configuration',
    )
  return {
    issuer: flags.issuer,
    match: { subject: exact(`system:serviceaccount:${namespace}:${account}`) },
    notes: [],
  }
}

function azurePipelines(flags: WorkloadFlags): Workload {
  parts(flags['azure-pipelines'] as string, 3, 'azure-pipelines', 'ORGANIZATION/PROJECT/CONNECTION')
  const { 'organization-id': id } = flags
  if (id === undefined && flags.issuer === undefined)
    throw usage(
      '--organization-id is missing',
      'it is the GUID at the end of the issuer that the service connection shows',
    )
  return {
    issuer: flags.issuer ?? `https://vstoken.dev.azure.com/${id}`,
    match: { subject: exact(`sc://${flags['azure-pipelines']}`) },
    notes: [
      'newer service connections have another issuer and subject: copy them from the connection with --issuer and --subject',
    ],
  }
}

function described({ issuer, subject }: WorkloadFlags): Workload {
  if (issuer === undefined || subject === undefined)
    throw usage(`--${issuer === undefined ? 'issuer' : 'subject'} is missing`, 'the two go together')
  return { issuer, match: matching(subject), notes: [] }
}

const workloads = {
  github,
  gitlab,
  'service-account': kubernetes,
  'azure-pipelines': azurePipelines,
  subject: described,
} as const satisfies Partial<Record<keyof WorkloadFlags, (flags: WorkloadFlags) => Workload>>

const kinds = Object.keys(workloads) as (keyof typeof workloads)[]

/** Whether flags describe a workload, in place of the assertion that this machine presents. */
export const describesWorkload = (flags: WorkloadFlags): boolean =>
  kinds.some((kind) => flags[kind] !== undefined)

/** @throws AppError `usage` naming the flag that is missing or too much. */
export function planWorkload(flags: WorkloadFlags): Workload {
  onlyOne(flags, kinds, true)
  const kind = kinds.find((name) => flags[name] !== undefined) as keyof typeof workloads
  return workloads[kind](flags)
}

/** A name that Entra takes: 3 to 120 characters that need no escaping in a URL. */
export function credentialName(match: Plan['match']): string {
  const text = 'subject' in match ? match.subject : match.expression
  const plain = text.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+|-+$/g, '')
  return plain.slice(0, 120).padEnd(3, '0')
}
