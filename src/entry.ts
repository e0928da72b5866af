/** Where the program starts. Compiled to `bin/run.cjs`, the only file a cached `get-token` loads. */
import { homedir } from 'node:os'
import { fastPath } from './fast-path.ts'
import { findCodeDirectory } from './platform/paths.ts'
import { writeWhole } from './output/stdout.ts'

const { argv, env, platform } = process
const args = argv.slice(2)
const place = {
  platform,
  env,
  home: () => env.HOME || homedir(),
  uid: process.getuid?.(),
  now: Date.now() / 1000,
}

async function main() {
  const { loadMain } = await import('./load-main.ts')
  return loadMain(findCodeDirectory(place))
}

fastPath(args, place).then(async (answer) => {
  if (answer === undefined) return (await main()).main(args)
  try {
    writeWhole(1, answer)
  } catch (error) {
    return (await main()).failWriting(error, args)
  }
})
