/**
 * The server as a program, for the demo. Prints one JSON line that says where it is and whom it knows, then
 * takes commands as JSON lines on stdin, and lives until stdin closes or SIGTERM.
 */
import { X509Certificate } from 'node:crypto'
import { createInterface } from 'node:readline'
import type { App } from './app.ts'
import { type EndpointKind, type EntraServer, startEntra } from './server.ts'

interface Command {
  /** PEM of a certificate to register with the demo's app. */
  readonly addCertificate?: string
  /** Asks how many requests of a kind came. */
  readonly count?: EndpointKind
}

async function main(): Promise<void> {
  const entra = await startEntra()
  process.once('SIGTERM', () => void stop(entra))
  const tenant = entra.addTenant({ domains: ['contoso.onmicrosoft.com'] })
  const app = tenant.addApp({ name: 'demo' })
  const person = tenant.addUser({ name: 'Ada', username: 'ada@contoso.onmicrosoft.com' })
  const native = tenant.addApp({
    name: 'demo for people',
    redirectUris: { public: ['http://localhost'] },
    allowPublicClientFlows: true,
    permissions: ['User.Read'],
  })
  const { authorityHost, caFile } = entra
  const { username, password } = person
  print({
    authorityHost,
    caFile,
    tenantId: tenant.id,
    clientId: app.clientId,
    clientSecret: app.addSecret(),
    publicClientId: native.clientId,
    username,
    password,
  })
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim()) print(answer(line, entra, app))
  }
  await stop(entra)
}

function answer(line: string, entra: EntraServer, app: App): object {
  try {
    const { addCertificate, count } = JSON.parse(line) as Command
    if (addCertificate !== undefined) {
      app.addCertificate(addCertificate)
      return { addCertificate: new X509Certificate(addCertificate).fingerprint256 }
    }
    if (count !== undefined) return { count: entra.count(count) }
    return { error: 'unknown command' }
  } catch (error) {
    return { error: String(error) }
  }
}

async function stop(entra: EntraServer): Promise<never> {
  await entra.close()
  process.exit(0)
}

const print = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`)

main().catch((error: unknown) => {
  process.stderr.write(`${error}\n`)
  process.exit(1)
})
