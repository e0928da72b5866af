/** A world in which people sign in: users, applications for them, and a browser in which a test acts for the person. */
import { chmodSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { trustingFetch } from '../entra/fetch.ts'
import type { App, User } from '../entra/server.ts'
import { type Choices, type Outcome, Visitor } from '../entra/visitor.ts'
import { createWorld, type World } from './world.ts'

export interface People extends World {
  readonly user: User
  /** A public client: http://localhost, and the device code flow. */
  readonly native: App
  /** A confidential client for http://localhost. */
  readonly web: App
  readonly webSecret: string
  /** What the person does with the address that `firefox` was started with; signs `user` in unless set. */
  inBrowser: (url: string) => Promise<unknown>
  /** Goes through Entra's pages, with a browser that has no session, and returns the answer for the application. */
  visit(url: string, who?: User, choices?: Choices): Promise<Outcome>
  /** Brings it to the redirect URI, and returns what is shown there. */
  deliver(outcome: Outcome): Promise<Response>
  /** Enters a device's code on another machine. */
  enterCode(uri: string, code: string, choices?: Choices): Promise<void>
  /** Creates a profile of the public client. */
  createUserProfile(name: string, more?: readonly string[]): Promise<void>
}

/** `firefox` on the PATH of that home: it opens no window, but tells the test what it was started with. */
async function installBrowser(directory: string, onOpen: (url: string) => void) {
  const server = createServer(async (request, response) => {
    const url = await text(request)
    response.end()
    onOpen(url)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const file = join(directory, 'bin/firefox')
  const program = `fetch('http://127.0.0.1:${port}', { method: 'POST', body: process.argv.at(-1) })`
  writeFileSync(file, `#!/usr/bin/env node\n${program}\n`)
  chmodSync(file, 0o755)
  return {
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

export const createPeople = async (): Promise<People> => addPeople(await createWorld())

/** Adds them to a world, whose end is theirs. */
export async function addPeople(world: World): Promise<People> {
  const { tenant, entra, home } = world
  const permissions = ['User.Read', 'Mail.Read']
  const redirectUris = ['http://localhost', 'http://localhost/callback', 'http://127.0.0.1/callback']
  const native = tenant.addApp({
    name: 'native',
    redirectUris: { public: redirectUris },
    allowPublicClientFlows: true,
    permissions,
  })
  const web = tenant.addApp({
    name: 'web',
    redirectUris: { web: redirectUris },
    permissions,
  })
  // What the API of the world may do for its users.
  world.app.consents.grantForAll(['https://graph.microsoft.com/User.Read'])
  const fetch = trustingFetch(entra.caFile)
  const user = tenant.addUser({ name: 'Ada', username: 'ada@contoso.onmicrosoft.com' })
  const visit: People['visit'] = (url, who = user, choices = {}) =>
    new Visitor(fetch).signIn(url, who, choices)
  const deliver: People['deliver'] = (outcome) => new Visitor(fetch).deliver(outcome)
  const browser = await installBrowser(home.directory, (url) => {
    people.inBrowser(url).catch(() => {})
  })
  const people: People = {
    ...world,
    user,
    native,
    web,
    webSecret: web.addSecret(),
    inBrowser: async (url) => deliver(await visit(url)),
    visit,
    deliver,
    enterCode: async (uri, code, choices = {}) => {
      await new Visitor(fetch).enterCode(uri, code, user, choices)
    },
    createUserProfile: async (name, more = ['--flow', 'interactive-browser']) => {
      const identity = ['--tenant-id', tenant.id, '--client-id', native.clientId]
      const result = await world.cli(['create-profile', '--name', name, ...identity, ...more])
      if (result.status !== 0) throw new Error(result.stderr)
    },
    close: async () => {
      browser.close()
      fetch.close()
      await world.close()
    },
  }
  return people
}
