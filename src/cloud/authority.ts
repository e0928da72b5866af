/** An authority: the host that issues tokens, the tenant, and the endpoints Entra has on every host. */
import { AppError } from '../errors.ts'

/** What nearly everyone writes. It needs no URL parser, which would cost a cached call a fiftieth of its time. */
const plainHost = /^https:\/\/(?:[a-z0-9]+[.-])*[a-z][a-z0-9]*(?::(?!443$)[1-9]\d{1,3}|:[1-5]\d{4})?$/

const closedGermany = 'https://login.microsoftonline.de'

/**
 * An authority host as its origin, from what a person or a variable says (a trailing slash is usual).
 * HTTPS only, and nothing but a host and a port: a path, user or query would be dropped silently.
 * @param source names the flag, variable or field, for the error.
 * @throws AppError `usage` for a flag, `config` for anything else
 */
export function parseAuthorityHost(text: string, source: string): string {
  const invalid = (reason: string, hint = 'give a host such as https://login.microsoftonline.us') =>
    new AppError(source.startsWith('--') ? 'usage' : 'config', `the authority host of ${source} ${reason}`, {
      hint,
    })
  // A letter that only looks like another is another host, and a URL parser drops tabs and newlines.
  if (/[^\x21-\x7e]/.test(text.trim())) throw invalid('holds a character that no host has')
  if (plainHost.test(text) && text !== closedGermany) return text
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url?.host) throw invalid('is not a URL')
  if (url.protocol !== 'https:') throw invalid('must start with https://')
  if (url.username || url.password || url.search || url.hash || url.pathname !== '/')
    throw invalid('must be https://HOST[:PORT] and nothing more')
  if (url.origin === closedGermany)
    throw invalid('is Microsoft Cloud Germany, which closed in 2021', 'use the public cloud')
  return url.origin
}

/** Entra has the same paths on every host, so that no discovery request is needed to find them. */
export function endpoints(authorityHost: string, tenant: string) {
  const base = `${authorityHost}/${encodeURIComponent(tenant)}`
  return {
    authority: base,
    issuer: `${base}/v2.0`,
    token: `${base}/oauth2/v2.0/token`,
    authorize: `${base}/oauth2/v2.0/authorize`,
    deviceCode: `${base}/oauth2/v2.0/devicecode`,
    logout: `${base}/oauth2/v2.0/logout`,
    keys: `${base}/discovery/v2.0/keys`,
  }
}
