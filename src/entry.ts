/** Where the program starts. Compiled to `bin/run.cjs`, the only file a cached `get-token` loads. */
import { fastPath } from './fast-path.ts'
import { writeWhole } from './output/stdout.ts'
import { findCodeDirectory } from './platform/paths.ts'

const { argv, env, platform } = process
const args = argv.slice(2)
const place = {
  platform,
  env,
  // Loaded only where the variable is missing: even a built-in module costs a fiftieth of the start.
  get home() {
    return env.HOME || (require('node:os') as typeof import('node:os')).homedir()
  },
  uid: process.getuid?.(),
  now: Date.now() / 1000,
}

const answer = fastPath(args, place)
if (answer === undefined) void load().main(args)
else
  try {
    writeWhole(1, answer)
  } catch (error) {
    load().failWriting(error, args)
  }

function load() {
  const { loadMain } = require('../dist/load-main.cjs') as typeof import('./load-main.ts')
  return loadMain(findCodeDirectory(place))
}
