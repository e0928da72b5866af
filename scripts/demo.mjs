/** `npm run demo`: the main job, with the real CLI against the built-in test tenant on loopback. */
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build as esbuild } from 'esbuild'
import { build } from './build.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const outfile = join(root, 'dist/demo/demo.mjs')

process.stdout.write('building…\n')
await build()
mkdirSync(dirname(outfile), { recursive: true })
await esbuild({
  entryPoints: [join(root, 'test/demo/demo.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.17',
  packages: 'external',
  logLevel: 'warning',
})
await import(outfile)
