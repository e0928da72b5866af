/** What a resource or a policy asks of the next token (OpenID Connect Core 1.0, section 5.5; Entra's claims challenge). */
import { AppError } from '../errors.ts'
import { findJsonObject } from '../platform/json-object.ts'

export interface ClaimsFlags {
  readonly claims?: string | undefined
  readonly 'claims-challenge'?: string | undefined
}

/**
 * The request's `claims` parameter, in one spelling for the same claims.
 * @throws AppError `usage` for what is not a JSON object, or a header without claims.
 */
export function readClaimsFlags({ claims, 'claims-challenge': challenge }: ClaimsFlags): string | undefined {
  if (claims !== undefined && challenge !== undefined)
    throw new AppError('usage', '--claims and --claims-challenge do not go together')
  if (claims !== undefined)
    return normalise(claims, '--claims', 'give the JSON that an error or a resource names')
  return challenge === undefined ? undefined : readChallenge(challenge)
}

/** The parameter of a WWW-Authenticate header (RFC 9110, section 11.6.1), pasted with or without the header's name. */
function readChallenge(header: string): string {
  const [, quoted, bare] = /(?:^|[\s,])claims\s*=\s*(?:"([^"]*)"|([\w+/=-]+))/i.exec(header) ?? []
  const encoded = quoted ?? bare
  const hint = 'paste the whole WWW-Authenticate header of the refused request, in single quotes'
  if (!encoded) throw new AppError('usage', '--claims-challenge holds no claims="…"', { hint })
  const text = encoded.trim().startsWith('{') ? encoded : Buffer.from(encoded, 'base64').toString('utf8')
  return normalise(text, '--claims-challenge', hint)
}

function normalise(text: string, flag: string, hint: string): string {
  const claims = findJsonObject(text)
  if (!claims) throw new AppError('usage', `${flag} is not a JSON object`, { hint })
  return JSON.stringify(claims)
}
