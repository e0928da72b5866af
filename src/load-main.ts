/**
 * Loads `dist/main.cjs`, and the library bundles that it asks for, with the code that V8 compiled in an earlier run:
 * that halves the start of every command. Node's own compile cache holds only what was compiled while loading; taken
 * at the exit, it holds what ran. (docs/decisions/0004-bundle-and-fast-path.md)
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, unlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import vm from 'node:vm'
import { ensurePrivateDirectory, readPrivateFile, writeAtomically } from './platform/atomic-file.ts'

type Main = typeof import('./main.ts')

const digestLength = 32
const largest = 16 * 1024 * 1024
const digest = (data: Uint8Array) => createHash('sha256').update(data).digest()

/** @param directory where compiled code may be kept; undefined for nowhere. */
export function loadMain(directory: string | undefined): Main {
  const filename = join(__dirname, 'main.cjs')
  return directory === undefined ? require(filename) : (loadCompiled(filename, directory) as Main)
}

const loaded = new Map<string, unknown>()

/** The exports of one of our bundles. */
function loadCompiled(filename: string, directory: string): unknown {
  if (loaded.has(filename)) return loaded.get(filename)
  const bytes = readFileSync(filename)
  // V8 compares only the length of the source: the name of the file says which source, Node and processor it is for.
  const identity = digest(bytes).toString('hex').slice(0, 16)
  const path = join(directory, `${identity}-${process.version}-${process.arch}.bin`)
  const cachedData = readCompiled(path)
  const script = new vm.Script(
    `(function (exports, require, module, __filename, __dirname) {${bytes.toString('utf8')}\n})`,
    {
      filename,
      ...(cachedData && { cachedData }),
    },
  )
  if (!cachedData || script.cachedDataRejected)
    process.once('exit', (code) => {
      if (code === 0) keepCompiled(path, script.createCachedData())
    })
  const module = { exports: {} }
  const ownRequire = createRequire(filename)
  const requireCompiled = Object.assign(
    (name: string) =>
      name.startsWith('./vendor/') ? loadCompiled(ownRequire.resolve(name), directory) : ownRequire(name),
    { resolve: ownRequire.resolve },
  )
  script.runInThisContext()(module.exports, requireCompiled, module, filename, dirname(filename))
  loaded.set(filename, module.exports)
  return module.exports
}

/** Compiled code that is ours alone and whole. V8 does not notice every damage, so its digest stands before it. */
function readCompiled(path: string): Buffer | undefined {
  try {
    const uid = process.getuid?.()
    const kept = readPrivateFile(path, { maxBytes: largest, ...(uid !== undefined && { uid }) })
    if (!kept) return undefined
    const data = kept.subarray(digestLength)
    return digest(data).equals(kept.subarray(0, digestLength)) ? data : undefined
  } catch {
    return undefined
  }
}

/** Failing costs the next start its speed and nothing else. */
function keepCompiled(path: string, data: Buffer): void {
  try {
    ensurePrivateDirectory(dirname(path))
    writeAtomically(path, Buffer.concat([digest(data), data]))
    removeOld(dirname(path))
  } catch {}
}

/** What earlier versions left. */
function removeOld(directory: string): void {
  const month = 30 * 24 * 3600 * 1000
  for (const name of readdirSync(directory)) {
    const path = join(directory, name)
    if (Date.now() - statSync(path).mtimeMs > month) unlinkSync(path)
  }
}
