/** Every way a certificate or key file can be wrong, and what to do about it. All are AppErrors; none holds a secret. */
import { AppError } from '../errors.ts'

const generate = 'make an RSA key and certificate: `entra-auth-cli cert generate --out app.pem`'
const passwordFlags =
  '--certificate-password-stdin, --certificate-password-file or --certificate-password-env'

export function tooLarge(file: string, limit: number): AppError {
  return new AppError('data', `${file} is larger than ${limit / 1024 / 1024} MiB`, {
    hint: 'give the file that holds the client certificate, not a bundle of many',
  })
}

export function notCertificate(file: string, detail = 'neither PEM, PFX nor a DER certificate'): AppError {
  return new AppError('data', `${file} is not a certificate: ${detail}`, {
    hint: 'give a PEM file with certificate and key, or a PFX (.pfx, .p12)',
  })
}

export function truncated(file: string, detail: string): AppError {
  return new AppError('data', `${file} is cut short: ${detail}`, { hint: 'copy or export the file again' })
}

export function damaged(file: string, detail: string, cause?: unknown): AppError {
  return new AppError('data', `${file} is damaged: ${detail}`, {
    hint: 'copy or export the file again',
    cause,
  })
}

export function noCertificate(file: string, found: readonly string[]): AppError {
  const has = found.length > 0 ? `; it has: ${[...new Set(found)].slice(0, 5).join(', ')}` : ''
  return new AppError('data', `${file} has no certificate${has}`, { hint: noCertificateHint(file, found) })
}

function noCertificateHint(file: string, found: readonly string[]): string {
  if (found.some((label) => label.endsWith('CERTIFICATE REQUEST')))
    return 'a request is not yet a certificate: have it signed, and give the answer'
  if (found.includes('PKCS7'))
    return `take the certificates out with \`openssl pkcs7 -print_certs -in ${quoted(file)} -out chain.pem\``
  if (found.some((label) => label.endsWith('PRIVATE KEY')))
    return 'give the certificate with --certificate-path and this file with --private-key-path'
  return 'give the file that holds the certificate with --certificate-path'
}

export function noPrivateKey(file: string, certificateFile: string): AppError {
  return new AppError('data', `${file} has no private key`, {
    hint:
      file === certificateFile
        ? 'give the key file too, with --private-key-path, or a PFX that holds both'
        : 'give a PEM file with a PRIVATE KEY block with --private-key-path',
  })
}

export function pfxAsPrivateKey(file: string): AppError {
  return new AppError('data', `${file} is a PFX, not a PEM private key`, {
    hint: 'a PFX holds certificate and key: give it with --certificate-path, without --private-key-path',
  })
}

export function derPrivateKey(file: string): AppError {
  return new AppError('data', `${file} is not PEM`, {
    hint: `if it is a key in DER, write it as PEM with \`openssl pkey -inform DER -in ${quoted(file)} -out key.pem\``,
  })
}

export function severalPrivateKeys(file: string, count: number): AppError {
  return new AppError('data', `${file} has ${count} private keys`, {
    hint: 'leave only the key of the client certificate in the file, or give that key with --private-key-path',
  })
}

export function keyMismatch(keyFile: string, certificateFile: string): AppError {
  const where =
    keyFile === certificateFile
      ? `the private key in ${keyFile} does not belong to any certificate in it`
      : `the private key in ${keyFile} does not belong to the certificate in ${certificateFile}`
  return new AppError('data', where, {
    hint: 'give the key the certificate was made for; after a renewal, replace both files',
  })
}

export function notRsa(file: string, kind: string): AppError {
  return new AppError('data', `the private key in ${file} is ${kind}; Entra accepts RSA only`, {
    hint: `Entra would answer AADSTS5002730; ${generate}`,
  })
}

export function keySize(file: string, bits: number, limit: string): AppError {
  return new AppError('data', `the RSA key in ${file} has ${bits} bits; ${limit}`, { hint: generate })
}

export function openSshKey(file: string): AppError {
  const copy = quoted('key.pem')
  return new AppError('data', `the private key in ${file} is in OpenSSH's own format`, {
    hint: `convert a copy: \`cp ${quoted(file)} ${copy} && ssh-keygen -p -m PKCS8 -f ${copy}\``,
  })
}

export function expired(file: string, end: Date): AppError {
  return new AppError('data', `the certificate in ${file} expired on ${utc(end)}`, {
    hint: 'make a new one with `entra-auth-cli cert generate`, upload it to the application, and point the profile to it',
  })
}

export function notYetValid(file: string, start: Date): AppError {
  return new AppError('data', `the certificate in ${file} is not valid before ${utc(start)}`, {
    hint: "check this machine's clock, or wait until then",
  })
}

export function passwordNeeded(file: string): AppError {
  return new AppError('usage', `${file} is encrypted and no password was given`, {
    hint: `give the password with ${passwordFlags}`,
  })
}

export function wrongPassword(file: string): AppError {
  return new AppError('data', `the password of ${file} is wrong`, {
    hint: `check the password given with ${passwordFlags}; a damaged file looks the same`,
  })
}

/** The password may be right: nothing in the file tells a wrong one from damage. */
export function cannotDecrypt(file: string): AppError {
  return new AppError(
    'data',
    `cannot decrypt the private key in ${file}: wrong password, or the file is damaged`,
    {
      hint: `check the password given with ${passwordFlags}`,
    },
  )
}

export function unsupportedPfx(file: string, algorithm: string): AppError {
  const source = quoted(file)
  return new AppError('data', `${file} is protected with ${algorithm}, which is not supported`, {
    hint: `export it again: \`openssl pkcs12 -legacy -in ${source} -out all.pem\`, then \`openssl pkcs12 -export -in all.pem -out new.pfx\`, and delete all.pem`,
  })
}

export function unsupportedKey(file: string, algorithm: string): AppError {
  return new AppError('data', `the key in ${file} is encrypted with ${algorithm}, which is not supported`, {
    hint: `encrypt it again: \`openssl pkey -provider legacy -provider default -in ${quoted(file)} -aes256 -out key.pem\``,
  })
}

export function pfxWithoutMac(file: string): AppError {
  return new AppError('data', `${file} has no MAC: nothing shows that its contents were not changed`, {
    hint: `if you trust the file, export it again: \`openssl pkcs12 -nomacver -in ${quoted(file)} -out all.pem\`, then \`openssl pkcs12 -export -in all.pem -out new.pfx\`, and delete all.pem`,
  })
}

export function tooCostly(file: string, detail: string): AppError {
  return new AppError('data', `${file} asks for too much work to decrypt: ${detail}`, {
    hint: 'no honest tool writes such a file; export it again from its source',
  })
}

function utc(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** A path for a POSIX shell, quoted where needed. */
export function quoted(path: string): string {
  return /^[\w./:@%+=,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
