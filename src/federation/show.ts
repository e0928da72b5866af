/** What `federation show` does once its flags are read. */
import type { Context } from '../context.ts'
import { duration, relativeTime, utc } from '../output/relative-time.ts'
import { safeJson } from '../output/safe-text.ts'
import { fields } from '../output/table.ts'
import { type AssertionFlags, fetchMachineAssertion } from './machine-assertion.ts'
import type { PresentableAssertion } from './present.ts'

export interface ShowFlags extends AssertionFlags {
  readonly output?: 'text' | 'json' | undefined
  readonly json?: boolean | undefined
}

/** Prints what the assertion says, never the assertion. Exit status 65 when Entra would refuse it. */
export async function showFederation(flags: ShowFlags, context: Context): Promise<void> {
  // What `auto` chose is in the answer.
  const presentable = await fetchMachineAssertion(flags, { ...context, notice: () => {} })
  const now = context.now()
  const json = flags.json || flags.output === 'json'
  context.out(json ? `${safeJson(record(presentable, now))}\n` : `${text(presentable, now)}\n`)
  const { fault } = presentable
  if (!fault) return
  if (!json) context.warn(`${fault.message}; ${fault.hint}`)
  context.exitWith('data')
}

const iso = (seconds: number) => `${utc(seconds).replace(' UTC', 'Z').replace(' ', 'T')}`

function record({ source, assertion, fault }: PresentableAssertion, now: number) {
  const { issuer, subject, audience, audiences, algorithm, issuedOn, expiresOn } = assertion
  return {
    source,
    issuer,
    subject,
    audience,
    ...(audiences.length > 1 && { audiences }),
    algorithm,
    ...(issuedOn !== undefined && { issued_at: iso(issuedOn), lifetime: expiresOn - issuedOn }),
    expires_at: iso(expiresOn),
    expires_in: Math.floor(expiresOn - now),
    usable: fault === undefined,
    ...(fault && { problem: fault.message, hint: fault.hint }),
  }
}

function text({ source, assertion }: PresentableAssertion, now: number): string {
  const { issuer, subject, audience, algorithm, issuedOn, expiresOn } = assertion
  return fields([
    ['source', source],
    ['issuer', issuer],
    ['subject', subject],
    ['audience', audience],
    ['signed with', algorithm],
    ['expires', `${relativeTime(Math.round(expiresOn - now))} (${utc(expiresOn)})`],
    ...(issuedOn === undefined ? [] : [['lifetime', duration(expiresOn - issuedOn)] as [string, string]]),
  ])
}
