/** A new key in a PKCS#11 token, with its certificate beside it: one process, and one login, for all of it. */
import { createPublicKey, randomBytes, type X509Certificate } from 'node:crypto'
import { type Context, proofSources } from '../context.ts'
import { tokenKeySources } from '../credentials/proof.ts'
import { createSelfSigned } from '../crypto/certificate-signing.ts'
import { named } from '../crypto/pkcs11/errors.ts'
import { type Token, withToken } from '../crypto/pkcs11/token.ts'
import { formatUri, type Pkcs11Uri, parseUri } from '../crypto/pkcs11/uri.ts'
import { AppError } from '../errors.ts'
import type { GivenSecret } from '../flags/credential.ts'
import { readPin, readPinSource, readUri, type TokenKeyFlags } from '../profiles/draft-token-key.ts'
import { type Credential, isTokenKey, type TokenKeyCredential } from '../profiles/profile.ts'
import { type NewKeyWish, validity } from './new-key.ts'
import type { NewCredential } from './under-profile.ts'

/** Where the key is to be, and how the token opens. */
export interface TokenPlace {
  /** Of the token alone. */
  readonly uri: Pkcs11Uri
  /** Of the key; undefined where it is called as its profile is. */
  readonly label: string | undefined
  readonly id: Uint8Array | undefined
  /** Undefined: a person is asked. */
  readonly pin: GivenSecret | undefined
  /** Whose secrets the PIN's reference means. */
  readonly profile: string | undefined
}

export interface TokenKeyWish extends NewKeyWish {
  readonly label: string
  /** A label that is taken: refused, replaced, or another one is taken. */
  readonly taken: 'refuse' | 'replace' | 'choose'
}

/**
 * Of flags, on top of the key that the profile has.
 * @throws AppError `usage` for flags that do not go together, or where nobody can be asked for the PIN to keep.
 */
export async function readTokenPlace(
  flags: TokenKeyFlags,
  profile: string | undefined,
  before: Credential | undefined,
  context: Context,
): Promise<TokenPlace> {
  const known = before && isTokenKey(before) ? before : undefined
  const old = known && parseUri(known.key)
  const { 'pin-source': pinOfUri, object: label, id, type: _, ...uri } = readUri(flags, old, context)
  const source = readPinSource(flags, pinOfUri)
  // A PIN is never shown to another token: that would count as a wrong one there.
  const kept = old && old.token === uri.token && old.serial === uri.serial ? known : undefined
  const pin = await readPin(flags, source, kept, uri, context, false)
  const isNamed = flags['pkcs11-uri'] !== undefined || flags['key-label'] !== undefined
  return { uri, label: isNamed ? label : undefined, id: isNamed ? id : undefined, pin, profile }
}

export interface MadeTokenKey {
  readonly certificate: X509Certificate
  /** Names the one key, whatever else gets its label. */
  readonly key: string
  readonly token: string
}

/**
 * Makes key and certificate; `finish` does what is left to do. When anything fails, the key is deleted again.
 * @throws AppError as `withToken`; `usage` for a label that is taken and a size that the token has not; as `finish`.
 */
export function makeTokenKey<T>(
  wish: TokenKeyWish,
  { uri, id = randomBytes(8), pin, profile }: TokenPlace,
  finish: (made: MadeTokenKey) => Promise<T>,
  context: Context,
): Promise<T> {
  const reference = pin?.type === 'reference' ? pin.reference : undefined
  const sources = tokenKeySources(
    { type: 'certificate', key: formatUri(uri), ...(reference !== undefined && { pin: reference }) },
    proofSources(context, profile),
  )
  const pinSource = pin?.type === 'value' ? async () => pin.value : sources.pin
  return withToken(uri, pinSource, sources.world, async (token) => {
    // The PIN is asked for before anything is drawn.
    await token.login('writing')
    const { label, replaced } = await chooseLabel(wish, id, token)
    const { certificate } = await context.during(
      `Making an RSA key of ${wish.keySize} bits in the token`,
      () => generate({ ...wish, label, id }, token, context),
    )
    const key = formatUri({ ...uri, token: token.label, object: label, id, 'module-path': token.module })
    const done = await finish({ certificate, key, token: token.label }).catch(async (error: unknown) => {
      await deleteOrWarn([id], token, 'new', context)
      throw error
    })
    await deleteOrWarn(replaced, token, 'former', context)
    return done
  })
}

/** The label, and the IDs of the keys that have it now and go. */
async function chooseLabel(
  { label, taken }: TokenKeyWish,
  id: Uint8Array,
  token: Token,
): Promise<{ label: string; replaced: readonly Buffer[] }> {
  const { privateKeys, publicKeys, certificates } = await token.readContents()
  const keys = [...privateKeys, ...publicKeys]
  const wanted = Buffer.from(id).toString('base64')
  if ([...keys, ...certificates].some((one) => one.id === wanted))
    throw new AppError('usage', `that ID is taken in token ${named(token.label)}`, {
      hint: 'leave id out of the URI, and the key gets one of its own',
    })
  const isTaken = (text: string) => keys.some((key) => key.label === text)
  if (taken === 'choose') {
    let number = 1
    const numbered = () => (number === 1 ? label : `${label}-${number}`)
    while (isTaken(numbered())) number += 1
    return { label: numbered(), replaced: [] }
  }
  if (taken === 'refuse' && isTaken(label))
    throw new AppError('usage', `there is a key ${named(label)} in token ${named(token.label)} already`, {
      hint: 'give another --key-label, or replace it with --force',
    })
  const old = privateKeys.filter((key) => key.label === label)
  if (old.some((key) => key.id === ''))
    throw new AppError('usage', `the key ${named(label)} in token ${named(token.label)} has no ID`, {
      hint: 'give another --key-label: which of two keys it is could not be told',
    })
  return { label, replaced: old.map((key) => Buffer.from(key.id, 'base64')) }
}

async function generate(
  { keySize, subject, validDays, label, id }: TokenKeyWish & { readonly id: Uint8Array },
  token: Token,
  context: Context,
): Promise<{ certificate: X509Certificate }> {
  const made = await token.generateKey({ bits: keySize, label, id, beside: true })
  try {
    const publicKey = createPublicKey({ key: made.publicKey, format: 'der', type: 'spki' })
    const certificate = await createSelfSigned({
      signer: { publicKey, sign: made.sign },
      subject,
      ...validity(validDays, context.now()),
    })
    if (!certificate.verify(publicKey))
      throw new AppError('data', `token ${named(token.label)} signed a certificate that does not verify`)
    await token.storeCertificate({ der: certificate.raw, label, id })
    return { certificate }
  } catch (error) {
    await deleteOrWarn([id], token, 'new', context)
    throw error
  }
}

/** What cannot be deleted does not hide the error that came before, and undoes nothing that is done. */
async function deleteOrWarn(
  ids: readonly Uint8Array[],
  token: Token,
  which: 'new' | 'former',
  { warn }: Context,
): Promise<void> {
  if (ids.length === 0) return
  try {
    await token.deleteKeys((key) => ids.some((id) => key.id.equals(id)))
  } catch (error) {
    const shown = ids.map((id) => Buffer.from(id).toString('hex')).join(', ')
    warn(
      `the ${which} key with ID ${shown} stays in token ${named(token.label)}: ${(error as Error).message}`,
    )
  }
}

/** The credential of a profile with that key. */
export const tokenCredential = ({ pin }: TokenPlace, { key }: Pick<MadeTokenKey, 'key'>): NewCredential => ({
  secrets: new Map(pin?.type === 'value' ? [['pin', pin.value]] : []),
  build: (stored, before): TokenKeyCredential => {
    const place = pin?.type === 'reference' ? pin.reference : stored.get('pin')
    const sendX5c = before?.type === 'certificate' && before.sendX5c
    return {
      type: 'certificate',
      key,
      ...(place !== undefined && { pin: place }),
      ...(sendX5c && { sendX5c }),
    }
  },
})
