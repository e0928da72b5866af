/** What `federation plan` does once its flags are read. */
import { type Cloud, clouds } from '../cloud/clouds.ts'
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { chooseProfile } from '../profiles/choose.ts'
import { checked, parseCloud } from '../profiles/resolve.ts'
import { clientIdRule } from '../profiles/rules.ts'
import { loadProfiles } from '../profiles/store.ts'
import type { Presented } from './compare.ts'
import {
  credentialName,
  describesWorkload,
  type Plan,
  planWorkload,
  type Workload,
  type WorkloadFlags,
} from './plan.ts'
import { type PlanFormat, planFormats } from './plan-report.ts'
import { type AssertionFlags, getAssertion, presentedBy } from './presented.ts'

export interface PlanFlags extends WorkloadFlags, AssertionFlags {
  readonly name?: string | undefined
  readonly profile?: string | undefined
  readonly 'client-id'?: string | undefined
  readonly cloud?: string | undefined
  readonly audience?: string | undefined
  readonly output?: PlanFormat | undefined
  readonly json: boolean
}

/** @throws AppError `usage` for flags that leave the workload open. */
export async function planFederation(flags: PlanFlags, context: Context): Promise<void> {
  if (!describesWorkload(flags) && flags.federated === undefined && flags['assertion-file'] === undefined)
    throw new AppError('usage', 'it is not said which workload is meant', {
      hint: 'name it with --github, --gitlab, --azure-pipelines, --service-account or --issuer; or --federated auto for the one that runs here',
    })
  const { clientId, cloud } = await findApplication(flags, context)
  const presented = describesWorkload(flags) ? undefined : presentedBy(await getAssertion(flags, context))
  const workload = presented ? trusting(presented) : planWorkload(flags)
  const plan: Plan = {
    ...workload,
    name: flags.name === undefined ? credentialName(workload.match) : checkedName(flags.name),
    audience: flags.audience ?? presented?.audience ?? audienceOf(cloud),
  }
  for (const note of plan.notes) context.notice(`note: ${note}`)
  context.out(`${planFormats[flags.json ? 'json' : (flags.output ?? 'text')](plan, clientId)}\n`)
}

const trusting = ({ issuer, subject }: Presented): Workload => ({ issuer, match: { subject }, notes: [] })

function checkedName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$/.test(name)) return name
  throw new AppError('usage', '--name must have 3 to 120 letters, digits, "-" and "_"', {
    hint: 'Entra takes no other, and it cannot be changed later',
  })
}

/** Whose credential it is to be; a placeholder where flags do not say. */
async function findApplication(flags: PlanFlags, context: Context) {
  const cloud = flags.cloud === undefined ? undefined : parseCloud(flags.cloud, '--cloud')
  const given = flags['client-id'] && checked(flags['client-id'], clientIdRule, '--client-id')
  if (given || flags.profile === undefined)
    return { clientId: given || 'CLIENT-ID', cloud: cloud ?? 'public' }
  const document = await loadProfiles(context.profiles)
  const profile = document.profiles.get((await chooseProfile(flags.profile, document, context)).name)
  return { clientId: profile?.clientId ?? 'CLIENT-ID', cloud: cloud ?? profile?.cloud ?? 'public' }
}

function audienceOf(cloud: keyof typeof clouds): string {
  const { exchangeAudience }: Cloud = clouds[cloud]
  if (exchangeAudience !== undefined) return exchangeAudience
  throw new AppError('usage', `the audience for the cloud ${cloud} is not known`, {
    hint: 'give it with --audience',
  })
}
