/** Whole processes against `node -e 0`: the medians of paired ratios, printed as a table. Nothing is asserted. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startEntra } from '../entra/server.ts'
import { binary, cli, createHome, type Env, projectRoot, run } from '../parts/cli.ts'
import { measureKeys } from './keys.ts'
import { scaleRows } from './scale.ts'

const rounds = Number(process.env.BENCH_ROUNDS ?? 21)

interface Subject {
  readonly what: string
  readonly budget: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Env
}

async function time(command: string, args: readonly string[], env: Env): Promise<number> {
  const started = performance.now()
  await run(command, args, { env })
  return performance.now() - started
}

/** One row: the ratio to `node -e 0` in the same environment, pair by pair; the first pair is discarded. */
async function measure({ what, budget, command, args, env }: Subject): Promise<string> {
  const ratios: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const ratio = (await time(command, args, env)) / (await time(process.execPath, ['-e', '0'], env))
    if (round > 0) ratios.push(ratio)
  }
  ratios.sort((a, b) => a - b)
  const at = (share: number) => (ratios[Math.floor((ratios.length - 1) * share)] as number).toFixed(2)
  return `| ${what} | ${at(0.5)} | ${at(0.1)}–${at(0.9)} | ${budget} |`
}

const home = createHome()
const entra = await startEntra()
const app = entra.addTenant({ domains: ['contoso.onmicrosoft.com'] }).addApp()
const { env } = home
// Node 20 starts three times slower with this variable: only the call that needs a CA has it, and its baseline.
const trusting: Env = { ...env, NODE_EXTRA_CA_CERTS: entra.caFile }
const identity = ['--tenant-id', 'contoso.onmicrosoft.com', '--client-id', app.clientId]
const profile = ['create-profile', '--name', 'bench', ...identity, '--authority-host', entra.authorityHost]
await cli([...profile, '--client-secret-stdin'], { env: trusting, input: app.addSecret() })
await cli(['get-token'], { env: trusting })

const own = (what: string, budget: string, args: readonly string[], environment = env): Subject => ({
  what,
  budget,
  command: process.execPath,
  args: [binary, ...args],
  env: environment,
})
const peer = (command: string, args: readonly string[]): Subject[] =>
  spawnSync(command, ['--version'], { stdio: 'ignore' }).error
    ? []
    : [{ what: [command, ...args].join(' '), budget: '', command, args, env: process.env }]

const subjects = [
  own('`get-token`, cached', '≤ 1.3', ['get-token', '-p', 'bench']),
  own('`get-token -o json`, cached', '≤ 1.3', ['get-token', '-p', 'bench', '-o', 'json']),
  own('`--help`', '≤ 3', ['--help']),
  own('`inspect`', '≤ 3', ['inspect', '-p', 'bench']),
  own('`list-profiles`', '≤ 3', ['list-profiles']),
  own('a usage error', '≤ 3', ['get-token', '--bogus']),
  own('`get-token`, uncached, client secret, local server', '≤ 4', ['get-token', '--force'], trusting),
  ...peer('az', ['account', 'get-access-token']),
  ...peer('m365', ['util', 'accesstoken', 'get', '--resource', 'https://graph.microsoft.com']),
]

const rows = [
  `| Node ${process.versions.node} | median, × \`node -e 0\` | 10–90 % | budget |`,
  '|---|---|---|---|',
]
process.stdout.write(`${rows.join('\n')}\n`)
for (const subject of subjects) {
  const row = await measure(subject)
  rows.push(row)
  process.stdout.write(`${row}\n`)
}
rows.push('')
process.stdout.write('\n')
await scaleRows(entra, (row) => {
  rows.push(row)
  process.stdout.write(`${row}\n`)
})
for await (const row of measureKeys(rounds)) {
  rows.push(row)
  process.stdout.write(`${row}\n`)
}
writeFileSync(join(projectRoot, 'dist/bench.md'), `${rows.join('\n')}\n`)
await entra.close()
home.remove()
