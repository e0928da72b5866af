/** Who signed in, as Entra's answer says it. */
import { AppError } from '../errors.ts'
import type { Secret } from '../secret.ts'
import type { TokenResponse } from '../tokens/token-response.ts'

export interface Account {
  /** `oid.tid`: Entra's name for the person, the same in every application. */
  readonly homeAccountId: string
  readonly username: string
  /** Of the sign-in; a guest's is not the home tenant. */
  readonly tenant: string
  /** Seconds since 1970. */
  readonly signedInOn: number
  /** Absent where a person must sign in again. */
  readonly refreshToken?: string
}

/** The account of a sign-in's answer; throws AppError where it is not to be taken. */
export type Accept = (response: TokenResponse) => Account

const noAnswer = (what: string) =>
  new AppError('protocol', `Entra's answer to the sign-in ${what}`, {
    hint: 'check that the authority host is one of Microsoft Entra ID',
  })

/**
 * The account that a sign-in's ID token names. It came from the token endpoint over TLS, which stands in for checking
 * its signature (OpenID Connect Core 1.0, section 3.1.3.7, step 6); whom it is for is checked.
 * @throws AppError `protocol` where it is missing or another application's.
 */
export function accountOf(response: TokenResponse, clientId: string, now: number): Account {
  const claims = response.idToken && readPayload(response.idToken)
  if (!claims) throw noAnswer('holds no readable ID token')
  if (claims.aud?.toLowerCase() !== clientId.toLowerCase()) throw noAnswer('is for another application')
  const { oid, sub, tid, preferred_username: username, email, name } = claims
  const home = response.clientInfo === undefined ? undefined : readHome(response.clientInfo)
  const identity = home ?? (oid && tid ? `${oid}.${tid}` : undefined)
  if (identity === undefined || tid === undefined) throw noAnswer('does not say who signed in')
  return {
    homeAccountId: identity,
    username: username ?? email ?? name ?? sub ?? identity,
    tenant: tid,
    signedInOn: Math.floor(now),
    ...(response.refreshToken && { refreshToken: response.refreshToken.reveal() }),
  }
}

type Texts = Readonly<Record<string, string | undefined>>

/** The members of a JSON object that are texts. */
function parseTexts(encoded: string): Texts | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'))
    if (typeof value !== 'object' || value === null) return undefined
    return Object.fromEntries(Object.entries(value).filter(([, member]) => typeof member === 'string'))
  } catch {
    return undefined
  }
}

const readPayload = (token: Secret): Texts | undefined => parseTexts(token.reveal().split('.')[1] ?? '')

/** Entra's `client_info`: who the person is in their home tenant. */
function readHome(clientInfo: string): string | undefined {
  const { uid, utid } = parseTexts(clientInfo) ?? {}
  return uid && utid ? `${uid}.${utid}` : undefined
}

/** What an account is called in commands and in the cache: its user name, where no other has the same. */
export function accountName(account: Account, all: readonly Account[]): string {
  const same = all.filter(({ username }) => username.toLowerCase() === account.username.toLowerCase())
  return (same.length > 1 ? account.homeAccountId : account.username).toLowerCase()
}

/** Those that can be meant where none is named: who must sign in again counts only where everybody must. */
export function candidates(all: readonly Account[]): readonly Account[] {
  const signedIn = all.filter(({ refreshToken }) => refreshToken !== undefined)
  return signedIn.length > 0 ? signedIn : all
}

/** The account of that name; the only one where none is named. */
export function findAccount(all: readonly Account[], name: string | undefined): Account | undefined {
  if (name === undefined) {
    const [only, ...others] = candidates(all)
    return others.length === 0 ? only : undefined
  }
  const wanted = name.toLowerCase()
  return (
    all.find(({ homeAccountId }) => homeAccountId.toLowerCase() === wanted) ??
    all.find(({ username }) => username.toLowerCase() === wanted)
  )
}
