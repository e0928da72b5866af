/** The licences of what is bundled, as their authors ask: written to `dist/THIRD-PARTY-NOTICES.txt` by the build. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The package folder of a bundled file: what stands after its last `node_modules/`. */
function packageFolder(input) {
  const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)
  return match?.[1]
}

function notice(root, folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const file = readdirSync(join(root, folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry))
  const text = file ? readFileSync(join(root, folder, file), 'utf8').trim() : `Licence: ${license}`
  return `${name} ${version} (${license})\n\n${text}\n`
}

/** @param metafiles esbuild's, of every bundle */
export function notices(root, metafiles) {
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs))
  const folders = [...new Set(inputs.map(packageFolder).filter(Boolean))]
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .sort()
  const line = `${'-'.repeat(80)}\n`
  return `What entra-auth-cli is bundled with, and the licences of it.\n\n${line}${folders.map((folder) => notice(root, folder)).join(`\n${line}`)}`
}
