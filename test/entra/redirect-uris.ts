/** Which redirect URIs an app takes, and what its platform asks of the client (RFC 6749 section 3.1.2, RFC 8252). */

export interface RedirectUris {
  /** Of confidential clients. */
  readonly web?: readonly string[]
  /** "Mobile and desktop applications". */
  readonly public?: readonly string[]
}

export type Platform = keyof RedirectUris

/** The platform a URI is registered on. Exact and case-sensitive, but for the port of loopback URIs. */
export function findPlatform(registered: RedirectUris, uri: string): Platform | undefined {
  const wanted = comparable(uri)
  return (['public', 'web'] as const).find((platform) =>
    registered[platform]?.some((known) => comparable(known) === wanted),
  )
}

/** `http://localhost` matches with any port (RFC 8252 section 7.3); 127.0.0.1 too, once it is registered. */
function comparable(uri: string): string {
  const loopback = /^(http:\/\/(?:localhost|127\.0\.0\.1))(?::\d{1,5})?(\/.*)?$/.exec(uri)
  return loopback ? `${loopback[1]}${loopback[2] ?? '/'}` : uri
}
