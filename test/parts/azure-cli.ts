/** The two commands of Azure CLI that the documents show, for the test tenant: `az` in the home's `bin`. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writePfx } from '../../src/crypto/pfx-writer.ts'
import { Secret } from '../../src/secret.ts'
import type { World } from './world.ts'

/** A certificate that is uploaded stands in a file until the tenant has taken it. */
const script = `#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
    ad|app|credential|reset|keyvault|secret|show) verb=$1 ;;
    --id) id=$2; shift ;;
    --cert) file=\${2#@}; shift ;;
    --name) name=$2; shift ;;
    --vault-name) vault=$2; shift ;;
  esac
  shift
done
if [ "$verb" = show ]; then exec cat "$HOME/vault/$vault/$name"; fi
cp "$file" "$HOME/upload.part" && mv "$HOME/upload.part" "$HOME/upload.crt"
while [ -e "$HOME/upload.crt" ]; do sleep 0.02; done
printf '{\\n  "appId": "%s",\\n  "password": null,\\n  "tenant": "%s"\\n}\\n' "$id" "$TENANT_ID"
`

/**
 * Installs it. The vault `kv` holds the application's secret as `ci`, and the certificate and key of the home's
 * `cert.pem` and `key.pem` as `app`.
 * @returns how to end it.
 */
export async function installAzureCli({ home, app, secret }: World): Promise<() => void> {
  const at = (...parts: string[]) => join(home.directory, ...parts)
  writeFileSync(at('bin/az'), script, { mode: 0o755 })
  mkdirSync(at('vault/kv'), { recursive: true })
  writeFileSync(at('vault/kv/ci'), `${secret}\n`)
  const certificate = new X509Certificate(readFileSync(at('cert.pem')))
  const key = createPrivateKey(readFileSync(at('key.pem')))
  // Key Vault hands a certificate out as a PFX without a password, in base64.
  const pfx = await writePfx({ certificate, key, password: new Secret(''), friendlyName: 'app' })
  writeFileSync(at('vault/kv/app'), `${Buffer.from(pfx).toString('base64')}\n`)
  const upload = at('upload.crt')
  const timer = setInterval(() => {
    if (!existsSync(upload)) return
    app.addCertificate(readFileSync(upload, 'utf8'))
    unlinkSync(upload)
  }, 20)
  return () => clearInterval(timer)
}
