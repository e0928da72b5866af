/** POST `/{tenant}/oauth2/v2.0/token` (RFC 6749 section 3.2), and the frame of `/devicecode`, which is alike. */
import { randomUUID } from 'node:crypto'
import type { OutgoingHttpHeaders } from 'node:http'
import type { Authority } from './authority.ts'
import { EntraError, errorDocument, refused } from './errors.ts'
import { type Answer, correlationId, type Exchange, type Form, jsonAnswer } from './exchange.ts'
import { BodyTooLarge, readForm } from './form.ts'
import { grants } from './grants/index.ts'
import { type Grant, required, type TokenResponse } from './token-request.ts'

/** Reads the request, and returns what makes its answer: faults may keep it waiting in between. */
export async function tokenAnswer(
  exchange: Exchange,
  authority: Authority,
  tenantName: string,
  run: Grant = grantOfType,
): Promise<() => Promise<Answer>> {
  const reading = readForm(exchange.request)
  const record = (form: Form) => {
    exchange.record.form = form
  }
  // A body that is refused is refused in the answer, not here.
  await reading.then(record, () => {})
  return () =>
    answer(exchange, authority, async () => {
      verifyMethod(exchange.record.method)
      const form = await reading
      const { authorization } = exchange.request.headers
      return run({ authority, tenant: authority.tenant(tenantName), tenantName, form, authorization })
    })
}

const grantOfType: Grant = (request) => {
  const type = required(request.form, 'grant_type')
  const run = grants.get(type)
  if (!run) {
    throw refused('unsupported_grant_type', 70003, `The app requested an unsupported grant type '${type}'.`)
  }
  return run(request)
}

function verifyMethod(method: string): void {
  if (method === 'POST') return
  const text = `The endpoint only accepts POST requests. Received a ${method} request.`
  throw refused('invalid_request', 900561, text)
}

async function answer(
  exchange: Exchange,
  authority: Authority,
  issue: () => Promise<TokenResponse>,
): Promise<Answer> {
  const ids = { traceId: randomUUID(), correlationId: correlationId(exchange) }
  const headers: OutgoingHttpHeaders = {
    'Cache-Control': 'no-store, no-cache',
    Pragma: 'no-cache',
    'x-ms-request-id': ids.traceId,
  }
  if (exchange.request.headers['return-client-request-id'] === 'true') {
    headers['client-request-id'] = ids.correlationId
  }
  try {
    return jsonAnswer(200, await issue(), headers)
  } catch (error) {
    if (error instanceof BodyTooLarge) return { status: 413, headers, body: '' }
    if (!(error instanceof EntraError)) throw error
    // RFC 6749 section 5.2: a client that tried HTTP authentication is told the scheme.
    if (error.status === 401 && exchange.request.headers.authorization) {
      headers['WWW-Authenticate'] = 'Basic realm="Entra"'
    }
    return jsonAnswer(error.status, errorDocument(error, ids, authority.host), headers)
  }
}
