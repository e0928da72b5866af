/** Each kind of fault, and held requests. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { encoded, entra, fetch, fields, granted, post, type TokenBody, tokenEndpoint } from './fixture.ts'

describe('faults', () => {
  test('a status, for as many requests as said, and then no more', async () => {
    entra.fault({ kind: 'status', status: 429, headers: { 'retry-after': '7' }, body: '{}' }, 2)
    for (const _ of [1, 2]) {
      const response = await post()
      expect(response.status).toBe(429)
      expect(response.headers.get('retry-after')).toBe('7')
      expect(await response.text()).toBe('{}')
    }
    await granted()
  })

  test('faults wait in line, and metadata has none', async () => {
    entra.fault({ kind: 'status', status: 503, body: '<html>', contentType: 'text/html' })
    entra.fault({ kind: 'json', body: { token_type: 'Bearer', access_token: 7 } })
    entra.fault({ kind: 'json', body: [], status: 201 })
    expect((await fetch(`${entra.authorityHost}/common/discovery/v2.0/keys`)).status).toBe(200)
    const html = await post()
    expect([html.status, html.headers.get('content-type'), await html.text()]).toEqual([
      503,
      'text/html',
      '<html>',
    ])
    expect(await (await post()).json()).toEqual({ token_type: 'Bearer', access_token: 7 })
    const created = await post()
    expect([created.status, await created.json()]).toEqual([201, []])
  })

  test('delay', async () => {
    entra.fault({ kind: 'delay', milliseconds: 300 })
    const start = performance.now()
    await granted()
    expect(performance.now() - start).toBeGreaterThanOrEqual(290)
  })

  test('hold, until release', async () => {
    entra.fault({ kind: 'hold' }, 2)
    const held = [granted(), granted()]
    await expect(Promise.race([...held, pause(200)])).resolves.toBe('still waiting')
    entra.release()
    await Promise.all(held)
  })

  test('hold, until the client has enough', async () => {
    entra.fault({ kind: 'hold' })
    await expect(post(fields(), { signal: AbortSignal.timeout(200) })).rejects.toThrow(/abort/i)
    expect(entra.requests[0]?.status).toBe(0)
    await granted()
  })

  test('clearFaults lets held requests go', async () => {
    entra.fault({ kind: 'hold' }, 5)
    const hold = entra.holdNextTokenRequest()
    const held = granted()
    await hold.arrived
    entra.clearFaults()
    await held
    await granted()
  })

  test('holdNextTokenRequest', async () => {
    const hold = entra.holdNextTokenRequest()
    const held = granted()
    await hold.arrived
    expect(entra.count('token')).toBe(1)
    await granted()
    await expect(Promise.race([held, pause(100)])).resolves.toBe('still waiting')
    hold.release()
    await held
  })

  test.each(['cut', 'reset'] as const)('%s', async (kind) => {
    entra.fault({ kind })
    await expect(post()).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(entra.requests[0]?.status).toBe(kind === 'cut' ? 200 : 0)
    await granted()
  })

  test('drip: one byte a second', async () => {
    entra.fault({ kind: 'drip' })
    const chunks = await chunksWithin(1500)
    expect(chunks.map(String)).toEqual(['{', '"'])
  })

  test('huge: so many bytes', async () => {
    entra.fault({ kind: 'huge', bytes: 3_000_000 })
    const body = (await (await post()).json()) as TokenBody
    expect(body.access_token).toHaveLength(3_000_000)
  })

  test('huge: without end', async () => {
    entra.fault({ kind: 'huge', bytes: Number.POSITIVE_INFINITY })
    const length = (await chunksWithin(500)).reduce((sum, chunk) => sum + chunk.length, 0)
    expect(length).toBeGreaterThan(1_000_000)
    await granted()
  })

  const pause = (milliseconds: number) =>
    new Promise<string>((resolve) => setTimeout(resolve, milliseconds, 'still waiting'))

  /** The pieces of the answer's body that come in this time, after which the client hangs up. */
  async function chunksWithin(milliseconds: number): Promise<Buffer[]> {
    const chunks: Buffer[] = []
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const request = httpsRequest(tokenEndpoint(), {
      method: 'POST',
      headers,
      ca: readFileSync(entra.caFile),
    })
    request.on('error', () => {})
    request.on('response', (response) =>
      response.on('error', () => {}).on('data', (chunk) => chunks.push(chunk)),
    )
    request.end(encoded(fields()).toString())
    await once(request, 'response')
    await pause(milliseconds)
    request.destroy()
    return chunks
  }
})
