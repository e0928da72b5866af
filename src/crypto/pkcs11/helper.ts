/**
 * The process in which a PKCS#11 module runs, where its crash, hang or chatter can do no harm. It serves requests until
 * its input ends, then logs out, closes and finalises: nothing stays behind in the token.
 */
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { type LoadedModule, loadModule } from './module.ts'
import type { Actions, Answer, Failure, Request } from './protocol.ts'

/** Serves the requests on stdin. The caller ends the process afterwards. */
export async function runPkcs11Helper(stdin: Readable, write: (line: string) => void): Promise<void> {
  let loaded: LoadedModule | undefined
  const serve = async (request: Request): Promise<Actions[Request['action']]['answer']> => {
    if (request.action === 'open') {
      loaded = await loadModule(request.module)
      return loaded.describe()
    }
    if (!loaded) throw new Error('no module is open')
    switch (request.action) {
      case 'session':
        return loaded.openSession(request.slot, request.write)
      case 'login':
        return loaded.login(request.pin)
      case 'flags':
        return loaded.readFlags()
      case 'contents':
        return loaded.readContents()
      case 'sign':
        return loaded.sign(request)
      case 'generate':
        return loaded.generate(request)
      case 'store':
        return loaded.store(request)
      case 'destroy':
        return loaded.destroy(request.object)
    }
  }
  try {
    for await (const line of createInterface({ input: stdin })) {
      const answer = await serve(JSON.parse(line)).then(
        (value) => ({ value }) as Answer<Request['action']>,
        (error) => ({ failed: failureOf(error) }),
      )
      write(`${JSON.stringify(answer)}\n`)
    }
  } finally {
    loaded?.close()
  }
}

/** Some of the library's errors have their code in the message alone. */
function failureOf(error: unknown): Failure {
  const { message, code, method, step } = error as Partial<Failure> & { code?: unknown }
  const [, name, number] = /\b(CKR_\w+):(\d+)/.exec(String(message)) ?? []
  const known =
    typeof code === 'number' && code > 0 ? code : number === undefined ? undefined : Number(number)
  return {
    step: step ?? 'module',
    message: name ?? String(message).split('\n')[0]?.slice(0, 500) ?? '',
    ...(known !== undefined && { code: known }),
    ...(method && { method }),
  }
}
