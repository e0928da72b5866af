import { credentialName, type Plan, planWorkload, type WorkloadFlags } from '../../src/federation/plan.ts'
import { planFormats } from '../../src/federation/plan-report.ts'
import { run } from '../parts/cli.ts'

const github = 'https://token.actions.githubusercontent.com'

test.each<[string, WorkloadFlags, string, string]>([
  ['an environment', { environment: 'prod' }, 'repo:octo/app:environment:prod', github],
  ['colons in its name', { environment: 'prod:eu' }, 'repo:octo/app:environment:prod%3Aeu', github],
  ['a branch', { branch: 'feature/x' }, 'repo:octo/app:ref:refs/heads/feature/x', github],
  ['a tag', { tag: 'v1' }, 'repo:octo/app:ref:refs/tags/v1', github],
  ['pull requests', { 'pull-request': true }, 'repo:octo/app:pull_request', github],
  [
    'immutable IDs',
    { branch: 'main', 'owner-id': '12', 'repository-id': '345' },
    'repo:octo@12/app@345:ref:refs/heads/main',
    github,
  ],
  [
    'a server of its own',
    { tag: 'v1', issuer: 'https://ghes.example/_services/token' },
    'repo:octo/app:ref:refs/tags/v1',
    'https://ghes.example/_services/token',
  ],
])('a GitHub job for %s', (_, flags, subject, issuer) => {
  expect(planWorkload({ github: 'octo/app', ...flags })).toMatchObject({ issuer, match: { subject } })
})

test.each<[WorkloadFlags, string, string]>([
  [
    { gitlab: 'g/sub/p', branch: 'main' },
    'project_path:g/sub/p:ref_type:branch:ref:main',
    'https://gitlab.com',
  ],
  [{ gitlab: 'g/p', tag: 'v1' }, 'project_path:g/p:ref_type:tag:ref:v1', 'https://gitlab.com'],
  [{ 'service-account': 'ns/app', issuer: 'https://k/' }, 'system:serviceaccount:ns:app', 'https://k/'],
  [{ 'azure-pipelines': 'o/p/c', 'organization-id': 'id' }, 'sc://o/p/c', 'https://vstoken.dev.azure.com/id'],
  [{ subject: 's', issuer: 'https://i' }, 's', 'https://i'],
])('%j has the subject %s', (flags, subject, issuer) => {
  expect(planWorkload(flags)).toMatchObject({ issuer, match: { subject } })
})

test('wildcards make a flexible credential, with the ID that no rename gives away', () => {
  expect(
    planWorkload({ github: 'octo/app', branch: 'release/*', 'owner-id': '12', 'repository-id': '345' }).match,
  ).toEqual({
    expression:
      "claims['sub'] matches 'repo:octo@12/app@345:ref:refs/heads/release/*' and claims['repository_id'] eq '345'",
  })
})

test.each<[WorkloadFlags, string]>([
  [{}, 'it is not said what the job runs for'],
  [{ github: 'octo' }, '--github must be OWNER/REPOSITORY'],
  [{ github: 'octo/app' }, 'it is not said what the job runs for'],
  [{ github: 'octo/app', branch: 'a', tag: 'b' }, '--branch and --tag do not go together'],
  [{ github: 'octo/app', gitlab: 'g/p', branch: 'a' }, '--github and --gitlab do not go together'],
  [{ github: 'octo/app', branch: 'a', 'owner-id': '1' }, '--owner-id and --repository-id go together'],
  [{ github: 'octo/app', branch: "it's-*" }, 'a subject with wildcards must not hold quotes'],
  [{ gitlab: 'g/p', branch: '*' }, '--project-id is missing'],
  [{ 'service-account': 'ns/app' }, '--issuer is missing'],
  [{ 'service-account': 'ns/*', issuer: 'https://k' }, 'a subject with wildcards is for GitHub, GitLab'],
  [{ 'azure-pipelines': 'o/p/c' }, '--organization-id is missing'],
  [{ subject: 's' }, '--issuer is missing'],
])('%j: %s', (flags, message) => {
  expect(() => planWorkload(flags)).toThrow(
    expect.objectContaining({ code: 'usage', message: expect.stringContaining(message) }),
  )
})

describe('the report', () => {
  const nasty = `it's "quoted" $HOME \${a} %{b} \\ \`id\``
  const plan: Plan = {
    name: 'name',
    issuer: 'https://i',
    audience: 'a',
    match: { subject: nasty },
    notes: [],
  }
  const clientId = '11111111-1111-1111-1111-111111111111'

  test('survives a shell, whatever the subject holds', async () => {
    const command = planFormats.az(plan, clientId)
    const { stdout } = await run('bash', ['-c', `az() { printf '%s\\n' "$@"; }\n${command}`])
    const words = stdout.trimEnd().split('\n')
    expect(words.slice(0, -1)).toEqual([
      'ad',
      'app',
      'federated-credential',
      'create',
      '--id',
      clientId,
      '--parameters',
    ])
    expect(JSON.parse(words.at(-1) as string)).toEqual({
      name: 'name',
      issuer: 'https://i',
      subject: nasty,
      audiences: ['a'],
    })
  })

  test('escapes what Terraform would interpolate', () => {
    const line = planFormats
      .terraform(plan, clientId)
      .split('\n')
      .find((text) => text.includes('subject'))
    expect(line).toBe('  subject        = "it\'s \\"quoted\\" $HOME $${a} %%{b} \\\\ `id`"')
  })

  test.each([
    [{ subject: 'repo:octo/app:environment:prod' }, 'repo-octo-app-environment-prod'],
    [{ subject: '::' }, '000'],
    [{ subject: 'x'.repeat(200) }, 'x'.repeat(120)],
  ])('names the credential of %j as Entra allows', (match, name) => {
    expect(credentialName(match)).toBe(name)
  })
})
