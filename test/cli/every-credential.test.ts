/** What holds for a profile of any kind: it is listed, shown, looked at, copied, renamed and moved, and gets tokens. */
import { join } from 'node:path'
import { cli, createHome, type Env, type Home, type RunOptions } from '../parts/cli.ts'
import { examine } from '../parts/doctor.ts'
import {
  createFederatedWorld,
  type FederatedWorld,
  startWorkloads,
  type Workloads,
} from '../parts/federated-world.ts'
import { type IdentityEndpoint, startIdentityEndpoint } from '../parts/identity-endpoint.ts'
import { uriOf } from '../parts/pkcs11.ts'
import { describeWith } from '../parts/require-part.ts'
import { createSoftHsm } from '../parts/softhsm.ts'
import { addCertificate } from '../parts/world.ts'

interface Kind {
  /** The command that makes the profile of that name. */
  readonly create: (name: string) => readonly string[]
  readonly input?: () => string
  readonly env?: () => Env
  /** The credential's type, and its word in lists. */
  readonly type: string
  readonly word: string
  readonly flow?: string
  /** What doctor finds of it without the network. */
  readonly found: string
  /** Whether a person must sign in. */
  readonly isForPeople?: true
}

const passphrase = 'correct horse battery staple'
const aToken = { status: 0, stdout: expect.stringMatching(/^eyJ[\w.-]+\n$/) }

let workloads: Workloads
let world: FederatedWorld
let endpoint: IdentityEndpoint
let other: Home
beforeAll(async () => {
  workloads = await startWorkloads()
  world = await createFederatedWorld(workloads)
  const identity = world.tenant.addManagedIdentity()
  endpoint = await startIdentityEndpoint('app-service', {
    token: async ({ resource }) => world.entra.managedIdentityToken(world.tenant, identity, resource),
  })
  other = createHome()
  await addCertificate(world)
}, 60_000)
afterAll(async () => {
  other.remove()
  await endpoint.close()
  await world.close()
  await workloads.close()
})

const at = (name: string) => join(world.home.directory, name)

/** `create-profile` with the application's tenant and client ID. */
const application =
  (...flags: string[]) =>
  (name: string) => ['create-profile', '-n', name, ...world.identity, ...flags]

const certificate = { type: 'certificate', word: 'certificate', found: 'certificate ok' } as const
const federated = { type: 'federated', word: 'federated assertion' } as const
const managed = {
  type: 'managed-identity',
  word: 'managed identity',
  flow: 'managed-identity',
  found: 'managed-identity skipped',
  env: () => endpoint.env,
} as const
const secretInput = () => world.secret

const kinds: Readonly<Record<string, Kind>> = {
  'a-secret': {
    create: application('--client-secret-stdin'),
    input: secretInput,
    type: 'client-secret',
    word: 'client secret',
    found: 'client-secret ok',
  },
  'a-reference': {
    create: application('--client-secret-ref', 'env:SECRET'),
    env: () => ({ SECRET: world.secret }),
    type: 'client-secret',
    word: 'client secret',
    found: 'client-secret ok',
  },
  files: {
    create: (name) =>
      application('--certificate-path', at('cert.pem'), '--private-key-path', at('key.pem'))(name),
    ...certificate,
  },
  'a-sealed-key': {
    create: (name) => ['cert', 'generate', '-p', name, ...world.identity, '--cert-out', at('generated.crt')],
    ...certificate,
  },
  github: {
    create: application('--federated', 'github-actions'),
    env: () => world.job.github,
    ...federated,
    found: 'assertion skipped',
  },
  pipelines: {
    create: (name) =>
      application(
        '--federated',
        'azure-pipelines',
        '--service-connection-id',
        world.job.serviceConnectionId,
      )(name),
    env: () => world.job.pipelines,
    ...federated,
    found: 'assertion skipped',
  },
  'another-provider': {
    create: (name) =>
      application(
        ...['--federated', 'oidc', '--oidc-client-secret-stdin'],
        ...['--oidc-issuer', world.issuer.url, '--oidc-client-id', world.issuer.clientId],
      )(name),
    input: () => world.issuer.clientSecret,
    ...federated,
    found: 'assertion skipped',
  },
  'a-machine': {
    create: (name) => ['create-profile', '-n', name, '--managed-identity', 'system'],
    ...managed,
  },
  people: {
    create: application('--flow', 'interactive-browser', '--redirect-uri', 'http://localhost:8400/back'),
    type: 'none',
    word: 'none (public client)',
    flow: 'interactive-browser',
    found: 'sign-in ok',
    isForPeople: true,
  },
}

/** Runs the CLI in the other home, which reaches the same services. */
const there = (args: readonly string[], options: RunOptions = {}) => {
  const { NODE_EXTRA_CA_CERTS, AZURE_AUTHORITY_HOST } = world.env
  const env = { ...other.env, NODE_EXTRA_CA_CERTS, AZURE_AUTHORITY_HOST, ...options.env }
  return cli(args, { cwd: other.directory, ...options, env })
}

async function holdsFor(name: string, kind: Kind): Promise<void> {
  const env = kind.env?.() ?? {}
  const here = (...args: string[]) => world.cli(args, { env })
  const done = async (...args: string[]) => {
    const result = await here(...args)
    expect(result).toMatchObject({ status: 0 })
    return result.stdout
  }
  const shown = async (profile: string) => JSON.parse(await done('show-profile', profile, '-o', 'json'))

  const created = await world.cli(kind.create(name), { env, input: kind.input?.() ?? '' })
  expect(created).toMatchObject({ status: 0 })
  if (name === 'a-sealed-key') world.app.addCertificate(await done('cert', 'export', '-p', name))

  const record = await shown(name)
  expect(record.credential.type).toBe(kind.type)
  expect(await done('list-profiles')).toMatch(
    new RegExp(`^${name} .* ${kind.word.replace(/[()]/g, '\\$&')}$`, 'm'),
  )
  const { effective } = JSON.parse(await done('show-profile', name, '--origins', '-o', 'json'))
  expect(effective.credential).toEqual({ value: kind.word, origin: `profile ${name}` })
  expect(effective.flow.value).toBe(kind.flow ?? 'client-credentials')
  expect('authorityHost' in effective).toBe(kind.type !== 'managed-identity')

  const examined = await examine(world, ['--offline', '-p', name], env)
  const ofCredential = examined.results.filter(({ group }) => group === 'credentials')
  expect(ofCredential.map(({ check, status }) => `${check} ${status}`).at(-1)).toBe(kind.found)

  // What a profile is does not depend on its name, nor on the machine.
  await done('copy-profile', name, `${name}-copy`)
  await done('rename-profile', `${name}-copy`, `${name}-moved`)
  const same = { ...record, name: `${name}-moved`, default: false }
  expect(await shown(`${name}-moved`)).toEqual(same)
  const getToken = ['get-token', '--no-cache', '-p', `${name}-moved`]
  const getsToken = kind.isForPeople ? { status: 79, stdout: '' } : aToken
  expect(await here(...getToken)).toMatchObject(getsToken)
  const sealed = await world.cli(
    ['export-profile', `${name}-moved`, '--include-secrets', '--passphrase-stdin'],
    { input: passphrase, env },
  )
  expect(sealed).toMatchObject({ status: 0 })
  const imported = await there(['import-profile', '--passphrase-env', 'PASSPHRASE'], {
    input: sealed.stdout,
    env: { ...env, PASSPHRASE: passphrase },
  })
  expect(imported).toMatchObject({ status: 0 })
  const arrived = JSON.parse((await there(['show-profile', `${name}-moved`, '-o', 'json'])).stdout)
  expect({ ...arrived, default: false }).toEqual(same)
  expect(await there(getToken, { env })).toMatchObject(getsToken)

  // The variable names the profile, and flags give another credential for one request.
  const named = { ...env, ENTRA_AUTH_CLI_PROFILE: name }
  expect(await world.cli(['get-token', '--no-cache'], { env: named })).toMatchObject(getsToken)
  const given = await world.cli(['get-token', '--no-cache', '--client-secret-stdin', ...world.identity], {
    env: named,
    input: world.secret,
  })
  expect(given).toMatchObject(aToken)
  await done('delete-profile', name, '--yes')
  expect((await here('show-profile', name)).status).toBe(66)
}

test.each(Object.keys(kinds))('%s', (name) => holdsFor(name, kinds[name] as Kind), 60_000)

describeWith(['softhsm2'], 'a key in a PKCS#11 token', () => {
  test('and its PIN', async () => {
    const hsm = await createSoftHsm(at('hsm'))
    const made = await hsm.generate('app')
    world.app.addCertificate(made.toString())
    await holdsFor('a-token', {
      create: application('--pkcs11-uri', uriOf(hsm, 'app'), '--pin-source', 'keychain', '--pin-stdin'),
      input: () => hsm.pin,
      env: () => hsm.env,
      ...certificate,
    })
  }, 60_000)
})

test('the environment alone: its values, and where they come from', async () => {
  const env = {
    AZURE_TENANT_ID: world.tenant.id,
    AZURE_CLIENT_ID: world.app.clientId,
    AZURE_CLIENT_SECRET: 'x',
  }
  const { stdout } = await world.cli(['show-profile', '--origins', '-o', 'json'], { env })
  const { effective, name } = JSON.parse(stdout)
  const origin = 'AZURE_TENANT_ID, AZURE_CLIENT_ID and a credential'
  expect(name).toBeUndefined()
  expect(effective).toMatchObject({
    tenant: { value: world.tenant.id, origin },
    credential: { value: 'client secret', origin },
  })
  expect(stdout).not.toContain('"x"')
})

test('doctor asks no authority for a managed identity', async () => {
  await world.cli(['create-profile', '-n', 'vm', '--managed-identity', 'system'])
  world.entra.resetCounts()
  const found = await examine(world, ['-p', 'vm'], endpoint.env)
  expect(found.results.filter(({ group }) => group === 'network')).toEqual([
    expect.objectContaining({ status: 'skipped', message: expect.stringContaining('managed identity') }),
  ])
  expect(found.of('IDENTITY_HEADER')).toEqual([
    expect.objectContaining({ status: 'ok', message: 'IDENTITY_HEADER is there for --managed-identity' }),
  ])
  expect(found.stdout).not.toContain(endpoint.header)
  expect(world.entra.count()).toBe(0)
})
