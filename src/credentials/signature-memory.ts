/**
 * How each device-held key signs, where it is not the best way: devices claim mechanisms that they have not, and trying
 * takes time, a touch or a PIN each. Without it, or with a wrong one, all ways are tried again.
 */
import { createHash, type X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { type SignatureWay, signatureWays } from '../crypto/pkcs11/signature.ts'
import { thumbprintSha256 } from '../crypto/thumbprint.ts'
import { ensurePrivateDirectory, readPrivateFile, writeAtomically } from '../platform/atomic-file.ts'

export interface SignaturePlace {
  readonly directory: string
  readonly certificate: X509Certificate
  /** An update of its library or firmware may bring another way. */
  readonly token: { readonly module: string; readonly version: string }
}

const fileOf = ({ directory, certificate, token }: SignaturePlace): string => {
  const key = [thumbprintSha256(certificate), token.module, token.version].join('\n')
  return join(directory, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`)
}

export function findSignatureWay(place: SignaturePlace): SignatureWay | undefined {
  try {
    const { algorithm, mechanism } = JSON.parse(
      readPrivateFile(fileOf(place), { maxBytes: 1024 })?.toString() ?? '',
    )
    return signatureWays.find((way) => way.algorithm === algorithm && way.mechanism === mechanism)
  } catch {
    return undefined
  }
}

/** Not being able to is no failure: the next time takes longer, that is all. */
export function rememberSignatureWay(
  place: SignaturePlace,
  way: SignatureWay,
  debug: (line: string) => void,
): void {
  try {
    ensurePrivateDirectory(place.directory)
    writeAtomically(fileOf(place), `${JSON.stringify(way)}\n`)
  } catch (error) {
    debug(`how the key signs is not remembered: ${(error as Error).message}`)
  }
}
