/**
 * `npm run bench`: whole processes, paired with `node -e 0` of the same Node, median of the ratios.
 * NODE_EXTRA_CA_CERTS is left out where the CLI needs no CA: Node 20 itself starts three times slower with it.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build as esbuild } from 'esbuild'
import { build } from './build.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const outfile = join(root, 'dist/bench/bench.mjs')

const { status } = spawnSync(process.execPath, ['--version'])
if (status !== 0) throw new Error('node does not start')
await build()
mkdirSync(dirname(outfile), { recursive: true })
await esbuild({
  entryPoints: [join(root, 'test/bench/bench.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.17',
  packages: 'external',
  logLevel: 'warning',
})
await import(outfile)
