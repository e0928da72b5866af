/** profiles.json on disk: read without a lock, changed under one, written whole or not at all. */
import { dirname } from 'node:path'
import { AppError } from '../errors.ts'
import { ensurePrivateDirectory, readPrivateFile, writeAtomically } from '../platform/atomic-file.ts'
import { parseProfiles, parseUnread } from './parse.ts'
import { emptyDocument, type ProfilesDocument } from './profile.ts'

const schema = 'https://unpkg.com/entra-auth-cli/profiles.schema.json'
export const largestProfiles = 8 * 1024 * 1024

export interface ProfileFile {
  readonly path: string
  readonly uid: number | undefined
}

function readText(file: ProfileFile): string | undefined {
  return readPrivateFile(file.path, {
    ...(file.uid !== undefined && { uid: file.uid }),
    maxBytes: largestProfiles,
    othersMayRead: true,
  })?.toString('utf8')
}

/**
 * The profiles, or none when there is no file, each checked when it is taken out. Throws the parser's own faults: for
 * the fast path.
 */
export function readProfiles(file: ProfileFile): ProfilesDocument {
  const source = readText(file)
  return source === undefined ? emptyDocument : parseUnread(source)
}

/**
 * The profiles, or none when there is no file.
 * @throws AppError `config` with file, line and column when the file cannot be used.
 */
export async function loadProfiles(file: ProfileFile): Promise<ProfilesDocument> {
  const source = readText(file)
  if (source === undefined) return emptyDocument
  try {
    return parseProfiles(source)
  } catch (fault) {
    const { documentError } = await import('./locate.ts')
    throw await documentError(fault, source, file.path)
  }
}

/** The text of profiles.json for that document. */
export function formatProfiles(document: ProfilesDocument): string {
  const { default: chosen, profiles } = document
  const content = {
    $schema: schema,
    version: 1,
    ...(chosen !== undefined && { default: chosen }),
    profiles: Object.fromEntries(profiles),
  }
  return `${JSON.stringify(content, undefined, 2)}\n`
}

/**
 * Changes the profiles: takes the lock, reads again, applies the change, and puts a finished file in
 * the old one's place. A file that cannot be read as profiles is never overwritten.
 * @throws AppError `config` for a damaged file, `store` when it cannot be written, and what `change` throws.
 */
export async function changeProfiles(
  file: ProfileFile,
  change: (document: ProfilesDocument) => ProfilesDocument | Promise<ProfilesDocument>,
): Promise<void> {
  const { withLock } = await import('../platform/lock.ts')
  ensurePrivateDirectory(dirname(file.path))
  await withLock(`${file.path}.lock`, async () => {
    const source = readText(file)
    const changed = await change(await loadProfiles(file))
    await refuseToLose(file, source)
    writeAtomically(file.path, formatProfiles(changed))
  })
}

/** An editor does not take our lock; and of a field that stands twice, writing would drop one. */
async function refuseToLose(file: ProfileFile, source: string | undefined): Promise<void> {
  if (source !== undefined) {
    const { documentError, findDuplicateField } = await import('./locate.ts')
    const duplicate = await findDuplicateField(source)
    if (duplicate) throw await documentError(duplicate, source, file.path)
  }
  if (readText(file) !== source)
    throw new AppError('try_again', `${file.path} was changed by another program in the same moment`, {
      hint: 'run the command again; nothing was written',
    })
}
