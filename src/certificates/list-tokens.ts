/** The tokens of `cert list`: what they show of keys and certificates without a PIN. */
import type { Context } from '../context.ts'
import type { ListedModule, ListedToken } from '../crypto/pkcs11/list.ts'
import { formatUri } from '../crypto/pkcs11/uri.ts'
import { AppError } from '../errors.ts'
import { utc } from '../output/relative-time.ts'
import { table } from '../output/table.ts'
import { readUri, type TokenKeyFlags } from '../profiles/draft-token-key.ts'
import { certificateRecord, keyRecord, keyText, nameText, timeLeft, validityOf } from './facts.ts'

/**
 * The tokens that flags name, or all. Only this runs the code of modules.
 * @throws AppError `not_found` where no module is installed; a module that fails, when it is the only one that is asked.
 */
export async function findTokens(
  flags: TokenKeyFlags,
  context: Context,
): Promise<{ modules: readonly ListedModule[]; tokens: readonly ListedToken[] }> {
  const { listTokens } = await import('../crypto/pkcs11/list.ts')
  const isNamed = Object.values(flags).some((value) => value !== undefined)
  const { object, id, 'pin-source': _, ...uri } = isNamed ? readUri(flags, undefined, context) : {}
  const modules = await listTokens(uri, context.pkcs11)
  const [only] = modules
  if (only?.failure && modules.length === 1) throw only.failure
  // Who names a token is not told of other devices.
  const say = uri.token === undefined ? context.warn : context.debug
  for (const { failure } of modules) if (failure) say(failure.message)
  const tokens = modules.flatMap((module) => module.tokens)
  if (tokens.length === 0 && uri.token !== undefined)
    throw new AppError('not_found', 'there is no token of that label', {
      hint: 'see all of them: entra-auth-cli cert list --tokens',
    })
  const isMeant = (one: { readonly label: string; readonly id: Uint8Array }) =>
    (object === undefined || one.label === object) && (!id || Buffer.from(id).equals(Buffer.from(one.id)))
  return {
    modules,
    tokens: tokens.map((token) => ({
      ...token,
      certificates: token.certificates.filter(isMeant),
      keys: token.keys.filter(isMeant),
    })),
  }
}

interface Row {
  readonly token: ListedToken
  readonly label: string
  readonly uri: string
  readonly certificate?: ListedToken['certificates'][number]['certificate']
  readonly isUnread?: boolean
}

/** Certificates, and the keys that have none. */
const rowsOf = (token: ListedToken): Row[] => [
  ...token.certificates.map(({ label, uri, certificate }) =>
    certificate ? { token, label, uri, certificate } : { token, label, uri, isUnread: true },
  ),
  ...token.keys
    .filter((key) => !token.certificates.some(({ id }) => Buffer.from(id).equals(Buffer.from(key.id))))
    .map((key) => ({
      token,
      label: key.label,
      uri: formatUri({
        token: token.label,
        ...(key.label !== '' && { object: key.label }),
        ...(key.id.length > 0 && { id: key.id }),
        'module-path': token.module,
      }),
    })),
]

export interface TokenRows {
  readonly rows: readonly Row[]
  /** Tokens with nothing in them that shows. */
  readonly empty: readonly ListedToken[]
}

/** @param by seconds since 1970: only what has ended by then, or cannot be read. */
export function selectTokenRows(tokens: readonly ListedToken[], by: number | undefined): TokenRows {
  const rows = tokens.flatMap(rowsOf)
  if (by === undefined) return { rows, empty: tokens.filter((token) => rowsOf(token).length === 0) }
  return {
    rows: rows.filter(
      ({ certificate, isUnread }) => isUnread || (certificate && validityOf(certificate).end <= by),
    ),
    empty: [],
  }
}

/** @param now in seconds since 1970 */
export function tokenTable({ rows, empty }: TokenRows, now: number, columns: number | undefined): string {
  const ends = ({ certificate, isUnread }: Row) => {
    if (!certificate) return isUnread ? 'cannot be read' : '-'
    const { end } = validityOf(certificate)
    return `${utc(end).slice(0, 10)} (${timeLeft(end - now)})`
  }
  return table(
    ['TOKEN', 'LABEL', 'SUBJECT', 'KEY', 'EXPIRES', 'URI'],
    [
      ...rows.map((row) => [
        row.token.label,
        row.label || '-',
        row.certificate ? nameText(row.certificate.subject) : '-',
        row.certificate ? keyText(keyRecord(row.certificate.publicKey)) : '-',
        ends(row),
        row.uri,
      ]),
      ...empty.map(({ label, module }) => [label, '-', '-', '-', '-', moduleUri(label, module)]),
    ],
    columns,
  )
}

const moduleUri = (token: string, module: string) => formatUri({ token, 'module-path': module })

export const moduleRecord = ({ module, tokens, failure }: ListedModule) => ({
  module,
  tokens: tokens.map(({ label, serial, manufacturer, model }) => ({ label, serial, manufacturer, model })),
  ...(failure && { error: failure.message }),
})

export const tokenRowRecord = ({ token, label, uri, certificate }: Row, now: number) => ({
  token: token.label,
  label,
  private_key: uri,
  ...(certificate && certificateRecord(certificate, now)),
})
