/** What the server records, and how it starts and stops. */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { trustingFetch } from './fetch.ts'
import { entra, fetch, fields, post, tenant, tokenEndpoint } from './fixture.ts'
import { startEntra } from './server.ts'

describe('what is recorded', () => {
  test('requests and counts by kind', async () => {
    const { id } = tenant
    await fetch(`${entra.authorityHost}/${id}/v2.0/.well-known/openid-configuration`)
    await fetch(`${entra.authorityHost}/${id}/discovery/v2.0/keys`)
    await fetch(`${entra.authorityHost}/common/discovery/instance`)
    await fetch(`${entra.authorityHost}/nothing`)
    await post(fields(), { tenant: 'contoso.onmicrosoft.com', headers: { 'x-test': 'yes' } })
    await post(fields({ client_secret: 'wrong' }), { tenant: 'nowhere' })
    const kinds = ['token', 'openid-configuration', 'keys', 'instance', undefined] as const
    expect(kinds.map((kind) => entra.count(kind))).toEqual([2, 1, 1, 1, 6])
    expect(entra.requests.map(({ status }) => status)).toEqual([200, 200, 200, 404, 200, 400])
    expect(entra.requests[4]).toMatchObject({
      method: 'POST',
      path: '/contoso.onmicrosoft.com/oauth2/v2.0/token',
      tenant: id,
      headers: { 'x-test': 'yes' },
      form: fields(),
      status: 200,
    })
    expect(entra.requests[5]?.tenant).toBe('nowhere')
    entra.resetCounts()
    expect([entra.count(), entra.count('token'), entra.requests.length]).toEqual([0, 0, 0])
  })
})

describe('starting and stopping', () => {
  test('a given directory stays, and a held request does not keep the server', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'entra-test-'))
    try {
      const other = await startEntra({ directory })
      expect(other.caFile).toBe(join(directory, 'ca.pem'))
      const hold = other.holdNextTokenRequest()
      const client = trustingFetch(other.caFile)
      const url = `${other.authorityHost}/x/oauth2/v2.0/token`
      const held = expect(client(url, { method: 'POST' })).rejects.toMatchObject({ code: 'ECONNRESET' })
      await hold.arrived
      await other.close()
      await held
      client.close()
      expect((await stat(other.caFile)).isFile()).toBe(true)
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  test('the directory it made is private, and goes', async () => {
    const other = await startEntra()
    const directory = join(other.caFile, '..')
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    await other.close()
    await expect(stat(directory)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('a client that does not trust the CA is not served', async () => {
    await expect(globalThis.fetch(tokenEndpoint())).rejects.toThrow('fetch failed')
    expect(entra.count()).toBe(0)
  })
})
