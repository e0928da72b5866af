/** A certificate request that a key in a PKCS#11 token signs. */
import { type Context, proofSources } from '../context.ts'
import { tokenKeySources } from '../credentials/proof.ts'
import { findCertificate } from '../credentials/token-key.ts'
import { named } from '../crypto/pkcs11/errors.ts'
import { publicKeyOf } from '../crypto/pkcs11/select.ts'
import { withToken } from '../crypto/pkcs11/token.ts'
import { parseUri } from '../crypto/pkcs11/uri.ts'
import { AppError } from '../errors.ts'
import { chooseProfile } from '../profiles/choose.ts'
import { readPinSource } from '../profiles/draft-token-key.ts'
import { isTokenKey, type Profile, type TokenKeyCredential } from '../profiles/profile.ts'
import { loadProfiles } from '../profiles/store.ts'
import { nameText } from './facts.ts'
import { refuseFlags, subjectOf } from './new-key.ts'
import type { Requester, RequestFlags } from './request.ts'
import { findTokenUri } from './source.ts'

interface TokenKey {
  readonly credential: TokenKeyCredential
  readonly profile: string | undefined
}

/** The key in a token that the command is pointed at; undefined for one elsewhere. Throws AppError `usage`. */
export async function findTokenKey(
  file: string | undefined,
  flags: RequestFlags,
  context: Context,
): Promise<TokenKey | undefined> {
  if (file !== undefined) {
    const credential = findTokenUri(file)
    if (!credential) return undefined
    if (flags.profile !== undefined)
      throw new AppError('usage', 'a pkcs11: URI and --profile do not go together', {
        hint: 'give one of them',
      })
    const pin = readPinSource({ 'pin-source': flags['pin-source'] as string | undefined }, credential.pin)
    if (pin === 'keychain')
      throw new AppError('usage', 'a PIN is kept under a profile, and there is none', {
        hint: 'give --pin-source file:PATH, env:NAME or prompt',
      })
    return { profile: undefined, credential: { ...credential, ...(pin !== undefined && { pin }) } }
  }
  const document = await loadProfiles(context.profiles)
  const { name } = await chooseProfile(flags.profile, document, context)
  const { credential } = document.profiles.get(name) as Profile
  if (!isTokenKey(credential)) return undefined
  refuseFlags({ ...flags }, ['pin-source'], 'goes with the pkcs11: URI of a key')
  return { profile: name, credential }
}

/**
 * Does the work with that key, while the token is open.
 * @throws AppError as `withToken`; `usage` when it is not said whose name the request is for.
 */
export function withTokenKey<T>(
  { credential, profile }: TokenKey,
  flags: RequestFlags,
  work: (requester: Requester) => Promise<T>,
  context: Context,
): Promise<T> {
  refuseFlags({ ...flags }, ['key-size', 'ask-password', 'no-password'], 'goes with --key-out')
  const sources = tokenKeySources(credential, proofSources(context, profile))
  return withToken(parseUri(credential.key), sources.pin, sources.world, async (token) => {
    // A key that waits for its first certificate has none yet.
    const found = await findCertificate(credential, token, sources).catch((error: unknown) => {
      if (flags.subject !== undefined && error instanceof AppError && error.code === 'not_found')
        return undefined
      throw error
    })
    const privateKey = await token.getKey(found?.certificate)
    const key = publicKeyOf(privateKey) ?? found?.certificate.publicKey
    if (!key)
      throw new AppError('data', `token ${named(token.label)} does not show the public half of the key`)
    return work({
      key,
      sign: (data) => token.signPkcs1(privateKey, key, data),
      subject:
        flags.subject === undefined && found
          ? { text: nameText(found.certificate.subject) }
          : subjectOf(flags.subject, ''),
      files: [],
    })
  })
}
