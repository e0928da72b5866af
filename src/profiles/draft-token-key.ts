/** Makes the credential of a key in a PKCS#11 token, of flags. */
import { resolve } from 'node:path'
import { type Context, proofSources } from '../context.ts'
import { pinQuestion, tokenKeySources } from '../credentials/proof.ts'
import { findModuleFile, findModules } from '../crypto/pkcs11/modules.ts'
import { formatUri, type Pkcs11Uri, parseUri } from '../crypto/pkcs11/uri.ts'
import { AppError } from '../errors.ts'
import { findGivenSecret, type GivenSecret } from '../flags/credential.ts'
import { safeText } from '../output/safe-text.ts'
import { storeOf } from '../secrets/keeper.ts'
import { parseReference } from '../secrets/references.ts'
import type { CredentialDraft, DraftOptions } from './draft-credential.ts'
import { type Credential, isTokenKey, type TokenKeyCredential } from './profile.ts'

export interface TokenKeyFlags {
  readonly 'certificate-path'?: string | undefined
  readonly 'private-key-path'?: string | undefined
  readonly 'send-x5c'?: boolean | undefined
  readonly 'pkcs11-uri'?: string | undefined
  readonly 'pkcs11-module'?: string | undefined
  readonly 'token-label'?: string | undefined
  readonly 'key-label'?: string | undefined
  readonly 'pin-source'?: string | undefined
  readonly 'pin-stdin'?: boolean | undefined
}

const namesKey = (flags: TokenKeyFlags): boolean =>
  ['pkcs11-uri', 'pkcs11-module', 'token-label', 'key-label'].some(
    (name) => flags[name as keyof TokenKeyFlags] !== undefined,
  )

/** Whether flags speak of a key in a token: by themselves, or by what they leave as it is. */
export const wantsTokenKey = (flags: TokenKeyFlags, before: Credential | undefined): boolean =>
  namesKey(flags) ||
  flags['pin-source'] !== undefined ||
  Boolean(flags['pin-stdin']) ||
  Boolean(before && isTokenKey(before) && flags['private-key-path'] === undefined)

/**
 * The URI is made of the flags, on top of what the profile has. Unless it is for one request, token, certificate and
 * key are looked for now: that takes no PIN.
 * @throws AppError `usage` for flags that do not go together, and as `checkTokenKey`.
 */
export async function draftTokenKey(
  flags: TokenKeyFlags,
  context: Context,
  { profile, before, unread }: DraftOptions,
): Promise<CredentialDraft> {
  refuseFileFlags({ ...flags })
  const known = before && isTokenKey(before) ? before : undefined
  const { 'pin-source': pinOfUri, ...uri } = readUri(flags, known && parseUri(known.key), context)
  const pinSource = readPinSource(flags, pinOfUri)
  // Of another key, certificate and PIN are others.
  const kept = namesKey(flags) ? undefined : known
  const certificatePath = flags['certificate-path'] ?? kept?.certificatePath
  const draft: TokenKeyCredential = {
    type: 'certificate',
    key: formatUri(uri),
    ...(certificatePath !== undefined && { certificatePath: resolve(certificatePath) }),
    ...((flags['send-x5c'] || kept?.sendX5c) && { sendX5c: true }),
  }
  const credential = unread ? draft : await tryTokenKey(draft, uri, context, profile)
  const pin = await readPin(flags, pinSource, kept, uri, context, Boolean(unread))
  return {
    secrets: new Map(pin?.type === 'value' ? [['pin', pin.value]] : []),
    build: (references) => {
      const place = pin?.type === 'reference' ? pin.reference : references.get('pin')
      return { ...credential, ...(place !== undefined && { pin: place }) }
    },
  }
}

function refuseFileFlags(flags: Readonly<Record<string, unknown>>): void {
  const stray = Object.keys(flags).find(
    (name) =>
      /^(private-key-path|certificate-password)/.test(name) &&
      flags[name] !== undefined &&
      flags[name] !== false,
  )
  if (stray === undefined) return
  throw new AppError('usage', `--${stray} and a key in a PKCS#11 token do not go together`, {
    hint: 'the certificate may be in a file, with --certificate-path; the key is in the token',
  })
}

/** The URI of flags, on top of another. Throws AppError `usage`. */
export function readUri(flags: TokenKeyFlags, before: Pkcs11Uri | undefined, context: Context): Pkcs11Uri {
  const text = flags['pkcs11-uri']
  const base = text === undefined ? before : parseUri(text)
  const { 'token-label': token, 'key-label': object, 'pkcs11-module': module } = flags
  if (!base && token === undefined && object === undefined && module === undefined)
    throw new AppError('usage', 'it is not said which PKCS#11 token and key the PIN is for', {
      hint: 'name them: --token-label and --key-label, or --pkcs11-uri',
    })
  const given: Pkcs11Uri = {
    ...(token !== undefined && { token }),
    ...(object !== undefined && { object }),
    ...(module !== undefined && { 'module-path': findModule(module, context) }),
  }
  if (text !== undefined) return addToUri(base as Pkcs11Uri, given)
  // What else named the one before does not name the new one.
  const stays = (name: string) =>
    (token === undefined || ['object', 'id', 'module-path'].includes(name)) &&
    (object === undefined || name !== 'id')
  return { ...Object.fromEntries(Object.entries(base ?? {}).filter(([name]) => stays(name))), ...given }
}

const flagOf: Readonly<Record<string, string>> = {
  token: 'token-label',
  object: 'key-label',
  'module-path': 'pkcs11-module',
}

function addToUri(uri: Pkcs11Uri, given: Pkcs11Uri): Pkcs11Uri {
  const twice = Object.keys(given).find((name) => Object.hasOwn(uri, name))
  if (twice === undefined) return { ...uri, ...given }
  throw new AppError('usage', `--pkcs11-uri has ${twice} already, so --${flagOf[twice]} does not go with it`)
}

/** A path, a library's name in the directory of modules, or what p11-kit calls the module. */
function findModule(text: string, { pkcs11 }: Context): string {
  if (/[\\/]/.test(text)) return resolve(text)
  const byName = findModules(pkcs11).find(({ name }) => name === text)
  return findModuleFile(text) ?? byName?.path ?? resolve(text)
}

/** Token, certificate and key are there, and the module is the one that has them: get-token need not search. */
async function tryTokenKey(
  credential: TokenKeyCredential,
  uri: Pkcs11Uri,
  context: Context,
  profile: string | undefined,
): Promise<TokenKeyCredential> {
  const { checkTokenKey } = await import('../credentials/token-key.ts')
  const found = await checkTokenKey(credential, tokenKeySources(credential, proofSources(context, profile)))
  if (found.key === 'unseen')
    context.notice(
      `token "${safeText(found.label)}" shows the key only with its PIN: the first get-token tells whether it is the certificate's`,
    )
  return { ...credential, key: formatUri({ ...uri, 'module-path': found.module }) }
}

/** Where the PIN is, or the PIN itself, to be kept; undefined where a person is asked each time. */
export async function readPin(
  flags: TokenKeyFlags,
  source: string | undefined,
  kept: TokenKeyCredential | undefined,
  uri: Pkcs11Uri,
  context: Context,
  unread: boolean,
): Promise<GivenSecret | undefined> {
  const reference = (text: string): GivenSecret => ({ type: 'reference', reference: text })
  const given = await findGivenSecret('pin', { 'pin-stdin': flags['pin-stdin'] }, context)
  if (given) return given
  if (source === undefined) return kept?.pin === undefined ? undefined : reference(kept.pin)
  if (source !== 'keychain') return reference(source)
  if (unread && kept?.pin !== undefined && storeOf(kept.pin)) return reference(kept.pin)
  const { ask } = proofSources(context, undefined)
  if (!ask)
    throw new AppError('usage', 'the PIN to keep is missing, and there is no terminal to ask for it', {
      hint: 'give it with --pin-stdin, or where it is: --pin-source file:/path or env:NAME',
    })
  return { type: 'value', value: await ask(pinQuestion(uri.token)) }
}

/** `keychain`, `prompt`, or a reference with an absolute path. Never quoted: it may be the PIN, by mistake. */
export function readPinSource(flags: TokenKeyFlags, ofUri: string | undefined): string | undefined {
  const text = flags['pin-source'] ?? ofUri
  if (flags['pin-stdin'] && text !== undefined && text !== 'keychain')
    throw new AppError('usage', '--pin-stdin goes with --pin-source keychain alone')
  if (text === undefined || text === 'prompt' || text === 'keychain') return text
  const [, path] = /^file:(?:\/\/(?=\/))?(.+)$/.exec(text) ?? []
  const reference = path === undefined ? text : `file:${resolve(path)}`
  try {
    if (parseReference(reference).type !== 'file-store') return reference
  } catch {
    // The same error as for our own store's other name.
  }
  throw new AppError('usage', '--pin-source must be file:PATH, env:NAME, command:…, prompt or keychain', {
    hint: 'it says where the PIN is, and never is the PIN itself',
  })
}
