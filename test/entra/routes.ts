/** Entra's paths, and who serves them. */
import type { Authority } from './authority.ts'
import { authorizeAnswer } from './authorize-endpoint.ts'
import { deliver } from './deliver.ts'
import { deviceAuthorization } from './device-endpoint.ts'
import { devicePage } from './device-page.ts'
import type { Exchange } from './exchange.ts'
import type { FaultQueue } from './faults.ts'
import { loginAnswer } from './login-endpoint.ts'
import { instance, keys, openidConfiguration } from './metadata.ts'
import { tokenAnswer } from './token-endpoint.ts'

export type EndpointKind =
  | 'token'
  | 'devicecode'
  | 'deviceauth'
  | 'authorize'
  | 'login'
  | 'openid-configuration'
  | 'keys'
  | 'instance'

/** The endpoints that can be told to fail. */
export type FaultyKind = 'token' | 'devicecode'

export interface Route {
  readonly kind: EndpointKind
  /** As the URL has it. */
  readonly tenantName: string
}

const paths: readonly (readonly [EndpointKind, RegExp])[] = [
  ['token', /^\/([^/]+)\/oauth2\/v2\.0\/token$/i],
  ['devicecode', /^\/([^/]+)\/oauth2\/v2\.0\/devicecode$/i],
  ['deviceauth', /^\/(common)\/oauth2\/deviceauth$/i],
  ['authorize', /^\/([^/]+)\/oauth2\/v2\.0\/authorize$/i],
  ['login', /^\/([^/]+)\/login$/i],
  ['openid-configuration', /^\/([^/]+)\/v2\.0\/\.well-known\/openid-configuration$/i],
  ['keys', /^\/([^/]+)\/discovery\/v2\.0\/keys$/i],
  ['instance', /^\/(common)\/discovery\/instance$/i],
]

export function findRoute(pathname: string): Route | undefined {
  for (const [kind, path] of paths) {
    const tenantName = path.exec(pathname)?.[1]
    if (tenantName) return { kind, tenantName }
  }
  return undefined
}

export async function serve(
  exchange: Exchange,
  route: Route | undefined,
  authority: Authority,
  faults: Readonly<Record<FaultyKind, FaultQueue>>,
): Promise<void> {
  if (!route) return exchange.send({ status: 404, headers: {}, body: '' })
  const { kind, tenantName } = route
  exchange.record.tenant = authority.idOf(tenantName)
  if (kind === 'token') {
    return deliver(exchange, faults.token, await tokenAnswer(exchange, authority, tenantName))
  }
  if (kind === 'devicecode') {
    const make = await tokenAnswer(exchange, authority, tenantName, deviceAuthorization)
    return deliver(exchange, faults.devicecode, make)
  }
  if (kind === 'deviceauth') return exchange.send(await devicePage(exchange, authority))
  if (kind === 'login') return exchange.send(await loginAnswer(exchange, authority))
  if (exchange.record.method !== 'GET') {
    return exchange.send({ status: 405, headers: { Allow: 'GET' }, body: '' })
  }
  if (kind === 'authorize') return exchange.send(authorizeAnswer(exchange, authority, tenantName))
  exchange.send(metadata[kind](authority, tenantName, exchange.url.searchParams))
}

const metadata = {
  'openid-configuration': openidConfiguration,
  keys,
  instance: (authority: Authority, _tenantName: string, query: URLSearchParams) => instance(authority, query),
}
