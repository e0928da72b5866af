import { AppError } from '../../src/errors.ts'
import { BrokenConnection, type HttpResponse } from '../../src/platform/http.ts'
import { sendPatiently } from '../../src/tokens/retry.ts'

type Outcome = HttpResponse | Error

const answer = (status: number, headers: HttpResponse['headers'] = {}): HttpResponse => ({
  status,
  headers,
  body: '{}',
})
/** The shortest wait there is: it is raised to half a second. */
const soon = { 'retry-after': '0' }
const broken = () => new BrokenConnection('unavailable', 'the connection broke')

/** Sends that have these outcomes, one after the other; the last one stays. */
async function sending(...outcomes: readonly Outcome[]) {
  const lines: string[] = []
  let calls = 0
  const started = performance.now()
  const result = await sendPatiently(
    async () => {
      const outcome = outcomes[Math.min(calls++, outcomes.length - 1)] as Outcome
      if (outcome instanceof Error) throw outcome
      return outcome
    },
    (line) => lines.push(line),
  ).catch((error: unknown) => error as Error)
  return { result, calls, lines, seconds: (performance.now() - started) / 1000 }
}

test.each([200, 301, 400, 401, 403, 404, 429, 501])('%i is final: one request', async (status) => {
  const first = answer(status, soon)
  const { result, calls, lines } = await sending(first, answer(200))
  expect(result).toBe(first)
  expect([calls, lines]).toEqual([1, []])
})

test.each([500, 502, 503, 504, 408])(
  '%i is tried three times, and the last answer is returned',
  async (status) => {
    const last = answer(status, soon)
    const { result, calls, lines, seconds } = await sending(answer(status, soon), answer(status, soon), last)
    expect(result).toBe(last)
    expect(calls).toBe(3)
    expect(lines).toEqual(['try 1 of 3 failed, waiting 0.5 s', 'try 2 of 3 failed, waiting 0.5 s'])
    expect(seconds).toBeGreaterThan(0.95)
  },
)

test('an answer after a failure is the answer', async () => {
  const good = answer(200)
  const { result, calls } = await sending(answer(503, soon), good)
  expect(result).toBe(good)
  expect(calls).toBe(2)
})

test('a refusal after a failure is final too', async () => {
  const refusal = answer(400)
  const { result, calls } = await sending(answer(503, soon), refusal)
  expect(result).toBe(refusal)
  expect(calls).toBe(2)
})

test.each(['11', '60', '3600', 'Fri, 31 Dec 2100 00:00:00 GMT'])(
  'who asks to wait for long (%s) is not asked again: that is the caller’s decision',
  async (wait) => {
    const busy = answer(503, { 'retry-after': wait })
    const { result, calls, seconds } = await sending(busy)
    expect(result).toBe(busy)
    expect(calls).toBe(1)
    expect(seconds).toBeLessThan(0.4)
  },
)

test('a connection that broke is tried again, within a second and a half', async () => {
  const good = answer(200)
  const { result, calls, seconds } = await sending(broken(), good)
  expect(result).toBe(good)
  expect(calls).toBe(2)
  expect(seconds).toBeGreaterThan(0.45)
  expect(seconds).toBeLessThan(2)
})

test('a connection that breaks three times is an error, the last one', async () => {
  const last = broken()
  const { result, calls } = await sending(answer(500, soon), broken(), last)
  expect(result).toBe(last)
  expect(calls).toBe(3)
})

test.each<[string, Error]>([
  ['an unknown host', new AppError('unavailable', 'cannot find the host')],
  ['an answer that is too large', new AppError('protocol', 'the answer is larger')],
  ['a mistake of ours', new TypeError('x is not a function')],
])('what another try does not mend is final: %s', async (_, error) => {
  const { result, calls } = await sending(error, answer(200))
  expect(result).toBe(error)
  expect(calls).toBe(1)
})
