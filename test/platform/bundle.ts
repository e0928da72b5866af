/** Makes a program of a few lines of TypeScript and our modules, to be run as processes of their own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { projectRoot } from '../parts/cli.ts'

export interface Program {
  /** A CommonJS file for Node. */
  readonly path: string
  /** What it needs to find native packages, which stay packages. */
  readonly env: { readonly NODE_PATH: string }
  remove(): void
}

/** @param source TypeScript whose imports are relative to the project: `./src/platform/lock.ts`. */
export function bundle(source: string): Program {
  const directory = mkdtempSync(join(tmpdir(), 'entra-program-'))
  const path = join(directory, 'program.cjs')
  buildSync({
    stdin: { contents: source, resolveDir: projectRoot, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    supported: { 'dynamic-import': false },
    mainFields: ['module', 'main'],
    external: ['@napi-rs/keyring', 'fs-native-extensions'],
    logLevel: 'error',
    outfile: path,
  })
  return {
    path,
    env: { NODE_PATH: join(projectRoot, 'node_modules') },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}
