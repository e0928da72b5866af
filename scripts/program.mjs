/** Builds the CLI, then runs a TypeScript program that uses it: `node scripts/program.mjs test/demo/demo.ts`. */
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build as esbuild } from 'esbuild'
import { build } from './build.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const source = process.argv[2]
const outfile = join(root, 'dist/programs', `${basename(source, '.ts')}.mjs`)

await build()
await esbuild({
  entryPoints: [join(root, source)],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.17',
  packages: 'external',
  logLevel: 'warning',
})
await import(outfile)
