/** Reading `application/x-www-form-urlencoded` bodies (RFC 6749 section 3.2). */
import type { IncomingMessage } from 'node:http'
import { missingParameter, refused } from './errors.ts'
import type { Form } from './exchange.ts'

const limit = 64 * 1024

/** The body is longer than the server reads. */
export class BodyTooLarge extends Error {}

export async function readForm(request: IncomingMessage): Promise<Form> {
  const body = await readBody(request)
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  // Entra does not look into bodies of another type, so it misses the first parameter.
  if (type !== 'application/x-www-form-urlencoded') throw missingParameter('grant_type')
  const form: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(body)) {
    if (Object.hasOwn(form, name)) {
      const text = `The request is not properly formatted. The parameter '${name}' is duplicated.`
      throw refused('invalid_request', 9000411, text)
    }
    form[name] = value
  }
  return form
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length <= limit) chunks.push(chunk)
  }
  // Only now, because a client may not read an answer before it has sent everything.
  if (length > limit) throw new BodyTooLarge()
  return Buffer.concat(chunks).toString('utf8')
}
