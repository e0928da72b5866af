/** The shapes an access token is printed in. */
import type { AccessToken } from '../tokens/access-token.ts'

export interface PrintedToken {
  readonly token: AccessToken
  /** Undefined where the environment said it all. */
  readonly profile: string | undefined
  readonly source: 'cache' | 'entra'
  /** Seconds since 1970. */
  readonly now: number
}

/** The documented record: keys in snake_case, as in an OAuth token response. */
function tokenRecord({ token, profile, source, now }: PrintedToken): Record<string, string | number> {
  return {
    access_token: token.accessToken,
    token_type: token.tokenType,
    expires_in: Math.max(0, Math.floor(token.expiresOn - now)),
    expires_on: token.expiresOn,
    expires_at: new Date(token.expiresOn * 1000).toISOString().replace('.000Z', 'Z'),
    scope: token.scope,
    // A managed identity's are in its token, where that can be read.
    ...(token.tenant && { tenant_id: token.tenant }),
    ...(token.clientId && { client_id: token.clientId }),
    ...(profile !== undefined && { profile }),
    source,
  }
}

/** YAML's double-quoted scalars are JSON's strings (YAML 1.2, section 7.3.1). */
const yaml = (record: Record<string, string | number>): string =>
  Object.entries(record)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join('\n')

/** Each prints one token, without the final newline. A token has no character that a shell would read. */
export const tokenFormats = {
  text: ({ token }) => token.accessToken,
  json: (printed) => JSON.stringify(tokenRecord(printed)),
  yaml: (printed) => yaml(tokenRecord(printed)),
  env: ({ token }) =>
    `export ACCESS_TOKEN='${token.accessToken}'\nexport ACCESS_TOKEN_EXPIRES_ON=${token.expiresOn}`,
  header: ({ token }) => `Authorization: ${token.tokenType} ${token.accessToken}`,
  /** Another word for `text`, which scripts use. */
  token: ({ token }) => token.accessToken,
} as const satisfies Record<string, (printed: PrintedToken) => string>

export type TokenFormat = keyof typeof tokenFormats
export const tokenFormatNames = Object.keys(tokenFormats) as TokenFormat[]
