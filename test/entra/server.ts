/** The project's own Entra for tests and the demo: HTTPS on loopback, with a CA of its own. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Authority, type TokenSettings } from './authority.ts'
import { createTlsIdentity } from './certificates.ts'
import type { DeviceCodes } from './device-codes.ts'
import { Exchange, type RecordedRequest } from './exchange.ts'
import { type Fault, FaultQueue, type HeldRequest } from './faults.ts'
import type { ManagedIdentity } from './managed-identity.ts'
import { type EndpointKind, type FaultyKind, findRoute, serve } from './routes.ts'
import { signingKey } from './signing-key.ts'
import type { Tenant, TenantOptions } from './tenant.ts'

export type { App, AppOptions } from './app.ts'
export type { TokenSettings } from './authority.ts'
export type { DeviceAuthorization, DeviceCodes } from './device-codes.ts'
export type { Form, RecordedRequest } from './exchange.ts'
export type { Fault, HeldRequest } from './faults.ts'
export type { FederatedCredential, FederatedCredentialOptions } from './federated-credential.ts'
export type { ManagedIdentity } from './managed-identity.ts'
export type { Policy, PolicyOptions } from './policies.ts'
export type { EndpointKind, FaultyKind } from './routes.ts'
export type { Tenant, TenantOptions } from './tenant.ts'
export type { SignIn, User, UserOptions } from './user.ts'

export interface StartOptions {
  /** Any free one if not given. */
  readonly port?: number
  /** Where `ca.pem` is written. A fresh one of the user alone if not given, removed on `close()`. */
  readonly directory?: string
}

export interface EntraServer {
  /** `https://localhost:PORT` */
  readonly authorityHost: string
  /** PEM of the CA, for `NODE_EXTRA_CA_CERTS`. */
  readonly caFile: string
  addTenant(options?: TenantOptions): Tenant
  /** Every request since the start or `resetCounts()`, in the order of arrival. */
  readonly requests: readonly RecordedRequest[]
  /** Requests of a kind, or all. */
  count(kind?: EndpointKind): number
  /** Token requests with this `grant_type`, in the order of arrival. */
  requestsOf(grantType: string): readonly RecordedRequest[]
  resetCounts(): void
  /** Lets the next token requests fail, or those of `devicecode`, after the faults that are already waiting. */
  fault(fault: Fault, times?: number, kind?: FaultyKind): void
  /** Drops waiting faults, and lets held requests go. */
  clearFaults(): void
  /** Lets the requests go that `hold` faults keep. */
  release(): void
  /** Keeps the next token request until it is released; a fault, if any, comes after. */
  holdNextTokenRequest(): HeldRequest
  /** Reaches token issuers whose TLS certificates come of this CA (a PEM file), for federated credentials. */
  trustIssuers(caFile: string): void
  /** A token as the machine of a managed identity gets it. */
  managedIdentityToken(tenant: Tenant, identity: ManagedIdentity, audience: string): Promise<string>
  readonly tokens: TokenSettings
  /** To approve and decline device codes without a browser, and to see when devices polled. */
  readonly deviceCodes: DeviceCodes
  /** Its clock: seconds that the `Date` of its answers is ahead. */
  readonly clock: { skew: number }
  close(): Promise<void>
}

export async function startEntra(options: StartOptions = {}): Promise<EntraServer> {
  const [identity, key] = await Promise.all([createTlsIdentity(), signingKey()])
  const server = createServer({ key: identity.privateKeyPem, cert: identity.certificatePem })
  const port = await listen(server, options.port ?? 0)
  const authority = new Authority(`https://localhost:${port}`, key)
  const faults = { token: new FaultQueue(), devicecode: new FaultQueue() }
  const log: { readonly record: RecordedRequest; readonly kind: EndpointKind | undefined }[] = []

  const clock = { skew: 0 }
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (clock.skew !== 0) response.setHeader('Date', new Date(Date.now() + clock.skew * 1000).toUTCString())
    const exchange = new Exchange(request, response)
    const route = findRoute(exchange.url.pathname)
    log.push({ record: exchange.record, kind: route?.kind })
    serve(exchange, route, authority, faults).catch((error: unknown) => exchange.fail(error))
  })

  const directory = await caDirectory(options.directory)
  const caFile = join(directory, 'ca.pem')
  await writeFile(caFile, identity.caPem, { mode: 0o600 })

  return {
    authorityHost: authority.host,
    caFile,
    tokens: authority.tokens,
    deviceCodes: authority.deviceCodes,
    trustIssuers: (file) => authority.issuerKeys.trust(file),
    managedIdentityToken: (tenant, identity, audience) =>
      authority.managedIdentityToken(tenant, identity, audience),
    clock,
    addTenant: (tenant) => authority.addTenant(tenant),
    get requests() {
      return log.map(({ record }) => record)
    },
    count: (kind) => (kind ? log.filter((entry) => entry.kind === kind).length : log.length),
    requestsOf: (grantType) =>
      log.filter(({ record }) => record.form?.grant_type === grantType).map(({ record }) => record),
    resetCounts: () => {
      log.length = 0
    },
    fault: (fault, times, kind = 'token') => faults[kind].add(fault, times),
    clearFaults: () => {
      for (const queue of Object.values(faults)) queue.clear()
    },
    release: () => {
      for (const queue of Object.values(faults)) queue.release()
    },
    holdNextTokenRequest: () => faults.token.holdNext(),
    close: async () => {
      authority.issuerKeys.close()
      await closeServer(server)
      if (!options.directory) await rm(directory, { recursive: true, force: true })
    },
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** Cuts the open connections too: clients keep them alive, and faults hold them. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

async function caDirectory(directory: string | undefined): Promise<string> {
  if (!directory) return mkdtemp(join(tmpdir(), 'entra-test-'))
  await mkdir(directory, { recursive: true, mode: 0o700 })
  return directory
}
