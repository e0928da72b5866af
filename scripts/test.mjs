/** Runs jest for ES modules: `npm test`, or `node scripts/test.mjs test/crypto` for a part. */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'

const jest = createRequire(import.meta.url).resolve('jest/bin/jest')
const options = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
const { status } = spawnSync(process.execPath, [...options, jest, ...process.argv.slice(2)], {
  stdio: 'inherit',
})
process.exitCode = status ?? 1
