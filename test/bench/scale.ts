/** What much costs: commands with 1,000 profiles and 10,000 cached tokens, against the same with one of each. */
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { resolvePaths } from '../../src/platform/paths.ts'
import { entryName, type TokenCache, writeEntry } from '../../src/tokens/cache.ts'
import { findCacheKey } from '../../src/tokens/find-cache-key.ts'
import type { EntraServer } from '../entra/server.ts'
import { binary, cli, createHome, type Env, type Home, run } from '../parts/cli.ts'

const rounds = Number(process.env.BENCH_ROUNDS ?? 15)
const manyProfiles = 1000
const manyTokens = 10_000

interface Command {
  readonly what: string
  readonly budget: string
  /** @param profile another one each time, where there are many. */
  readonly args: (profile: string) => readonly string[]
}

const commands: readonly Command[] = [
  { what: '`get-token`, cached', budget: '≤ 1.1', args: () => ['get-token', '-p', 'bench'] },
  { what: '`list-profiles`', budget: '', args: () => ['list-profiles'] },
  { what: '`show-profile`', budget: '', args: () => ['show-profile', 'bench'] },
  { what: '`use-profile`', budget: '', args: () => ['use-profile', 'bench'] },
  {
    what: '`edit-profile --scope`',
    budget: '',
    args: (profile) => ['edit-profile', profile, '--scope', 'api://other/.default'],
  },
  {
    what: '`rename-profile`',
    budget: '',
    args: (profile) => ['rename-profile', profile, `${profile}-renamed`],
  },
  { what: '`delete-profile`', budget: '', args: (profile) => ['delete-profile', profile, '--yes'] },
  { what: '`cache list`', budget: '', args: () => ['cache', 'list'] },
  { what: 'completion of a name', budget: '', args: () => ['autocomplete', '--profiles'] },
]

interface Store extends Home {
  /** Puts profiles.json back as it was made. */
  restore(): void
}

const name = (index: number) => `profile-${index}`

/** A home with a profile and its token; and with that many more of them, tokens evenly over the profiles. */
async function createStore(entra: EntraServer, profiles: number, tokens: number): Promise<Store> {
  const home = createHome()
  const { env, directory } = home
  const app = entra.addTenant({ domains: [`contoso-${profiles}.onmicrosoft.com`] }).addApp()
  const trusting: Env = { ...env, NODE_EXTRA_CA_CERTS: entra.caFile }
  const identity = ['-t', `contoso-${profiles}.onmicrosoft.com`, '--client-id', app.clientId]
  const create = ['create-profile', '-n', 'bench', ...identity, '--authority-host', entra.authorityHost]
  await cli([...create, '--client-secret-stdin'], { env: trusting, input: app.addSecret() })
  await cli(['get-token'], { env: trusting })
  const place = { env, platform: process.platform, home: directory }
  const paths = resolvePaths(place)
  const document = JSON.parse(readFileSync(paths.profiles, 'utf8'))
  const credential = { type: 'client-secret', secret: 'env:BENCH_SECRET' } as const
  for (let index = 0; index < profiles; index++)
    document.profiles[name(index)] = { ...document.profiles.bench, credential }
  const text = JSON.stringify(document, undefined, 2)
  const restore = () => writeFileSync(paths.profiles, text)
  restore()
  const uid = process.getuid?.()
  const key = findCacheKey(paths, env, uid)
  if (!key) throw new Error('the cache has no key')
  const cache: TokenCache = { directory: paths.tokens, key, uid }
  const now = Math.floor(Date.now() / 1000)
  const request = {
    authorityHost: entra.authorityHost,
    tenant: 'contoso.onmicrosoft.com',
    clientId: app.clientId,
  }
  for (let index = 0; index < tokens; index++) {
    const profile = name(index % profiles)
    const scopes = [`api://app-${index}/.default`]
    const entry = entryName({ ...request, profile, scopes, flow: 'client-credentials', credential })
    writeEntry(cache, entry, {
      accessToken: randomBytes(900).toString('base64url'),
      tokenType: 'Bearer',
      expiresOn: now + 3600,
      obtainedOn: now,
      ...request,
      scope: scopes.join(' '),
      flow: 'client-credentials',
      profile,
    })
  }
  return { ...home, restore }
}

async function time(args: readonly string[], env: Env): Promise<number> {
  const started = performance.now()
  const { status, stderr } = await run(process.execPath, [binary, ...args], { env })
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`)
  return performance.now() - started
}

/** The rows of a table: the medians of paired ratios; the first pair is discarded. */
export async function scaleRows(entra: EntraServer, print: (row: string) => void): Promise<void> {
  print(`| ${manyProfiles} profiles, ${manyTokens} tokens | median, × one of each | 10–90 % | budget |`)
  print('|---|---|---|---|')
  const many = await createStore(entra, manyProfiles, manyTokens)
  const few = await createStore(entra, 1, 0)
  let next = 1
  for (const { what, budget, args } of commands) {
    const ratios: number[] = []
    for (let round = 0; round <= rounds; round++) {
      const manifold = await time(args(name(next++)), many.env)
      const ratio = manifold / (await time(args(name(0)), few.env))
      few.restore()
      if (round > 0) ratios.push(ratio)
    }
    ratios.sort((a, b) => a - b)
    const at = (share: number) => (ratios[Math.floor((ratios.length - 1) * share)] as number).toFixed(2)
    print(`| ${what} | ${at(0.5)} | ${at(0.1)}–${at(0.9)} | ${budget} |`)
  }
  many.remove()
  few.remove()
}
