/** The sessions in `test/scripts`, and the ```console blocks of the documents: each runs in a world of its own. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installAzureCli } from './parts/azure-cli.ts'
import { projectRoot } from './parts/cli.ts'
import { describeWith, type Part } from './parts/require-part.ts'
import { parseSession, runSession, type Step } from './parts/session.ts'
import { addCertificate, createWorld, type World } from './parts/world.ts'

const scripts = join(projectRoot, 'test/scripts')

/** 1Password's command, with the application's secret. */
function addPasswordManager({ home, secret }: World): void {
  const script = `#!/bin/sh\n[ "$*" = 'read op://ci/entra/secret' ] && echo '${secret}'\n`
  writeFileSync(join(home.directory, 'bin/op'), script, { mode: 0o755 })
}

async function play(steps: readonly Step[]): Promise<void> {
  const world = await createWorld()
  let endAzureCli = () => {}
  try {
    await addCertificate(world)
    endAzureCli = await installAzureCli(world)
    writeFileSync(join(world.home.directory, 'secret.txt'), `${world.secret}\n`, { mode: 0o600 })
    addPasswordManager(world)
    const { tenant, app, secret, home, entra } = world
    const names = {
      $TENANT_ID: tenant.id,
      $CLIENT_ID: app.clientId,
      '~': home.directory,
      'https://login.microsoftonline.com': entra.authorityHost,
    }
    const env = {
      ...world.env,
      TENANT_ID: tenant.id,
      CLIENT_ID: app.clientId,
      CLIENT_SECRET: secret,
    }
    await runSession(steps, { env, cwd: home.directory, names })
  } finally {
    endAzureCli()
    await world.close()
  }
}

const readScript = (name: string) => readFileSync(join(scripts, name), 'utf8')
const playScript = (name: string) => play(parseSession(readScript(name)))

/** The parts that a script names in its first line, besides those that all scripts use. */
const needs = (name: string) => (/^# Needs (.*)\.\n/.exec(readScript(name))?.[1]?.split(', ') ?? []) as Part[]

describeWith(['jq', 'openssl'], 'sessions', () => {
  const files = readdirSync(scripts).filter((name) => name.endsWith('.session'))
  test.each(files.filter((name) => needs(name).length === 0))('%s', playScript, 120_000)
})

for (const name of readdirSync(scripts).filter((file) => needs(file).length > 0))
  describeWith(['jq', 'openssl', ...needs(name)], `session ${name}`, () => {
    test('shows what really happens', () => playScript(name), 120_000)
  })

/** The ```console blocks of a document, one after the other in one world. */
function consoleBlocks(markdown: string): Step[] {
  const steps: Step[] = []
  for (const match of markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)) {
    const line = markdown.slice(0, match.index).split('\n').length + 1
    steps.push(...parseSession(match[1] as string, line))
  }
  return steps
}

describeWith(['jq', 'openssl'], 'documents', () => {
  const pages = readdirSync(join(projectRoot, 'docs')).filter((name) => name.endsWith('.md'))
  const documents = ['README.md', ...pages.map((name) => `docs/${name}`)]
  test.each(documents)(
    '%s shows what really happens',
    async (name) => {
      const steps = consoleBlocks(readFileSync(join(projectRoot, name), 'utf8'))
      expect(steps.length).toBeGreaterThan(0)
      await play(steps)
    },
    120_000,
  )
})
