/** The way to an authority: proxy, DNS, TCP, CONNECT and TLS, each with its own finding and time. */
import type { Socket } from 'node:net'
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { corporate, findProxy, proxyVariables } from '../platform/http.ts'
import type { Environment } from '../profiles/environment.ts'
import { findAddresses } from './find-addresses.ts'
import { type Add, type Finding, failure } from './finding.ts'
import {
  lookAtTls,
  openSocket,
  openTunnel,
  type Place,
  placeOf,
  secureProxy,
  type TlsReport,
  Way,
} from './legs.ts'

/** Adds a finding for each leg, until one fails. True when none did. */
export async function walkTo(authorityHost: string, context: Context, add: Add): Promise<boolean> {
  const place = placeOf(new URL(authorityHost))
  let proxy: URL | undefined
  try {
    proxy = await findProxy(authorityHost, context.env)
  } catch (error) {
    add(failure('proxy', error))
    return false
  }
  add(proxyFinding(proxy, context.env))
  const way = new Way(place.host, proxy?.host)
  let check = ''
  /** One leg: what it is called in errors, its work, and what is said of its result. */
  const step = async <T>(name: string, what: string, work: () => Promise<T>, say: (result: T) => Said) => {
    check = name
    const { result, milliseconds } = await way.leg(what, work)
    const { message, ...details } = say(result)
    add({
      check,
      status: 'ok',
      message: `${message} (${details.milliseconds ?? milliseconds} ms)`,
      details: { milliseconds, ...details },
    })
    return result
  }
  try {
    const socket = await connect(proxy ? placeOf(proxy) : place)
    const tunnel = proxy ? await throughProxy(proxy, socket) : socket
    await step(
      'tls',
      `TLS with ${place.host}`,
      () => lookAtTls(tunnel, place, way),
      (report) => tlsSaid(place, report),
    )
    return true
  } catch (error) {
    add(failure(check, error))
    return false
  } finally {
    way.close()
  }

  async function connect(first: Place): Promise<Socket> {
    const { addresses } = await step(
      'dns',
      `DNS for ${first.hostname}`,
      // Its process ends a little later than our patience.
      () => findAddresses(first.hostname, way.left + 500, context),
      ({ addresses: [one, ...others], milliseconds }) => ({
        message: `DNS: ${first.hostname} is ${one?.address}${others.length > 0 ? ` and ${others.length} more` : ''}`,
        addresses: [one, ...others].map((found) => found?.address),
        milliseconds,
      }),
    )
    return step(
      'tcp',
      `connecting to ${first.host}`,
      () => openSocket(first, addresses, way),
      () => ({
        message: `TCP: port ${first.port}${first === place ? '' : ' of the proxy'} takes connections`,
      }),
    )
  }

  async function throughProxy(url: URL, socket: Socket): Promise<Socket> {
    const open = async () =>
      openTunnel(
        url.protocol === 'https:' ? await secureProxy(socket, placeOf(url), way) : socket,
        url,
        place,
      )
    const tunnel = await step('proxy-connect', `the proxy ${url.host}`, open, () => ({
      message: `CONNECT: the proxy connects to ${place.host}`,
    }))
    return way.keep(tunnel)
  }
}

interface Said {
  readonly message: string
  readonly milliseconds?: number
  readonly [detail: string]: unknown
}

/** @throws AppError `unavailable` for a certificate that is not trusted. */
function tlsSaid({ host }: Place, { protocol, issuer, error }: TlsReport): Said {
  if (error !== undefined) throw untrusted(host, issuer, error)
  return { message: `TLS: ${protocol}, certificate trusted, issued by ${issuer}`, protocol, issuer }
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
