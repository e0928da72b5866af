import * as Flags from '@oclif/core/flags'
import { BaseCommand, outputFlags } from '../../command.ts'
import { planFormatNames } from '../../federation/plan-report.ts'
import { assertionFlags } from '../../flags/assertion.ts'
import { identityFlags } from '../../flags/identity.ts'
import { oclifFlags } from '../../flags/oclif.ts'
import { plainFlags } from '../../flags/table.ts'

const helpGroup = 'workload'
const text = (helpValue: string, summary: string) => Flags.string({ helpGroup, helpValue, summary })

export default class FederationPlan extends BaseCommand {
  static override summary = 'Print the command and Terraform that let a workload in without a secret.'
  static override description =
    'Nothing is changed. The workload is named by flags, or by an assertion that it presents.'
  static override examples = [
    '<%= config.bin %> federation plan --github octo-org/octo-repo --environment production --client-id GUID',
    '<%= config.bin %> federation plan --service-account default/app --issuer https://ISSUER -p app -o terraform',
  ]
  static override flags = {
    github: text('OWNER/REPO', 'a GitHub Actions job of this repository'),
    environment: text('NAME', '… for this environment'),
    branch: text('NAME', '… for this branch; * and ? make a flexible credential'),
    tag: text('NAME', '… for this tag'),
    'pull-request': Flags.boolean({ helpGroup, summary: '… for pull requests' }),
    'owner-id': text('ID', "the owner's ID, where subjects are immutable"),
    'repository-id': text('ID', "the repository's ID, where subjects are immutable"),
    gitlab: text('GROUP/PROJECT', 'a GitLab job of this project, with --branch or --tag'),
    'project-id': text('ID', "the project's ID, with wildcards"),
    'azure-pipelines': text('ORG/PROJECT/CONNECTION', 'a service connection of Azure Pipelines'),
    'organization-id': text('GUID', "the organization's ID"),
    'service-account': text('NAMESPACE/NAME', 'a Kubernetes service account, with --issuer'),
    issuer: text('URL', "the workload's issuer"),
    subject: text('TEXT', "the workload's subject, with --issuer"),
    ...assertionFlags,
    name: Flags.string({ char: 'n', helpValue: 'NAME', summary: 'what the credential is called' }),
    audience: Flags.string({ helpValue: 'TEXT', summary: "the audience; the cloud's unless given" }),
    'client-id': identityFlags['client-id'],
    cloud: identityFlags.cloud,
    ...oclifFlags({ profile: plainFlags.profile }),
    ...outputFlags(planFormatNames),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(FederationPlan)
    await this.within(flags, async (context) => {
      const { planFederation } = await import('../../federation/plan-credential.ts')
      await planFederation(flags, context)
    })
  }
}
