/** Runs jest for ES modules: `npm test`, or `node scripts/test.mjs test/crypto` for a part. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const jest = createRequire(import.meta.url).resolve('jest/bin/jest')
const options = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
const notes = mkdtempSync(join(tmpdir(), 'entra-tests-'))
const summary = join(notes, 'summary.txt')
const { status } = spawnSync(process.execPath, [...options, jest, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, TEST_SUMMARY: summary },
})
process.exitCode = status ?? 1
try {
  process.stdout.write(`\n${readFileSync(summary, 'utf8')}`)
} catch {
  process.exitCode ||= 1
}
rmSync(notes, { recursive: true, force: true })
