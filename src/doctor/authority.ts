/** The way to each authority, leg by leg, and whether it answers as Entra does and at our time. */
import { findAadsts } from '../cloud/aadsts.ts'
import { endpoints } from '../cloud/authority.ts'
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { corporate, createHttp, findProxy, type HttpResponse, proxyVariables } from '../platform/http.ts'
import type { Environment } from '../profiles/environment.ts'
import { clockFinding } from './clock.ts'
import { findAddresses } from './find-addresses.ts'
import { type Add, type Check, type DoctorWorld, type Finding, failure } from './finding.ts'
import { lookAtTls, openSocket, openTunnel, placeOf, secureProxy, Way } from './legs.ts'
import { findTargets, type Target } from './targets.ts'

export const authorityCheck: Check = {
  group: 'network',
  deadline: 14,
  run: async (world, add) => {
    const skipped = reasonToSkip(world)
    if (skipped !== undefined) return add({ check: 'network', status: 'skipped', message: skipped })
    const targets = findTargets(world)
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
  let check = 'proxy'
  try {
    await walk(
      authorityHost,
      world.context,
      (finding) => {
        check = finding.check
        about(finding)
      },
      (next) => {
        check = next
      },
    )
    check = 'http'
    await askAuthority(authorityHost, tenants, world, about)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    about(failure(check, error))
  }
}

/** Each leg by itself. Throws at the first that fails. */
async function walk(
  authorityHost: string,
  context: Context,
  add: Add,
  begin: (check: string) => void,
): Promise<void> {
  const { env } = context
  const place = placeOf(new URL(authorityHost))
  const proxy = await findProxy(authorityHost, env)
  add(proxyFinding(proxy, env))
  const first = proxy ? placeOf(proxy) : place
  const way = new Way(place.host, proxy?.host)
  const done = (check: string, message: string, milliseconds: number, details: Finding['details'] = {}) =>
    add({
      check,
      status: 'ok',
      message: `${message} (${milliseconds} ms)`,
      details: { milliseconds, ...details },
    })
  try {
    begin('dns')
    const dns = await way.leg(`DNS for ${first.hostname}`, () =>
      // Its process ends a little later than our patience.
      findAddresses(first.hostname, way.left + 500, context),
    )
    const { addresses, milliseconds: lookupTime } = dns.result
    const more = addresses.length > 1 ? ` and ${addresses.length - 1} more` : ''
    done('dns', `DNS: ${first.hostname} is ${addresses[0]?.address}${more}`, lookupTime, {
      addresses: addresses.map(({ address }) => address),
    })
    begin('tcp')
    const tcp = await way.leg(`connecting to ${first.host}`, () => openSocket(first, addresses, way))
    done('tcp', `TCP: port ${first.port}${proxy ? ' of the proxy' : ''} takes connections`, tcp.milliseconds)
    let socket = tcp.result
    if (proxy) {
      begin('proxy-connect')
      const tunnel = await way.leg(`the proxy ${proxy.host}`, async () =>
        openTunnel(
          proxy.protocol === 'https:' ? await secureProxy(socket, first, way) : socket,
          proxy,
          place,
        ),
      )
      done('proxy-connect', `CONNECT: the proxy connects to ${place.host}`, tunnel.milliseconds)
      socket = way.keep(tunnel.result)
    }
    begin('tls')
    const tls = await way.leg(`TLS with ${place.host}`, () => lookAtTls(socket, place, way))
    const { protocol, issuer, error } = tls.result
    if (error !== undefined) throw untrusted(place.host, issuer, error)
    done('tls', `TLS: ${protocol}, certificate trusted, issued by ${issuer}`, tls.milliseconds, {
      protocol,
      issuer,
    })
  } finally {
    way.close()
  }
}

/** The variable that decides: what it holds may have a password in it, and only host and port are shown. */
function proxyFinding(proxy: URL | undefined, env: Environment): Finding {
  const variable = proxyVariables.find((name) => env[name])
  const around = ['no_proxy', 'NO_PROXY'].find((name) => env[name])
  if (proxy)
    return {
      check: 'proxy',
      status: 'ok',
      message: `through the proxy ${proxy.host} (${variable})`,
      details: { proxy: proxy.host, variable },
    }
  const why = variable && around ? `${around} excepts this host from ${variable}` : 'no variable names one'
  return { check: 'proxy', status: 'ok', message: `without a proxy: ${why}`, details: { proxy: null } }
}

function untrusted(host: string, issuer: string, code: string): AppError {
  const hints: readonly (readonly [RegExp, string])[] = [
    [
      /EXPIRED|NOT_YET_VALID/,
      "check this machine's clock; if it is right, the server's certificate must be renewed",
    ],
    [/ALTNAME/, 'another server answers in its place: check the authority host, DNS and the proxy'],
  ]
  const hint = hints.find(([sign]) => sign.test(code))?.[1] ?? corporate
  return new AppError(
    'unavailable',
    `the certificate of ${host} is not trusted (${code}); it was issued by ${issuer}`,
    {
      hint,
    },
  )
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
        if (error instanceof AppError) return { finding: failure('http', error) }
        throw error
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
  const document = parseObject(body)
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

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
