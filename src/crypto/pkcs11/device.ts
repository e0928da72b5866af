/** The conversation with the process in which a PKCS#11 module runs. */
import type { ChildProcess } from 'node:child_process'
import { statSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import type { Readable } from 'node:stream'
import { AppError } from '../../errors.ts'
import { safeText } from '../../output/safe-text.ts'
import { endWithUs, isChild, killGroup, startGroup, stopGroup } from '../../platform/process-group.ts'
import { moduleCrashed, moduleFailed, moduleGarbled, moduleMissing, moduleSilent } from './errors.ts'
import {
  type Action,
  type Actions,
  type Answer,
  answerPipe,
  type Failure,
  type ModuleDescription,
} from './protocol.ts'

export interface DeviceWorld {
  /** Starts the process that runs `runPkcs11Helper`. */
  readonly helper: { readonly command: string; readonly args: readonly string[] }
  /** Modules find their tokens by it: SOFTHSM2_CONF, TPM2_PKCS11_STORE, TPM2_PKCS11_TCTI, … */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly debug: (line: string) => void
  /** Milliseconds that one answer may take; 30 seconds when left out, and six times that to make a key. */
  readonly deadline?: number
}

export interface Device {
  readonly module: string
  readonly description: ModuleDescription
  /** @throws AppError; see `errors.ts`. */
  ask<A extends Action>(action: A, request: Actions[A]['request']): Promise<Actions[A]['answer']>
  /** The answer, or the module's failure: for those who know what it means. Throws as `ask` for all others. */
  attempt<A extends Action>(action: A, request: Actions[A]['request']): Promise<Answer<A>>
  /** Logs out and ends the process, by force where it does not end by itself. Never throws. */
  close(): Promise<void>
}

/** Secrets that a module has no use for. */
const withheld = new Set([
  'ENTRA_AUTH_CLI_PASSPHRASE',
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
])

/** A key pair of 4096 bits takes a small device a minute and more. */
const patience = { generate: 6 } as const
/** Milliseconds to log out and finalise. */
const farewell = 5000
const largestAnswer = 16 * 1024 * 1024
/** Of what a module prints, this much is worth a look. */
const mostChatter = 16 * 1024

/**
 * Starts a process, and the module in it.
 * @throws AppError `not_found` and `data` for what is no module, `bug` for one that crashes, `unavailable` for one that
 * hangs or finds no device, `config` without the package pkcs11js.
 */
export async function openDevice(module: string, world: DeviceWorld): Promise<Device> {
  // A name alone would be looked for wherever the system's loader looks.
  if (!isAbsolute(module) || !statSync(module, { throwIfNoEntry: false })) throw moduleMissing(module)
  const conversation = startProcess(module, world)
  try {
    const device = { module, ...conversation }
    const description = await device.ask('open', { module })
    return { ...device, description }
  } catch (error) {
    await conversation.close()
    throw error
  }
}

function startProcess(module: string, world: DeviceWorld): Omit<Device, 'module' | 'description'> {
  const { platform, debug } = world
  const env = Object.fromEntries(Object.entries(world.env).filter(([name]) => !withheld.has(name)))
  let started: ChildProcess | Error | undefined
  const release = endWithUs(() => {
    if (isChild(started)) killGroup(started, platform)
  })
  started = startGroup(world.helper.command, world.helper.args, {
    env: env as NodeJS.ProcessEnv,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    platform,
  })
  if (!isChild(started)) {
    release()
    throw notStarted(started)
  }
  const child = started
  let pin: string | null = null
  // Tracing modules print all that passes through them.
  const sayDebug = (line: string) =>
    debug(`pkcs11 module: ${safeText(pin ? line.replaceAll(pin, '***') : line, { max: 500 })}`)
  const answers = readAnswers(child, module, sayDebug)
  const gone = answers.ended.finally(release)

  const attempt: Device['attempt'] = async (action, request) => {
    const deadline = (world.deadline ?? 30_000) * (action === 'generate' ? patience.generate : 1)
    if ('pin' in request) pin = request.pin
    child.stdin?.write(`${JSON.stringify({ action, ...request })}\n`)
    try {
      return (await answers.next(deadline)) as Answer<typeof action>
    } catch (error) {
      stopGroup(child, platform)
      throw error
    }
  }
  return {
    attempt,
    async ask(action, request) {
      const answer = await attempt(action, request)
      if ('failed' in answer) throw moduleFailed(module, answer.failed)
      return answer.value
    },
    async close() {
      child.stdin?.end()
      let timer: NodeJS.Timeout | undefined
      // One that cannot die, held by a driver, is not waited for.
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, farewell)
      })
      await Promise.race([gone, late])
      clearTimeout(timer)
      // What the module started in turn goes too.
      stopGroup(child, platform)
      release()
    },
  }
}

const notStarted = (cause: Error) =>
  new AppError('unavailable', 'the process for PKCS#11 modules cannot be started', {
    hint: 'see whether this machine is out of memory or processes',
    cause,
  })

interface Answers {
  /** The next answer. Rejects when it is not there in time, is none, or when the process ends without it. */
  next(deadline: number): Promise<{ value: unknown } | { failed: Failure }>
  /** Settles when the process is gone. */
  readonly ended: Promise<void>
}

function readAnswers(child: ChildProcess, module: string, debug: (line: string) => void): Answers {
  const lines: string[] = []
  let rest = ''
  let failure: AppError | undefined
  let wake = () => {}
  const fail = (error: AppError) => {
    failure ??= error
    wake()
  }
  const pipe = child.stdio[answerPipe] as Readable
  pipe.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
    if (rest.length > largestAnswer || lines.length > 1) fail(moduleGarbled(module))
    wake()
  })
  pipe.on('error', () => {})
  // It may end without reading what we send: how it ended tells more than the broken pipe.
  child.stdin?.on('error', () => {})
  for (const stream of [child.stdout, child.stderr]) listen(stream, debug)
  const ended = new Promise<void>((resolve) => {
    child.on('error', (cause) => {
      fail(notStarted(cause))
      resolve()
    })
    const crashed = (status: number | null, signal: NodeJS.Signals | null) =>
      fail(moduleCrashed(module, signal ?? `its process ended with status ${status}`))
    child.on('close', crashed)
    child.on('exit', (status, signal) => {
      resolve()
      // What it said last may still be on its way, and what it started may hold the pipes for ever.
      setTimeout(crashed, 500, status, signal).unref()
    })
  })
  return {
    ended,
    next: (deadline) =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
          clearTimeout(timer)
          wake = () => {}
          act()
        }
        const timer = setTimeout(
          () => settle(() => reject(moduleSilent(module, Math.round(deadline / 1000)))),
          deadline,
        )
        wake = () => {
          const line = lines.shift()
          if (line === undefined && failure) return settle(() => reject(failure))
          if (line === undefined) return
          const answer = parseAnswer(line)
          settle(() => (answer ? resolve(answer) : reject(moduleGarbled(module))))
        }
        wake()
      }),
  }
}

function parseAnswer(line: string): { value: unknown } | { failed: Failure } | undefined {
  try {
    const answer = JSON.parse(line)
    return typeof answer === 'object' && answer && ('value' in answer || 'failed' in answer)
      ? answer
      : undefined
  } catch {
    return undefined
  }
}

/** What modules print is for those who look for a fault. */
function listen(stream: Readable | null, debug: (line: string) => void): void {
  let left = mostChatter
  stream?.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.slice(0, left).split('\n')) if (line !== '') debug(line)
    left = Math.max(0, left - text.length)
  })
  stream?.on('error', () => {})
}
