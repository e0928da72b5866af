/** The way to each authority, leg by leg, and whether it answers as Entra does and at our time. */
import { findAadsts } from '../cloud/aadsts.ts'
import { endpoints } from '../cloud/authority.ts'
import { AppError } from '../errors.ts'
import { createHttp, type HttpResponse } from '../platform/http.ts'
import { findJsonObject } from '../platform/json-object.ts'
import { clockFinding } from './clock.ts'
import { type Add, type Check, type DoctorWorld, type Finding, failure } from './finding.ts'
import { findTargets, type Target } from './targets.ts'
import { walkTo } from './walk.ts'

export const authorityCheck: Check = {
  group: 'network',
  deadline: 14,
  run: async (world, add) => {
    const skipped = reasonToSkip(world)
    if (skipped !== undefined) return add({ check: 'network', status: 'skipped', message: skipped })
    const targets = findTargets(world)
    if (targets.length === 0)
      return add({
        check: 'network',
        status: 'skipped',
        message: 'the network is not looked at: a managed identity asks the machine that it runs on',
      })
    const found = targets.map(() => [] as Finding[])
    try {
      await Promise.all(
        targets.map((target, index) => checkTarget(target, world, (finding) => found[index]?.push(finding))),
      )
    } finally {
      // Host by host, though all are asked at once.
      for (const finding of found.flat()) add(finding)
    }
  },
}

function reasonToSkip({ offline, context }: DoctorWorld): string | undefined {
  if (offline) return 'the network is not looked at (--offline)'
  if (context.env.NODE_TLS_REJECT_UNAUTHORIZED === '0')
    return 'the network is not looked at while NODE_TLS_REJECT_UNAUTHORIZED=0'
  return undefined
}

async function checkTarget({ authorityHost, tenants }: Target, world: DoctorWorld, add: Add): Promise<void> {
  const { host } = new URL(authorityHost)
  const about: Add = (finding) => add({ ...finding, subject: host, details: { host, ...finding.details } })
  if (await walkTo(authorityHost, world.context, about))
    await askAuthority(authorityHost, tenants, world, about)
}

/** One request for each tenant, checked as any request of ours is. */
async function askAuthority(
  authorityHost: string,
  tenants: readonly string[],
  { context }: DoctorWorld,
  add: Add,
): Promise<void> {
  const send = createHttp({ env: context.env, deadline: 4000, debug: context.debug })
  const asked = tenants.length > 0 ? tenants : [undefined]
  const answers = await Promise.all(
    asked.map(async (tenant) => {
      const url = `${endpoints(authorityHost, tenant ?? 'common').issuer}/.well-known/openid-configuration`
      const [began, started] = [context.now(), performance.now()]
      try {
        const response = await send({ url, method: 'GET' })
        const seconds = (performance.now() - started) / 1000
        return { finding: answerFinding(tenant, response, seconds), response, middle: began + seconds / 2 }
      } catch (error) {
        return { finding: failure('http', error) }
      }
    }),
  )
  for (const { finding } of answers) add(finding)
  const [timed] = answers.filter(({ response }) => response?.headers.date)
  if (timed?.response) add(clockFinding(timed.response.headers.date ?? '', timed.middle))
}

function answerFinding(tenant: string | undefined, { status, body }: HttpResponse, seconds: number): Finding {
  const milliseconds = Math.round(seconds * 1000)
  const details = { status, milliseconds, ...(tenant !== undefined && { tenant }) }
  const document = findJsonObject(body)
  const codes = Array.isArray(document?.error_codes) ? document.error_codes.map(Number) : []
  if (status === 200 && typeof document?.issuer === 'string')
    return {
      check: 'http',
      status: 'ok',
      message: `HTTP: ${tenant === undefined ? 'the authority answers' : `the tenant ${tenant} is known`} (${milliseconds} ms)`,
      details,
    }
  const [code] = codes
  const entry = code === undefined ? undefined : findAadsts(code)
  if (code !== undefined)
    return failure(
      'http',
      new AppError(
        'config',
        `the authority does not take the tenant ${tenant ?? 'common'} (AADSTS${code})${entry ? `: ${entry.meaning}` : ''}`,
        { hint: entry?.fix ?? `look it up: entra-auth-cli explain ${code}` },
      ),
      { ...details, aadsts: code },
    )
  return failure(
    'http',
    status >= 500
      ? new AppError('unavailable', `the authority answers with HTTP ${status}`, {
          hint: 'try again in some minutes',
        })
      : new AppError('protocol', `the authority does not answer as Entra does (HTTP ${status})`, {
          hint: 'check the authority host, and that no proxy or sign-in page of the network answers in its place',
        }),
    details,
  )
}
