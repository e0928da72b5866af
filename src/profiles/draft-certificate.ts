/** Where the certificate and key of a profile are, as flags or a person say, or where they were before. */
import { resolve } from 'node:path'
import { readCredentialFile } from '../credentials/proof.ts'
import { AppError } from '../errors.ts'
import { type GivenSecret, readOuterReference } from '../flags/credential.ts'
import type { CredentialAnswers, CredentialFlags } from './draft-credential.ts'
import { type CertificateFileCredential, type Credential, isTokenKey } from './profile.ts'

export type CertificatePlaces = Pick<
  CertificateFileCredential,
  'certificatePath' | 'certificate' | 'key' | 'privateKeyPath'
>

/** @throws AppError `usage` for flags that do not go together, and what reading the new file throws. */
export async function certificatePlaces(
  flags: CredentialFlags,
  answers: CredentialAnswers,
  before: Credential | undefined,
): Promise<CertificatePlaces | { readonly uri: string }> {
  const { 'certificate-path': path, 'certificate-ref': reference, 'private-key-path': keyFlag } = flags
  const known = before?.type === 'certificate' && !isTokenKey(before) ? before : undefined
  const newKey = keyFlag === undefined ? {} : { privateKeyPath: resolve(keyFlag) }
  if (path !== undefined && reference !== undefined)
    throw new AppError('usage', '--certificate-path and --certificate-ref do not go together')
  if (reference !== undefined)
    return { certificate: await readOuterReference(reference, 'certificate-ref'), ...newKey }
  if (path === undefined && (known?.certificate !== undefined || known?.key !== undefined))
    return { ...placesOf(known, keyFlag !== undefined), ...newKey }
  const answer = path ?? (await answers.certificatePath())
  // Where a file is asked for, a key in a token is an answer too.
  if (answer.startsWith('pkcs11:')) return { uri: answer }
  const certificatePath = resolve(answer)
  // A certificate that an authority issued takes the place of the one that came with the sealed key.
  if (known?.key !== undefined && keyFlag === undefined && !(await bringsItsKey(certificatePath)))
    return { certificatePath, key: known.key }
  const keyPath = keyFlag ?? (await answers.privateKeyPath(certificatePath))
  return { certificatePath, ...(keyPath !== undefined && { privateKeyPath: resolve(keyPath) }) }
}

function placesOf(
  { certificatePath, certificate, key, privateKeyPath }: CertificateFileCredential,
  withoutKey: boolean,
): CertificatePlaces {
  return {
    ...(certificatePath !== undefined && { certificatePath }),
    ...(certificate !== undefined && { certificate }),
    ...(key !== undefined && !withoutKey && { key }),
    ...(privateKeyPath !== undefined && { privateKeyPath }),
  }
}

async function bringsItsKey(path: string): Promise<boolean> {
  const { holdsPrivateKey } = await import('../crypto/client-certificate.ts')
  return holdsPrivateKey(readCredentialFile(path))
}

/** The password of a certificate whose files stay the same. */
export function keptPassword(
  flags: CredentialFlags,
  before: Credential | undefined,
): GivenSecret | undefined {
  const sameFiles = (['certificate-path', 'certificate-ref', 'private-key-path'] as const).every(
    (flag) => flags[flag] === undefined,
  )
  if (before?.type !== 'certificate' || isTokenKey(before)) return undefined
  if (before.password === undefined || !sameFiles) return undefined
  return { type: 'reference', reference: before.password }
}
