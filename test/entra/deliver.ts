/** Sends the token endpoint's answer, well or with a fault. */
import { once } from 'node:events'
import { type Answer, type Exchange, jsonAnswer } from './exchange.ts'
import type { Fault, FaultQueue } from './faults.ts'

type MakeAnswer = () => Promise<Answer>

export async function deliver(exchange: Exchange, faults: FaultQueue, make: MakeAnswer): Promise<void> {
  const fault = faults.next()
  // Both are taken on arrival: a release while the first keeps the request counts for the second.
  const hold = faults.takeHold()
  const released = faults.released
  if (hold) await exchange.until(hold)
  if (fault?.kind === 'hold') await exchange.until(released)
  if (fault?.kind === 'delay') await exchange.sleep(fault.milliseconds)
  if (!exchange.isGone) await deliverNow(exchange, fault, make)
}

async function deliverNow(exchange: Exchange, fault: Fault | undefined, make: MakeAnswer): Promise<void> {
  switch (fault?.kind) {
    case 'status':
      return exchange.send(statusAnswer(fault))
    case 'json':
      return exchange.send(jsonAnswer(fault.status ?? 200, fault.body))
    case 'reset':
      return exchange.destroy()
    case 'cut':
      return cut(exchange, await make())
    case 'drip':
      return drip(exchange, await make())
    case 'huge':
      return huge(exchange, fault.bytes)
    default:
      return exchange.send(await make())
  }
}

function statusAnswer(fault: Fault & { kind: 'status' }): Answer {
  const headers = { 'Content-Type': fault.contentType ?? 'text/plain; charset=utf-8', ...fault.headers }
  return { status: fault.status, headers, body: fault.body ?? '' }
}

function beginWhole(exchange: Exchange, { status, headers, body }: Answer): Buffer {
  const bytes = Buffer.from(body)
  exchange.begin(status, { ...headers, 'Content-Length': bytes.length })
  return bytes
}

function cut(exchange: Exchange, answer: Answer): void {
  const bytes = beginWhole(exchange, answer)
  exchange.response.write(bytes.subarray(0, bytes.length / 2), () => exchange.destroy())
}

async function drip(exchange: Exchange, answer: Answer): Promise<void> {
  for (const byte of beginWhole(exchange, answer)) {
    if (exchange.isGone) return
    exchange.response.write(Buffer.of(byte))
    await exchange.sleep(1000)
  }
  exchange.response.end()
}

async function huge(exchange: Exchange, bytes: number): Promise<void> {
  const { response } = exchange
  const chunk = Buffer.alloc(64 * 1024, 'A')
  exchange.begin(200, { 'Content-Type': 'application/json; charset=utf-8' })
  response.write('{"token_type":"Bearer","expires_in":3599,"access_token":"')
  for (let left = bytes; left > 0 && !exchange.isGone; left -= chunk.length) {
    // Without waiting for the client, an endless body would fill the memory of the server.
    if (!response.write(chunk.subarray(0, Math.min(left, chunk.length)))) {
      await exchange.until(once(response, 'drain').then(() => {}))
    }
  }
  response.end('"}')
}
