/** A plan as commands and files that make it so. */
import { fields } from '../output/table.ts'
import type { Plan } from './plan.ts'

/** The body that Microsoft Graph takes. */
const planParameters = ({ name, issuer, audience, match }: Plan) => ({
  name,
  issuer,
  ...('subject' in match
    ? { subject: match.subject }
    : { claimsMatchingExpression: { value: match.expression, languageVersion: 1 } }),
  audiences: [audience],
})

/** A word for a POSIX shell. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

/** @param clientId of the application that is to trust the workload. */
function azCommand(plan: Plan, clientId: string): string {
  const body = quoted(JSON.stringify(planParameters(plan)))
  if ('subject' in plan.match)
    return `az ad app federated-credential create --id ${clientId} --parameters ${body}`
  // Expressions are known to the beta version of Microsoft Graph only.
  const url = `https://graph.microsoft.com/beta/applications(appId='${clientId}')/federatedIdentityCredentials`
  return `az rest --method post --url ${quoted(url)} --body ${body}`
}

/** A string of HCL, in which `${` and `%{` would begin a template. */
const hcl = (text: string) => `"${text.replace(/[\\"]/g, '\\$&').replace(/[$%](?=\{)/g, '$&$&')}"`

function terraform({ name, issuer, audience, match }: Plan, clientId: string): string {
  const isExact = 'subject' in match
  const resource = `azuread_application_${isExact ? '' : 'flexible_'}federated_identity_credential`
  const attributes: [string, string][] = [
    ['application_id', 'data.azuread_application.app.id'],
    ['display_name', hcl(name)],
    ['issuer', hcl(issuer)],
    ...(isExact
      ? ([
          ['subject', hcl(match.subject)],
          ['audiences', `[${hcl(audience)}]`],
        ] as [string, string][])
      : ([
          ['claims_matching_expression', hcl(match.expression)],
          ['audience', hcl(audience)],
        ] as [string, string][])),
  ]
  const width = Math.max(...attributes.map(([attribute]) => attribute.length))
  const body = attributes.map(([attribute, value]) => `  ${attribute.padEnd(width)} = ${value}`).join('\n')
  return `data "azuread_application" "app" {\n  client_id = ${hcl(clientId)}\n}\n\nresource "${resource}" "app" {\n${body}\n}`
}

function planText(plan: Plan, clientId: string): string {
  const { issuer, audience, match } = plan
  const summary = fields([
    ['issuer', issuer],
    'subject' in match ? ['subject', match.subject] : ['expression', match.expression],
    ['audience', audience],
  ])
  return `${summary}\n\nAzure CLI:\n\n${azCommand(plan, clientId)}\n\nTerraform:\n\n${terraform(plan, clientId)}`
}

/** The values of `federation plan --output`. */
export const planFormats = {
  text: planText,
  json: (plan) => JSON.stringify(planParameters(plan)),
  az: azCommand,
  terraform,
} as const satisfies Record<string, (plan: Plan, clientId: string) => string>

export type PlanFormat = keyof typeof planFormats
export const planFormatNames = Object.keys(planFormats) as PlanFormat[]
