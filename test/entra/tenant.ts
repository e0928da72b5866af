/** A tenant: its names, the apps registered in it and the resources it knows. */
import { randomUUID } from 'node:crypto'
import { App, type AppOptions } from './app.ts'
import { ManagedIdentity } from './managed-identity.ts'
import { Policies } from './policies.ts'
import { wellKnownResources } from './resources.ts'
import { User, type UserOptions } from './user.ts'

export interface TenantOptions {
  readonly id?: string
  readonly domains?: readonly string[]
}

export class Tenant {
  readonly id: string
  readonly domains: readonly string[]
  /** Conditional Access. */
  readonly policies = new Policies()
  readonly #users: User[] = []
  readonly #managedIdentities = new Set<string>()
  readonly #apps = new Map<string, App>()
  readonly #resources = new Set(wellKnownResources.map(comparable))

  constructor(options: TenantOptions = {}) {
    this.id = (options.id ?? randomUUID()).toLowerCase()
    this.domains = [...(options.domains ?? [])]
  }

  /** Every name that may stand for this tenant in a URL. */
  get names(): readonly string[] {
    return [this.id, ...this.domains]
  }

  addApp(options: AppOptions = {}): App {
    const app = new App(options)
    this.#apps.set(app.clientId, app)
    return app
  }

  findApp(clientId: string): App | undefined {
    return this.#apps.get(clientId.toLowerCase())
  }

  addUser(options: UserOptions): User {
    const user = new User(options, this.id)
    this.#users.push(user)
    return user
  }

  addManagedIdentity(): ManagedIdentity {
    const identity = new ManagedIdentity()
    this.#managedIdentities.add(identity.principalId)
    return identity
  }

  hasManagedIdentity(principalId: string): boolean {
    return this.#managedIdentities.has(principalId)
  }

  findUser(username: string): User | undefined {
    return this.#users.find((user) => user.is(username))
  }

  /** Voids what a user's earlier sign-ins gave: refresh tokens, codes and browser sessions. */
  revoke(user: User): void {
    user.revokedAt = Date.now()
  }

  /** Makes a resource known, by App ID URI or GUID. */
  addResource(identifier: string): void {
    this.#resources.add(comparable(identifier))
  }

  /** Whether tokens can be asked for this resource. An app is one too, by `{clientId}` and `api://{clientId}`. */
  hasResource(identifier: string): boolean {
    const name = comparable(identifier)
    return this.#resources.has(name) || this.#apps.has(name.replace(/^api:\/\//, ''))
  }
}

/** Resource identifiers match in any case, and with or without a slash at the end. */
function comparable(identifier: string): string {
  return identifier.toLowerCase().replace(/\/$/, '')
}
