/** A certificate of a profile: readable, the key's own, closed to others, and good for how long. */
import { X509Certificate } from 'node:crypto'
import { statSync } from 'node:fs'
import { proofSources } from '../context.ts'
import { loadCertificate, tokenKeySources } from '../credentials/proof.ts'
import { named } from '../crypto/pkcs11/errors.ts'
import { AppError } from '../errors.ts'
import { quoted } from '../platform/atomic-file.ts'
import { readInputFile } from '../platform/input-file.ts'
import {
  type CertificateCredential,
  type CertificateFileCredential,
  isTokenKey,
  type TokenKeyCredential,
} from '../profiles/profile.ts'
import { utcDate } from './dates.ts'
import type { Finding } from './finding.ts'
import { type CredentialCheck, lookUp, placeOf, whyNotRun } from './secret-reference.ts'

/** Days before the end in which a renewal should be under way. */
const soon = 30

/** @throws AppError `data`, `not_found`, `config`, … when the certificate could not be used. */
export async function certificateFindings(
  credential: CertificateCredential,
  check: CredentialCheck,
): Promise<Finding[]> {
  const now = check.world.context.now() * 1000
  if (isTokenKey(credential)) return [await tokenKeyFinding(credential, check, now)]
  return [...openFile(credential, check), await certificateFinding(credential, check, now)]
}

/** Module, token, certificate and key, as far as they show without the PIN: no try of it is spent. */
async function tokenKeyFinding(
  credential: TokenKeyCredential,
  { world: { context }, subject }: CredentialCheck,
  now: number,
): Promise<Finding> {
  const { checkTokenKey } = await import('../credentials/token-key.ts')
  const sources = tokenKeySources(credential, proofSources(context, subject.name))
  const { certificate, label, key } = await checkTokenKey(credential, {
    ...sources,
    world: { ...sources.world, deadline: 10_000 },
  })
  const seen = key === 'matches' ? 'its key fits' : 'its key shows only with the PIN'
  return expiry(certificate, `${seen} (token ${named(label)})`, credential, now)
}

/** The certificate with its key, or by itself where the password of the key is not to be had. */
async function certificateFinding(
  credential: CertificateFileCredential,
  check: CredentialCheck,
  now: number,
): Promise<Finding> {
  let closed: string | undefined
  try {
    const { ask: _, ...sources } = proofSources(check.world.context, check.subject.name)
    const { certificate } = await loadCertificate(credential, {
      ...sources,
      resolve: async (reference, purpose) => {
        const found = await lookUp(reference, purpose, check)
        if (found.secret) return found.secret
        closed = found.reason
        throw new AppError('usage', found.reason)
      },
      readCertificate: async (reference) => {
        closed = whyNotRun(reference, check)
        if (closed !== undefined) throw new AppError('usage', closed)
        return sources.readCertificate(reference)
      },
      now: () => now,
    })
    return expiry(certificate, 'its key fits', credential, now)
  } catch (error) {
    // That a password is needed is nothing wrong.
    if (!(error instanceof AppError && error.code === 'usage')) throw error
    const reason = closed ?? 'its password is asked for at each use'
    const certificate = findPublicCertificate(credential, check)
    if (certificate) return expiry(certificate, `its key is not looked at: ${reason}`, credential, now)
    return { check: 'certificate', status: 'skipped', message: `the certificate is not looked at: ${reason}` }
  }
}

/** The certificate by itself, where no password and no keychain is needed to see it. */
function findPublicCertificate(
  { certificatePath, key }: CertificateFileCredential,
  { world, subject }: CredentialCheck,
): X509Certificate | undefined {
  try {
    if (certificatePath !== undefined) return new X509Certificate(readInputFile(certificatePath))
    const { secrets } = world.context
    const pem = subject.name !== undefined && key && secrets.findKeyCertificates(subject.name, key)
    return pem ? new X509Certificate(pem) : undefined
  } catch {
    return undefined
  }
}

function expiry(
  certificate: X509Certificate,
  key: string,
  credential: CertificateCredential,
  now: number,
): Finding {
  const end = Date.parse(certificate.validTo)
  const days = Math.floor((end - now) / 86_400_000)
  const { certificatePath } = credential
  const details = {
    ...(certificatePath !== undefined && { path: certificatePath }),
    expires_on: new Date(end).toISOString(),
    days_left: days,
  }
  const message = `the certificate is good for ${days} day${days === 1 ? '' : 's'}, until ${utcDate(end)}; ${key}`
  const renew = 'renew it, upload the new one to the application, and point the profile to it'
  if (days < 0)
    return {
      check: 'certificate',
      status: 'failed',
      code: 'data',
      message: `the certificate in ${whereOf(credential)} expired on ${utcDate(end)}`,
      fix: renew,
      details,
    }
  return days < soon
    ? { check: 'certificate', status: 'warning', message, fix: renew, details }
    : { check: 'certificate', status: 'ok', message, details }
}

function whereOf(credential: CertificateCredential): string {
  if (credential.certificatePath !== undefined) return credential.certificatePath
  if (isTokenKey(credential)) return credential.key
  return credential.certificate === undefined ? 'the sealed key' : placeOf(credential.certificate)
}

/** Whoever reads the key is the application. */
function openFile(
  { certificatePath, privateKeyPath }: CertificateFileCredential,
  check: CredentialCheck,
): Finding[] {
  const path = privateKeyPath ?? certificatePath
  if (path === undefined) return []
  const mode = (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o777
  if (check.world.context.platform === 'win32' || !(mode & 0o077)) return []
  return [
    {
      check: 'private-key',
      status: 'warning',
      message: `the private key in ${path} is open to other users (mode 0${mode.toString(8)})`,
      fix: `run: chmod 600 ${quoted(path)}`,
      details: { path, mode: `0${mode.toString(8)}` },
    },
  ]
}
