/** Whole processes against `node -e 0`: the medians of paired ratios, printed as a table. Nothing is asserted. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startEntra } from '../entra/server.ts'
import { binary, cli, createHome, type Env } from '../parts/cli.ts'

const rounds = Number(process.env.BENCH_ROUNDS ?? 21)
const { NODE_EXTRA_CA_CERTS: _, ...inherited } = process.env

interface Measured {
  readonly what: string
  readonly ratio: number
  readonly spread: string
  readonly budget: string
}

const time = (command: string, args: readonly string[], env: Env): number => {
  const started = process.hrtime.bigint()
  spawnSync(command, [...args], { env: env as NodeJS.ProcessEnv, stdio: ['ignore', 'pipe', 'pipe'] })
  return Number(process.hrtime.bigint() - started)
}

/** The median of `command / node -e 0`, pair by pair; the first pair is discarded. */
function measure(what: string, budget: string, command: string, args: readonly string[], env: Env): Measured {
  const ratios: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const one = time(command, args, env)
    const base = time(process.execPath, ['-e', '0'], env)
    if (round > 0) ratios.push(one / base)
  }
  ratios.sort((a, b) => a - b)
  const at = (share: number) => ratios[Math.floor((ratios.length - 1) * share)] as number
  return { what, ratio: at(0.5), spread: `${at(0.1).toFixed(2)}–${at(0.9).toFixed(2)}`, budget }
}

const home = createHome()
const entra = await startEntra()
const app = entra.addTenant({ domains: ['contoso.onmicrosoft.com'] }).addApp()
const secret = app.addSecret()
const setup: Env = { ...home.env, NODE_EXTRA_CA_CERTS: entra.caFile }
const identity = ['--tenant-id', 'contoso.onmicrosoft.com', '--client-id', app.clientId]
const create = ['create-profile', '--name', 'bench', ...identity, '--authority-host', entra.authorityHost]
await cli([...create, '--client-secret-stdin'], { env: setup, input: secret })
await cli(['get-token'], { env: setup })

const env = home.env
const own = (args: readonly string[]) => [binary, ...args]
const results = [
  measure('get-token, cached', '≤ 1.3', process.execPath, own(['get-token', '-p', 'bench']), env),
  measure('get-token, cached, JSON', '≤ 1.3', process.execPath, own(['get-token', '-o', 'json']), env),
  measure('--help', '≤ 3', process.execPath, own(['--help']), env),
  measure('inspect', '≤ 3', process.execPath, own(['inspect', '-p', 'bench']), env),
  measure('list-profiles', '≤ 3', process.execPath, own(['list-profiles']), env),
  measure('a usage error', '≤ 3', process.execPath, own(['get-token', '--bogus']), env),
]

// Node 20 pays for NODE_EXTRA_CA_CERTS at every start, the baseline's too; an uncached call needs it here.
results.push(await measureUncached())

async function measureUncached(): Promise<Measured> {
  const started = async (command: string, args: readonly string[], environment: Env) => {
    const { run } = await import('../parts/cli.ts')
    const begin = process.hrtime.bigint()
    await run(command, args, { env: environment })
    return Number(process.hrtime.bigint() - begin)
  }
  const ratios: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const one = await started(process.execPath, own(['get-token', '--force']), setup)
    const base = await started(process.execPath, ['-e', '0'], setup)
    if (round > 0) ratios.push(one / base)
  }
  ratios.sort((a, b) => a - b)
  const at = (share: number) => ratios[Math.floor((ratios.length - 1) * share)] as number
  const what = 'get-token, uncached, client secret, local server'
  return { what, ratio: at(0.5), spread: `${at(0.1).toFixed(2)}–${at(0.9).toFixed(2)}`, budget: '≤ 4' }
}

for (const [name, args] of [
  ['az', ['account', 'get-access-token']],
  ['m365', ['util', 'accesstoken', 'get', '--resource', 'https://graph.microsoft.com']],
] as const) {
  const there = spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined
  if (there) results.push(measure(`${name} ${args.slice(0, 3).join(' ')}`, '', name, args, inherited))
}

const table = [
  `| command (Node ${process.versions.node}) | median, × \`node -e 0\` | 10–90 % | budget |`,
  '|---|---|---|---|',
  ...results.map(
    ({ what, ratio, spread, budget }) => `| ${what} | ${ratio.toFixed(2)} | ${spread} | ${budget} |`,
  ),
].join('\n')
process.stdout.write(`${table}\n`)
mkdirSync(join(process.cwd(), 'dist'), { recursive: true })
writeFileSync(join(process.cwd(), 'dist/bench.md'), `${table}\n`)
await entra.close()
home.remove()
