/** What `cert request` does once its flags are read: a request (PKCS#10) for a certificate authority. */
import type { KeyObject } from 'node:crypto'
import { resolve } from 'node:path'
import type { Context } from '../context.ts'
import {
  createCertificateRequest,
  localCertificateSigner,
  type Subject,
} from '../crypto/certificate-signing.ts'
import { generateRsaKey } from '../crypto/key-pair.ts'
import { writePrivateKey } from '../crypto/password-encryption.ts'
import { requireRsa } from '../crypto/private-key.ts'
import { AppError } from '../errors.ts'
import { type NewFile, refuseExisting, writeTogether } from '../platform/new-files.ts'
import { keyRecord, nameText } from './facts.ts'
import { chooseKeyPassword, type KeyPasswordFlags } from './key-password.ts'
import { findLeaf } from './leaf.ts'
import { parseKeySize, refuseFlags, subjectOf } from './new-key.ts'
import { findTokenKey, withTokenKey } from './request-in-token.ts'
import { openSource, type SourceFlags } from './source.ts'

export interface RequestFlags extends SourceFlags, KeyPasswordFlags {
  readonly profile?: string | undefined
  readonly subject?: string | undefined
  readonly out?: string | undefined
  readonly 'key-out'?: string | undefined
  readonly 'key-size'?: string | undefined
  readonly force: boolean
  readonly json: boolean
}

export interface Requester {
  /** The public half. */
  readonly key: KeyObject
  readonly sign: (data: Uint8Array) => Promise<Uint8Array>
  readonly subject: Subject
  /** The new key, to be written. */
  readonly files: readonly NewFile[]
}

/** @throws AppError `usage` for files and flags that do not do, and what reading the key throws. */
export async function requestCertificate(
  file: string | undefined,
  flags: RequestFlags,
  context: Context,
): Promise<void> {
  const out = flags.out === undefined ? undefined : resolve(flags.out)
  const keyOut = flags['key-out'] === undefined ? undefined : resolve(flags['key-out'])
  if (out !== undefined && out === keyOut)
    throw new AppError('usage', 'key and request would be one file', { hint: 'give --out another name' })
  refuseExisting(
    [out, keyOut].filter((path) => path !== undefined),
    flags.force,
  )
  const create = async ({ key, subject, sign, files }: Requester) => ({
    key,
    files,
    pem: await createCertificateRequest({ publicKey: key, sign }, subject),
  })
  const tokenKey = keyOut === undefined ? await findTokenKey(file, flags, context) : undefined
  const { key, files, pem } = tokenKey
    ? await withTokenKey(tokenKey, flags, create, context)
    : await create(
        keyOut === undefined
          ? await openKey(file, flags, context)
          : await newKey(file, keyOut, flags, context),
      )
  writeTogether([...files, ...(out === undefined ? [] : [{ path: out, data: pem }])], flags.force)
  if (flags.json) {
    const record = {
      key: keyRecord(key),
      ...(out === undefined ? { request: pem } : { file: out }),
      ...(keyOut !== undefined && { private_key: keyOut }),
    }
    return context.out(`${JSON.stringify(record)}\n`)
  }
  if (keyOut !== undefined) context.notice(`private key written to ${keyOut}`)
  if (out === undefined) context.out(pem)
  else context.notice(`request written to ${out}; have a certificate authority sign it`)
}

function signerOf(privateKey: KeyObject): Pick<Requester, 'key' | 'sign'> {
  const { publicKey: key, sign } = localCertificateSigner(privateKey)
  return { key, sign }
}

async function newKey(
  file: string | undefined,
  keyOut: string,
  flags: RequestFlags,
  context: Context,
): Promise<Requester> {
  if (file !== undefined || flags.profile !== undefined)
    throw new AppError('usage', '--key-out makes a new key: a file or --profile does not go with it')
  if (flags.subject === undefined)
    throw new AppError('usage', '--subject is missing', {
      hint: 'a new key has no name yet: --subject CN=app',
    })
  const password = await chooseKeyPassword('pair', flags, context)
  const size = parseKeySize(flags['key-size'])
  const key = await context.during(`Making an RSA key of ${size} bits`, () => generateRsaKey(size))
  const data = await writePrivateKey(key, password)
  return { ...signerOf(key), subject: subjectOf(flags.subject, ''), files: [{ path: keyOut, data }] }
}

/** The key that is there, and the name that its certificate has. */
async function openKey(file: string | undefined, flags: RequestFlags, context: Context): Promise<Requester> {
  refuseFlags(flags, ['key-size', 'ask-password', 'no-password'], 'goes with --key-out')
  refuseFlags(flags, ['pin-source'], 'goes with the pkcs11: URI of a key')
  const source = await openSource(file, flags, { askForKey: true }, context)
  const [first, ...others] = source.privateKeys
  if (!first)
    throw new AppError('data', `${source.name} has no private key`, {
      hint: 'give the file that holds the key, or make a new one with --key-out',
    })
  if (others.length > 0)
    throw new AppError('data', `${source.name} has ${source.privateKeys.length} private keys`, {
      hint: 'leave one of them in the file',
    })
  const key = requireRsa(await first.open(), first.place)
  const known = { ...source, privateKeys: [{ place: first.place, open: async () => key }] }
  if (flags.subject !== undefined)
    return { ...signerOf(key), subject: subjectOf(flags.subject, ''), files: [] }
  if (source.certificates.length === 0)
    throw new AppError('usage', '--subject is missing', {
      hint: `${source.name} has no certificate to take the name from: --subject CN=app`,
    })
  const { certificate } = await findLeaf(known, context.now())
  return { ...signerOf(key), subject: { text: nameText(certificate.subject) }, files: [] }
}
