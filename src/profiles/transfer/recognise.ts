/** Tells by its content what an import is, and reads it. Names and extensions of files mean nothing. */
import { AppError } from '../../errors.ts'
import type { Secret } from '../../secret.ts'
import type { SecretPurpose } from '../../secrets/account.ts'
import { storeOf } from '../../secrets/keeper.ts'
import { keptSecrets } from '../kept-secrets.ts'
import { documentError, findDuplicateField } from '../locate.ts'
import { DocumentFault, parseProfiles } from '../parse.ts'
import type { ProfilesDocument } from '../profile.ts'
import { readDotnetProfiles } from './dotnet.ts'
import { findDotnetExport, openDotnetExport } from './dotnet-export.ts'
import type { Incoming, IncomingProfile } from './incoming.ts'
import type { Source } from './read-source.ts'
import { isSealedExport, openExport, readEnvelope, type SealedContent } from './sealed-export.ts'

/**
 * The profiles in that text.
 * @param getPassphrase asked for only when the text is sealed
 * @throws AppError `data` with file, line and column for bad content, `denied` for a wrong passphrase.
 */
export async function readIncoming(source: Source, getPassphrase: () => Promise<Secret>): Promise<Incoming> {
  const incoming = await recognise(source, getPassphrase)
  if (incoming.profiles.length > 0) return incoming
  throw new AppError('data', `there is no profile in ${source.name}`, { hint: 'nothing was imported' })
}

async function recognise(source: Source, getPassphrase: () => Promise<Secret>): Promise<Incoming> {
  const text = source.text.trim()
  if (isSealedExport(text)) {
    const envelope = readEnvelope(text, source.name)
    const content = await openExport(envelope, await getPassphrase(), source.name)
    return readSealed(content, source.name)
  }
  if (/^[{[]/.test(text)) return readJson(source)
  const bytes = findDotnetExport(text, source.name)
  if (bytes)
    return {
      format: '.NET export',
      profiles: [await openDotnetExport(bytes, await getPassphrase(), source.name)],
    }
  throw new AppError('data', `${source.name} is neither profiles in JSON nor a sealed export`, {
    hint: 'give what `entra-auth-cli export-profile` or the .NET tool wrote; nothing was imported',
  })
}

/** @throws AppError `data`, with line and column. */
async function locating<T>(source: Source, read: (text: string) => T): Promise<T> {
  const refuse = (fault: unknown) =>
    documentError(fault, source.text, source.name, { code: 'data', hint: 'nothing was imported' })
  let result: T
  try {
    result = read(source.text)
  } catch (fault) {
    throw await refuse(fault)
  }
  const duplicate = await findDuplicateField(source.text)
  if (duplicate) throw await refuse(duplicate)
  return result
}

const readJson = (source: Source): Promise<Incoming> =>
  locating(source, (text): Incoming => {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value)) return { format: '.NET profiles', profiles: readDotnetProfiles(value, []) }
    // Its documentation shows the list inside an object.
    const { profiles } = value as { profiles?: unknown }
    if (Array.isArray(profiles))
      return { format: '.NET profiles', profiles: readDotnetProfiles(profiles, ['profiles']) }
    const isOurs = ['version', 'profiles', '$schema'].some((key) => Object.hasOwn(value as object, key))
    if (!isOurs)
      throw new DocumentFault([], 'is JSON, but not of profiles: it has neither "version" nor "profiles"')
    return incomingDocument(parseProfiles(text), new Map())
  })

async function readSealed({ document, secrets }: SealedContent, name: string): Promise<Incoming> {
  const inside = { name: `the profiles in ${name}`, text: document }
  const incoming = await locating(inside, (text) => incomingDocument(parseProfiles(text), secrets))
  return { ...incoming, format: 'sealed export' }
}

const incomingDocument = (
  { profiles, default: chosen }: ProfilesDocument,
  secrets: SealedContent['secrets'],
): Incoming => ({
  format: 'profiles',
  ...(chosen !== undefined && { default: chosen }),
  profiles: [...profiles].map(([name, profile]): IncomingProfile => {
    const given = secrets.get(name) ?? new Map<string, Secret>()
    const places = keptSecrets(profile).filter(({ reference }) => storeOf(reference) !== undefined)
    const used = places.flatMap(({ purpose }): [SecretPurpose, Secret][] => {
      const secret = given.get(purpose)
      return secret ? [[purpose, secret]] : []
    })
    const purposes = new Set<string>(places.map(({ purpose }) => purpose))
    return {
      name,
      profile,
      secrets: new Map(used),
      lost: [...given.keys()].filter((purpose) => !purposes.has(purpose)),
    }
  }),
})
