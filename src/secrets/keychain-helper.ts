/**
 * The child process that talks to the keychain. In the main process a keyring daemon that hangs would block the event
 * loop (for 2 seconds), a D-Bus daemon that hangs would block it for good, and an open unlock dialog would keep the
 * process from ending: here a signal ends them all. One JSON request comes on stdin, JSON lines go to stdout.
 */
import type { AsyncEntry } from '@napi-rs/keyring'

export type KeychainRequest = { readonly service: string } & (
  | { readonly action: 'get' | 'remove'; readonly account: string }
  | { readonly action: 'set'; readonly account: string; readonly secret: string }
  | { readonly action: 'probe' }
)

/** `connected` comes first, once the store has shown that it lives. */
export type KeychainAnswer =
  | { readonly type: 'connected' }
  | { readonly type: 'secret'; readonly secret: string | null }
  | { readonly type: 'stored' | 'working' }
  | { readonly type: 'removed'; readonly removed: boolean }
  | { readonly type: 'failed'; readonly message: string; readonly cause?: string }

export type Entry = Pick<AsyncEntry, 'getPassword' | 'setPassword' | 'deletePassword'>
export type OpenEntry = (service: string, account: string) => Entry | Promise<Entry>

/** Serves the one request on stdin. The caller ends the process afterwards. */
export async function runKeychainHelper(
  stdin: AsyncIterable<Uint8Array | string>,
  write: (line: string) => void,
): Promise<void> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Uint8Array))
  const answer = (answer: KeychainAnswer) => write(`${JSON.stringify(answer)}\n`)
  const request = parseRequest(Buffer.concat(chunks).toString('utf8'))
  if (!request) return answer({ type: 'failed', message: 'the request was cut short' })
  await serve(request, openEntry, answer)
}

/** An error of the parser would quote the request. */
function parseRequest(text: string): KeychainRequest | undefined {
  try {
    return JSON.parse(text) as KeychainRequest
  } catch {
    return undefined
  }
}

const openEntry: OpenEntry = async (service, account) => {
  const { AsyncEntry } = await import('@napi-rs/keyring')
  // Without the pin, Linux falls back silently to the kernel's keyring, which forgets at reboot.
  return new AsyncEntry(service, account, { linux: { store: 'secret-service' } })
}

/** Answers a request with any store. Failures are answers too. */
export async function serve(
  request: KeychainRequest,
  open: OpenEntry,
  answer: (answer: KeychainAnswer) => void,
): Promise<void> {
  try {
    const account = request.action === 'probe' ? `probe-${crypto.randomUUID()}` : request.account
    const entry = await open(request.service, account)
    answer({ type: 'connected' })
    switch (request.action) {
      case 'get':
        return answer({ type: 'secret', secret: (await entry.getPassword()) ?? null })
      case 'set':
        await keep(entry, request.secret)
        return answer({ type: 'stored' })
      case 'remove':
        return answer({ type: 'removed', removed: await entry.deletePassword() })
      case 'probe':
        await tryOut(entry)
        return answer({ type: 'working' })
    }
  } catch (error) {
    const { message, cause } = error as Error
    answer({ type: 'failed', message, ...(cause !== undefined && { cause: String(cause) }) })
  }
}

/** Stores have lost or changed what they were given and reported success: what counts is what can be read back. */
async function keep(entry: Entry, secret: string): Promise<void> {
  await entry.setPassword(secret)
  if ((await entry.getPassword()) !== secret)
    throw new Error('it gives back another secret than it was given')
}

/** Only writing shows whether a store is locked: reading an item that is not there succeeds even then. */
async function tryOut(entry: Entry): Promise<void> {
  try {
    await keep(entry, 'probe')
  } finally {
    await entry.deletePassword()
  }
}
