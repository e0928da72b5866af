/** A new key with its self-signed certificate, and the forms it is written in. */
import type { KeyObject, X509Certificate } from 'node:crypto'
import type { Context } from '../context.ts'
import { createSelfSigned, localCertificateSigner, type Subject } from '../crypto/certificate-signing.ts'
import { generateRsaKey, type KeySize, keySizes, usualKeySize } from '../crypto/key-pair.ts'
import { writePrivateKey } from '../crypto/password-encryption.ts'
import { AppError } from '../errors.ts'
import type { NewFile } from '../platform/new-files.ts'
import type { Secret } from '../secret.ts'
import { commonNameOf, type OutputPlan } from './output-plan.ts'

export interface NewKey {
  readonly key: KeyObject
  readonly certificate: X509Certificate
}

export const parseKeySize = (text: string | undefined): KeySize =>
  keySizes.find((size) => String(size) === text) ?? usualKeySize

/** A whole name, or the common name alone: `app` is `CN=app`. */
export const subjectOf = (text: string | undefined, usual: string): Subject =>
  text === undefined ? { commonName: usual } : text.includes('=') ? { text } : { commonName: text }

/** A flag that would change nothing is a mistake. Throws AppError 'usage'. */
export function refuseFlags(
  flags: Readonly<Record<string, unknown>>,
  names: readonly string[],
  reason: string,
): void {
  const given = names.find((name) => flags[name] !== undefined && flags[name] !== false)
  if (given !== undefined) throw new AppError('usage', `--${given} ${reason}`, { hint: 'see --help' })
}

/** Seconds: other clocks may be a little behind ours. */
const headStart = 300
const day = 86_400

/** From a little before now. @param now in seconds since 1970 */
export const validity = (days: number, now: number) => ({
  notBefore: new Date((now - headStart) * 1000),
  notAfter: new Date((now + days * day) * 1000),
})

export interface NewKeyWish {
  readonly keySize: KeySize
  readonly subject: Subject
  readonly validDays: number
}

/** Throws AppError 'usage' for a subject that is none. */
export function createKey({ keySize, subject, validDays }: NewKeyWish, context: Context): Promise<NewKey> {
  return context.during(`Making an RSA key of ${keySize} bits`, async () => {
    const key = await generateRsaKey(keySize)
    const certificate = await createSelfSigned({
      signer: localCertificateSigner(key),
      subject,
      ...validity(validDays, context.now()),
    })
    return { key, certificate }
  })
}

export const certificatePem = ({ certificate }: Pick<NewKey, 'certificate'>): string =>
  `${certificate.toString().trimEnd()}\n`

/** What each file of the plan holds; the certificate before the key, where they share one. */
export async function fileContents(
  plan: OutputPlan,
  made: NewKey,
  password: Secret | undefined,
): Promise<NewFile[]> {
  const pem = certificatePem(made)
  const certificate = plan.certificate === undefined ? [] : [{ path: plan.certificate, data: pem }]
  switch (plan.kind) {
    case 'profile':
      return certificate
    case 'pair':
      return [{ path: plan.key, data: await writePrivateKey(made.key, password) }, ...certificate]
    case 'pem': {
      const data = pem + (await writePrivateKey(made.key, password))
      return [{ path: plan.bundle, data }, ...certificate]
    }
    case 'pfx': {
      const { writePfx } = await import('../crypto/pfx-writer.ts')
      const friendlyName = commonNameOf(plan)
      const data = await writePfx({ ...made, password: password as Secret, friendlyName })
      return [{ path: plan.bundle, data }, ...certificate]
    }
  }
}
