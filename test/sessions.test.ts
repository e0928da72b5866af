/** The sessions in `test/scripts`, and the ```console blocks of the documents: each runs in a world of its own. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installAzureCli } from './parts/azure-cli.ts'
import { type Env, projectRoot } from './parts/cli.ts'
import { createFederatedWorld, type FederatedWorld, startWorkloads } from './parts/federated-world.ts'
import { startIdentityEndpoint } from './parts/identity-endpoint.ts'
import { addPeople } from './parts/people.ts'
import { describeWith, type Part } from './parts/require-part.ts'
import { parseSession, runSession, type Step } from './parts/session.ts'
import { createSoftHsm } from './parts/softhsm.ts'
import { addCertificate, createWorld, type World } from './parts/world.ts'

const scripts = join(projectRoot, 'test/scripts')

/** 1Password's command, with the application's secret. */
function addPasswordManager({ home, secret }: World): void {
  const script = `#!/bin/sh\n[ "$*" = 'read op://ci/entra/secret' ] && echo '${secret}'\n`
  writeFileSync(join(home.directory, 'bin/op'), script, { mode: 0o755 })
}

/** A token in software, and its PIN in a file. */
async function addToken({ home }: World): Promise<Env> {
  const { env, pin } = await createSoftHsm(join(home.directory, 'hsm'), { label: 'desk' })
  writeFileSync(join(home.directory, 'pin.txt'), `${pin}\n`, { mode: 0o600 })
  return env
}

/**
 * Where a session is about federation: the variables of a CI job and of a machine with an identity, mounted tokens, and
 * a curl that asks nobody but fails without a token.
 */
async function addWorkload(world: FederatedWorld): Promise<{ env: Env; close: () => Promise<void> }> {
  const { entra, tenant, issuer, job, home } = world
  const identity = tenant.addManagedIdentity()
  const endpoint = await startIdentityEndpoint('imds', {
    token: ({ resource }) => entra.managedIdentityToken(tenant, identity, resource),
  })
  writeFileSync(join(home.directory, 'token'), await issuer.mint())
  const pullRequest = await issuer.mint({ sub: 'repo:contoso/app:pull_request' })
  writeFileSync(join(home.directory, 'other-token'), pullRequest)
  const curl = '#!/bin/sh\ncase "$*" in *"Authorization: Bearer eyJ"*) ;; *) exit 22 ;; esac\n'
  writeFileSync(join(home.directory, 'bin', 'curl'), curl, { mode: 0o755 })
  const connection = { CONNECTION_ID: job.serviceConnectionId }
  return {
    env: { ...world.env, ...job.pipelines, ...job.github, ...endpoint.env, ...connection },
    close: () => endpoint.close(),
  }
}

async function play(steps: readonly Step[], name = ''): Promise<void> {
  if (!/federation\.(md|session)$/.test(name)) {
    const people = await addPeople(await createWorld())
    const { clientId } = people.native
    const token = /certificates\.md$/.test(name) ? await addToken(people) : {}
    const env = { ...people.env, ...token, APP_ID: clientId }
    return playIn({ ...people, env }, steps, { $APP_ID: clientId })
  }
  const workloads = await startWorkloads()
  const world = await createFederatedWorld(workloads)
  const { env, close } = await addWorkload(world)
  try {
    await playIn({ ...world, env }, steps, {
      'https://token.actions.githubusercontent.com': workloads.issuer.url,
    })
  } finally {
    await close()
    await workloads.close()
  }
}

async function playIn(
  world: World,
  steps: readonly Step[],
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
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
      ...more,
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
const playScript = (name: string) => play(parseSession(readScript(name)), name)

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

/** The scripts in the ```yaml blocks of a document, as the steps of a CI job run them: they must succeed. */
function yamlScripts(markdown: string): Step[] {
  const blocks = [...markdown.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1] as string)
  return blocks.flatMap((block) =>
    [...block.matchAll(/^( *)(?:- )?(?:run|inlineScript): \|\n((?:\1 {2,}.*\n)+)/gm)].map(
      ([, , text = '']) => {
        const script = text.trim().replace(/\n\s+/g, '\n')
        const echoed = [...script.matchAll(/^echo "(.*)"$/gm)].map(([, words = '']) => words)
        return {
          line: markdown.slice(0, markdown.indexOf(text)).split('\n').length,
          command: `(${jobVariables}; set -e; ${script}\n)`,
          stdout: echoed.map((words) => words.replace('$TOKEN', '<token>')),
          stderr: [],
          status: 0,
        }
      },
    ),
  )
}

/** What the workflow, or the task, says of the application. */
const jobVariables =
  'export AZURE_TENANT_ID="$TENANT_ID" AZURE_CLIENT_ID="$CLIENT_ID" AZURESUBSCRIPTION_SERVICE_CONNECTION_ID="$CONNECTION_ID"'

describeWith(['jq', 'openssl', 'softhsm2'], 'documents', () => {
  const pages = readdirSync(join(projectRoot, 'docs')).filter((name) => name.endsWith('.md'))
  const documents = ['README.md', ...pages.map((name) => `docs/${name}`)]
  test.each(documents)(
    '%s shows what really happens',
    async (name) => {
      const text = readFileSync(join(projectRoot, name), 'utf8')
      const steps = [...consoleBlocks(text), ...yamlScripts(text)]
      expect(steps.length).toBeGreaterThan(0)
      await play(steps, name)
    },
    120_000,
  )
})
