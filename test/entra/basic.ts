/** HTTP Basic client authentication (RFC 6749 section 2.3.1, RFC 7617). */
import { refused } from './errors.ts'

export interface BasicCredentials {
  readonly clientId: string
  readonly secret: string
}

/** The client ID and secret of an `Authorization` header, each form-encoded before base64. */
export function basicCredentials(header: string | undefined): BasicCredentials | undefined {
  const encoded = header?.match(/^Basic +([A-Za-z0-9+/]+={0,2})$/i)?.[1]
  if (!encoded) return undefined
  const [clientId, secret] = Buffer.from(encoded, 'base64')
    .toString('utf8')
    .split(/:(.*)/s, 2)
    .map(formDecode)
  if (!clientId || secret === undefined) throw malformed()
  return { clientId, secret }
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw malformed()
  }
}

const malformed = () =>
  refused('invalid_request', 9002313, 'Invalid request. The Authorization header is malformed.')
