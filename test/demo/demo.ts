/** The demo: what a newcomer would type, run for real against the test tenant, and cleaned up afterwards. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startEntra } from '../entra/server.ts'
import { cli, createHome } from '../parts/cli.ts'

const write = (text: string) => process.stdout.write(text)
const heading = (text: string) =>
  write(process.stdout.isTTY ? `\n\u001b[1m${text}\u001b[0m\n` : `\n${text}\n`)

const entra = await startEntra()
const tenant = entra.addTenant({ domains: ['contoso.onmicrosoft.com'] })
const app = tenant.addApp({ name: 'demo', roles: ['User.Read.All'] })
const secret = app.addSecret()

const home = createHome({
  NODE_EXTRA_CA_CERTS: entra.caFile,
  AZURE_AUTHORITY_HOST: entra.authorityHost,
})

/** Runs a command, shows what a terminal would show, and stops the demo when it fails. */
async function show(args: readonly string[], input?: string): Promise<string> {
  const quoted = args.map((arg) => (/^[\w./:@-]+$/.test(arg) ? arg : `'${arg}'`))
  write(`$ entra-auth-cli ${quoted.join(' ')}${input === undefined ? '' : ' < secret.txt'}\n`)
  const started = performance.now()
  const options = { env: home.env, cwd: home.directory, ...(input !== undefined && { input }) }
  const { status, stdout, stderr } = await cli(args, options)
  const milliseconds = Math.round(performance.now() - started)
  write(stderr + shortened(stdout))
  if (status !== 0) throw new Error(`the command failed with status ${status}`)
  write(`  (${milliseconds} ms, ${entra.count('token')} token requests so far)\n`)
  return stdout
}

/** A token fills half a screen: its beginning and end say as much. */
const shortened = (text: string) =>
  text.replace(/eyJ[\w.-]{200,}/g, (token) => `${token.slice(0, 40)}…${token.slice(-12)}`)

try {
  heading('A profile with a client secret')
  const identity = ['--tenant-id', 'contoso.onmicrosoft.com', '--client-id', app.clientId]
  await show(['create-profile', '--name', 'demo', ...identity, '--client-secret-stdin'], `${secret}\n`)
  heading('A token from the test tenant, then the same one from the cache')
  const first = await show(['get-token', '-p', 'demo'])
  const second = await show(['get-token', '-p', 'demo'])
  if (first !== second || entra.count('token') !== 1) throw new Error('the second call was not a cache hit')
  heading('A key that stays here, its certificate uploaded, and a token as JSON')
  await show(['cert', 'generate', '--profile', 'demo-certificate', ...identity])
  await show(['cert', 'export', '--profile', 'demo-certificate', '--out', 'demo.crt'])
  // What the az command that was printed does in a real tenant.
  app.addCertificate(readFileSync(join(home.directory, 'demo.crt'), 'utf8'))
  await show(['get-token', '-p', 'demo-certificate', '--output', 'json'])
  heading('What is in the token')
  await show(['inspect', '-p', 'demo-certificate'])
  heading('What there is now')
  await show(['list-profiles'])
  await show(['cache', 'list'])
  heading('Away with it')
  await show(['delete-profile', 'demo', '--yes'])
  await show(['delete-profile', 'demo-certificate', '--yes'])
  write('\nThe demo worked. Its tenant and its files are gone.\n')
} finally {
  await entra.close()
  home.remove()
}
