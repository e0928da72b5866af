/** Opens what a command about certificates is pointed at: a file, standard input, a PKCS#11 token, or a profile. */
import type { KeyObject, X509Certificate } from 'node:crypto'
import { resolve } from 'node:path'
import { type Context, proofSources } from '../context.ts'
import { readCredentialFile, tokenKeySources } from '../credentials/proof.ts'
import { type NamedBytes, openCertificateFile } from '../crypto/client-certificate.ts'
import { askOnce } from '../crypto/password-source.ts'
import { formatUri, parseUri } from '../crypto/pkcs11/uri.ts'
import { AppError } from '../errors.ts'
import { findGivenSecret } from '../flags/credential.ts'
import { chooseProfile } from '../profiles/choose.ts'
import { credentialWord } from '../profiles/describe.ts'
import {
  type CertificateFileCredential,
  isTokenKey,
  type Profile,
  type TokenKeyCredential,
} from '../profiles/profile.ts'
import { loadProfiles } from '../profiles/store.ts'
import type { Secret } from '../secret.ts'

export interface SourceFlags {
  readonly profile?: string | undefined
  readonly [flag: string]: unknown
}

export interface CertificateSource {
  /** How people call it: a path, or the profile. */
  readonly name: string
  readonly profile?: { readonly name: string; readonly profile: Profile }
  /** As they stand there; none in a file that holds a key alone. */
  readonly certificates: readonly X509Certificate[]
  /** Where the key is, and how to open it. */
  readonly privateKeys: readonly { readonly place: string; readonly open: () => Promise<KeyObject> }[]
  /** A key that opens to nobody: where it is, and what shows of it. */
  readonly tokenKey?: { readonly place: string; readonly state: 'matches' | 'unseen' | 'mismatch' }
}

export interface OpenOptions {
  /** Asks a person for the password of a key in a PEM file; one that a PFX needs is always asked for. */
  readonly askForKey: boolean
  /** Asks nobody: what needs a password that is kept nowhere is an error. */
  readonly unattended?: boolean
}

/**
 * Opens the file (`-`: standard input; a `pkcs11:` URI: what it names), or else the profile: the one named, or the usual one.
 * Throws AppError 'usage' for both, and what reading throws.
 */
export async function openSource(
  file: string | undefined,
  flags: SourceFlags,
  options: OpenOptions,
  context: Context,
): Promise<CertificateSource> {
  if (file === undefined) {
    const document = await loadProfiles(context.profiles)
    const { name } = await chooseProfile(flags.profile, document, context)
    return openProfile(name, document.profiles.get(name) as Profile, flags, options, context)
  }
  if (flags.profile !== undefined)
    throw new AppError('usage', 'a file and --profile do not go together', { hint: 'give one of them' })
  const named = findTokenUri(file)
  if (named) return { name: named.key, ...(await openToken(undefined, named, context)) }
  if (file === '-' && flags['certificate-password-stdin'])
    throw new AppError('usage', 'standard input cannot be both the certificate and its password')
  const bytes =
    file === '-'
      ? { bytes: await context.readStdinBytes(), name: 'standard input' }
      : readCredentialFile(resolve(file))
  return { name: bytes.name, ...(await openParts({ certificate: bytes }, flags, {}, options, context)) }
}

/** The certificate of a profile. Throws AppError 'usage' for a profile that has another credential. */
export async function openProfile(
  name: string,
  profile: Profile,
  flags: SourceFlags,
  options: OpenOptions,
  context: Context,
): Promise<CertificateSource> {
  const { credential } = profile
  if (credential.type !== 'certificate')
    throw new AppError(
      'usage',
      `profile ${name} has no certificate; its credential: ${credentialWord(profile)}`,
      {
        hint: `make one, which keeps what there is until it works: \`entra-auth-cli cred cert --profile ${name}\``,
      },
    )
  const source = { name: `profile ${name}`, profile: { name, profile } }
  if (isTokenKey(credential)) return { ...source, ...(await openToken(name, credential, context)) }
  const { key, password } = credential
  const stored = {
    ...(password !== undefined && {
      password: () => context.secrets.resolve(password, name, 'certificate-password'),
    }),
  }
  const files = await readFiles(name, credential, context)
  const parts = await openParts(files, flags, stored, options, context)
  if (key === undefined) return { ...source, ...parts }
  const place = `sealed under profile ${name} (${key})`
  return {
    ...source,
    ...parts,
    privateKeys: [{ place, open: () => openSealedKey(name, key, context) }],
  }
}

/** A key in a token, where the command is pointed at one. Throws AppError `usage` for a URI that is none. */
export function findTokenUri(text: string): TokenKeyCredential | undefined {
  if (!/^pkcs11:/i.test(text)) return undefined
  const { 'pin-source': pin, ...uri } = parseUri(text)
  return { type: 'certificate', key: formatUri(uri), ...(pin !== undefined && { pin }) }
}

/** What a token shows without its PIN. */
async function openToken(name: string | undefined, credential: TokenKeyCredential, context: Context) {
  const { showTokenKey } = await import('../credentials/token-key.ts')
  const sources = tokenKeySources(credential, proofSources(context, name))
  const { chain, key: state } = await showTokenKey(credential, sources)
  return { certificates: chain, privateKeys: [], tokenKey: { place: credential.key, state } }
}

interface Parts {
  readonly certificate: NamedBytes
  readonly privateKey?: NamedBytes
}

async function readFiles(
  name: string,
  credential: CertificateFileCredential,
  context: Context,
): Promise<Parts> {
  const { certificatePath, certificate, key, privateKeyPath } = credential
  const privateKey = privateKeyPath === undefined ? {} : { privateKey: readCredentialFile(privateKeyPath) }
  if (certificatePath !== undefined)
    return { certificate: readCredentialFile(certificatePath), ...privateKey }
  if (certificate !== undefined)
    return { certificate: await context.secrets.readCertificate(certificate), ...privateKey }
  const pem = key && context.secrets.findKeyCertificates(name, key)
  if (pem === undefined || pem === '')
    throw new AppError('not_found', `the private key of profile ${name} is not there any more`, {
      hint: `make a new one: \`entra-auth-cli cert generate --profile ${name} --force\``,
    })
  return { certificate: { bytes: Buffer.from(pem), name: `the certificate of profile ${name}` } }
}

async function openSealedKey(name: string, reference: string, context: Context): Promise<KeyObject> {
  const text = await context.secrets.resolve(reference, name, 'private-key')
  const bytes = { bytes: Buffer.from(text.reveal()), name: `the sealed key of profile ${name}` }
  const [open] = (await openCertificateFile(bytes, askOnce(undefined))).privateKeys
  if (!open) throw new AppError('data', `${bytes.name} holds no key`)
  return open()
}

async function openParts(
  files: Parts,
  flags: SourceFlags,
  stored: { readonly password?: () => Promise<Secret> },
  options: OpenOptions,
  context: Context,
): Promise<Pick<CertificateSource, 'certificates' | 'privateKeys'>> {
  let mayAsk = context.interactive && !options.unattended
  const name = (files.privateKey ?? files.certificate).name
  const password = askOnce(async () => {
    const given = await findGivenSecret('certificate-password', flags, context)
    if (given?.type === 'value') return given.value
    if (given) return context.secrets.resolve(given.reference, undefined, 'certificate-password')
    if (stored.password) return stored.password()
    return mayAsk ? (await import('../prompts/ask.ts')).askSecret(`Password of ${name}`) : undefined
  })
  const opened = await openCertificateFile(files.certificate, password)
  const keyFile = files.privateKey ?? files.certificate
  const keys = files.privateKey ? await openCertificateFile(files.privateKey, password) : opened
  mayAsk &&= options.askForKey
  return {
    certificates: opened.certificates,
    privateKeys: keys.privateKeys.map((open) => ({ place: keyFile.name, open })),
  }
}
