/**
 * Builds the program (docs/decisions/0004-bundle-and-fast-path.md):
 *   bin/run.cjs       the fast path, a few kilobytes
 *   dist/load-main.cjs  loads the next with V8's code cache
 *   dist/main.cjs     oclif and every command, without the heavy libraries
 *   dist/keychain-helper.cjs  the process in which the keychain's library runs
 *   dist/pkcs11-helper.cjs    the process in which PKCS#11 modules run
 *   dist/vendor/*.cjs one file for each heavy library, loaded where it is first used
 */

import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build as esbuild } from 'esbuild'
import { notices } from './notices.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const at = (...parts) => join(root, ...parts)

/** Libraries with a bundle of their own: each is loaded by the one module that needs it. */
const vendor = [
  '@azure/msal-node',
  '@inquirer/prompts',
  '@peculiar/x509',
  'asn1js',
  'fs-native-extensions',
  'https-proxy-agent',
  'jsonc-parser',
  'openid-client',
  'proxy-from-env',
  'reflect-metadata',
  'yocto-spinner',
]
/** An ES module whose one export is its default: as CommonJS, that is the module itself. */
const defaultOnly = ['yocto-spinner']
/** Stay packages: the one chooses its native code itself, the other is compiled where it is installed. */
const native = ['@napi-rs/keyring', 'pkcs11js']

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20.17',
  format: 'cjs',
  minify: true,
  keepNames: true,
  legalComments: 'none',
  logLevel: 'warning',
  absWorkingDir: root,
  // `require` where the sources say `import()`: loading CommonJS through Node's ESM loader costs a fifth of a start.
  supported: { 'dynamic-import': false },
}

const vendorFile = (name) => `${name.replace('/', '-').replace('@', '')}.cjs`

/** Sends imports of these packages to their own bundles. */
const splitVendor = {
  name: 'split-vendor',
  setup(builder) {
    const filter = new RegExp(`^(${vendor.map((name) => name.replace('/', '\\/')).join('|')})$`)
    builder.onResolve({ filter }, ({ path }) => ({ path: `./vendor/${vendorFile(path)}`, external: true }))
  },
}

/**
 * fs-native-extensions looks for its native code in dozens of places, which takes ten times as long as loading it.
 * Where its package has it is known.
 */
const directAddon = {
  name: 'direct-addon',
  setup(builder) {
    builder.onLoad({ filter: /fs-native-extensions[\\/]binding\.js$/ }, () => ({
      contents: `
        const { dirname, join } = require('node:path')
        const home = dirname(require.resolve('fs-native-extensions'))
        const platform = process.platform + '-' + process.arch
        module.exports = require(join(home, 'prebuilds', platform, 'fs-native-extensions.node'))`,
    }))
  },
}

/** What oclif reads of package.json. */
function readPjson() {
  const { name, version, description, oclif } = JSON.parse(readFileSync(at('package.json'), 'utf8'))
  return { name, version, description, oclif }
}

/** oclif's manifest of all commands, made from the commands themselves. */
async function manifestOf(pjson) {
  const outfile = at('dist/manifest-source.mjs')
  await esbuild({
    ...shared,
    plugins: [],
    format: 'esm',
    minify: false,
    supported: {},
    packages: 'external',
    stdin: { contents: "export { commands } from './src/commands.ts'", resolveDir: root, loader: 'ts' },
    outfile,
  })
  const { cacheCommand } = createRequire(import.meta.url)(
    at('node_modules/@oclif/core/lib/util/cache-command.js'),
  )
  const { commands } = await import(`${pathToFileURL(outfile).href}?${Date.now()}`)
  const plugin = { name: pjson.name, alias: pjson.name, type: 'core', version: pjson.version }
  const entries = await Promise.all(
    Object.entries(commands).map(async ([id, load]) => {
      const command = (await load()).default
      command.id = id
      const cached = await cacheCommand(command, plugin, false)
      return [id, { ...cached, flags: globalLast(cached.flags), id, isESM: false, pluginType: 'core' }]
    }),
  )
  rmSync(outfile)
  return {
    version: pjson.version,
    commands: Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

/** A command's help shows its own flags before those that every command has; oclif puts the base's first. */
const globalLast = (flags) =>
  Object.fromEntries(
    Object.entries(flags).sort(([, a], [, b]) => (a.helpGroup === 'global') - (b.helpGroup === 'global')),
  )

/** One bundle; its metafile says what is in it. */
const bundle = async (options) => (await esbuild({ ...shared, metafile: true, ...options })).metafile

export async function build() {
  mkdirSync(at('dist/vendor'), { recursive: true })
  const pjson = readPjson()
  const manifest = await manifestOf(pjson)
  const [run, main, ...others] = await Promise.all([
    bundle({
      entryPoints: [at('src/entry.ts')],
      outfile: at('bin/run.cjs'),
      keepNames: false,
      external: ['../dist/load-main.cjs'],
      banner: { js: '#!/usr/bin/env node' },
    }),
    bundle({
      entryPoints: [at('src/main.ts')],
      outfile: at('dist/main.cjs'),
      external: native,
      plugins: [splitVendor],
      define: { BUILD: JSON.stringify({ pjson, manifest }) },
    }),
    bundle({ entryPoints: [at('src/load-main.ts')], outfile: at('dist/load-main.cjs') }),
    bundle({
      entryPoints: [at('src/keychain-helper-entry.ts')],
      outfile: at('dist/keychain-helper.cjs'),
      external: native,
    }),
    bundle({
      entryPoints: [at('src/pkcs11-helper-entry.ts')],
      outfile: at('dist/pkcs11-helper.cjs'),
      external: native,
    }),
    ...vendor.map((name) =>
      bundle({
        stdin: {
          contents: `module.exports = require('${name}')${defaultOnly.includes(name) ? '.default' : ''}`,
          resolveDir: root,
          loader: 'js',
        },
        outfile: at('dist/vendor', vendorFile(name)),
        plugins: [directAddon],
        logOverride: { 'require-resolve-not-external': 'silent' },
        // jsonc-parser's CommonJS file hides its requires from bundlers.
        ...(name === 'jsonc-parser' && { mainFields: ['module', 'main'] }),
      }),
    ),
  ])
  // What the fast path is made of: a test reads it.
  writeFileSync(at('dist/run.meta.json'), JSON.stringify(run))
  writeFileSync(at('dist/main.meta.json'), JSON.stringify(main))
  writeFileSync(at('dist/THIRD-PARTY-NOTICES.txt'), notices(root, [run, main, ...others]))
  chmodSync(at('bin/run.cjs'), 0o755)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build()
