/** The server as a program, bundled as the demo ships it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { trustingFetch } from './fetch.ts'
import { assertionType, certificate, encoded, type Fields, graph } from './fixture.ts'
import { assertion } from './fixture-assertion.ts'

describe('the demo program', () => {
  let directory: string
  let program: string

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'entra-demo-'))
    program = join(directory, 'entra.cjs')
    await build({
      entryPoints: [fileURLToPath(new URL('./main.ts', import.meta.url))],
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      outfile: program,
    })
  })

  afterAll(() => rm(directory, { recursive: true }))

  /** No PATH: the program must not need any other. */
  const start = () => {
    const child = spawn(process.execPath, [program], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { TMPDIR: directory },
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const read = async () => JSON.parse((await lines.next()).value ?? 'null')
    const ask = (line: string) => {
      child.stdin.write(`${line}\n`)
      return read()
    }
    return { child, read, ask }
  }

  test('says where it is, takes commands, and ends with stdin', async () => {
    const { child, read, ask } = start()
    const demo = await read()
    const client = trustingFetch(demo.caFile)
    const url = `${demo.authorityHost}/${demo.tenantId}/oauth2/v2.0/token`
    const send = async (form: Fields) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const response = await client(url, { method: 'POST', headers, body: encoded(form) })
      return response.json()
    }
    const common = { grant_type: 'client_credentials', client_id: demo.clientId, scope: graph }
    expect(await send({ ...common, client_secret: demo.clientSecret })).toHaveProperty('access_token')
    expect(await ask('{"count":"token"}')).toEqual({ count: 1 })
    const added = await ask(JSON.stringify({ addCertificate: certificate.certificatePem }))
    expect(added).toEqual({ addCertificate: certificate.x509.fingerprint256 })
    const claims = { aud: url, iss: demo.clientId, sub: demo.clientId }
    const signed = { client_assertion_type: assertionType, client_assertion: await assertion({ claims }) }
    expect(await send({ ...common, ...signed })).toHaveProperty('access_token')
    for (const line of ['nonsense', 'null', '{}', '{"addCertificate":"x"}']) {
      expect(await ask(line)).toEqual({ error: expect.any(String) })
    }
    client.close()
    child.stdin.end()
    expect(await once(child, 'exit')).toEqual([0, null])
    await expect(stat(demo.caFile)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('ends with SIGTERM', async () => {
    const { child, read } = start()
    await read()
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})
