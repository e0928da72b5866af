/** Runs another program to its end: input by pipe, a deadline, a cap on what it says, and no shell. */
import type { ChildProcess } from 'node:child_process'
import { endWithUs, isChild, killGroup, startGroup, stopGroup } from '../platform/process-group.ts'

export interface ChildOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly input?: string
  /** Milliseconds until it is killed, with its process group. */
  readonly deadline: number
  /** Asked once at the deadline: milliseconds more that it gets, seeing what it has said so far. */
  readonly extend?: (stdout: string) => number
  /** Most bytes of output that are kept; a program that says more is killed. */
  readonly maxOutput: number
  readonly platform: NodeJS.Platform
}

export interface ChildResult {
  readonly stdout: Buffer
  readonly stderr: Buffer
  readonly end:
    | { readonly type: 'exit'; readonly status: number }
    | { readonly type: 'signal'; readonly signal: string }
    | { readonly type: 'not-started'; readonly code: string; readonly cause: Error }
    | { readonly type: 'timeout' }
    | { readonly type: 'too-much-output' }
}

/** Never rejects: how it ended is in the result. */
export function runChild(options: ChildOptions): Promise<ChildResult> {
  return new Promise((resolve) => {
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    const finish = (end: ChildResult['end']) => {
      clearTimeout(timer)
      release()
      resolve({ stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), end })
    }
    // Before it starts: a signal that comes in between must find it.
    const release = endWithUs(() => {
      if (isChild(child)) killGroup(child, options.platform)
    })
    const child = start(options)
    if (!isChild(child)) {
      release()
      return resolve(notStarted(child))
    }

    const stop = (end: ChildResult['end']) => {
      stopGroup(child, options.platform)
      finish(end)
    }
    let timer = setTimeout(() => {
      const more = options.extend?.(Buffer.concat(stdout).toString()) ?? 0
      if (more > 0) timer = setTimeout(stop, more, { type: 'timeout' })
      else stop({ type: 'timeout' })
    }, options.deadline)

    let size = 0
    const collect = (chunks: Buffer[]) => (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size > options.maxOutput) stop({ type: 'too-much-output' })
    }
    child.stdout?.on('data', collect(stdout))
    child.stderr?.on('data', collect(stderr))
    child.on('error', (cause) => {
      clearTimeout(timer)
      release()
      resolve(notStarted(cause))
    })
    child.on('close', (status, signal) =>
      finish(status === null ? { type: 'signal', signal: signal ?? 'unknown' } : { type: 'exit', status }),
    )
    // It may end without reading what we send: how it ended tells more than the broken pipe.
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input)
  })
}

function start({ command, args, env, input, platform }: ChildOptions): ChildProcess | Error {
  return startGroup(command, args, {
    env: env as NodeJS.ProcessEnv,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    platform,
  })
}

const notStarted = (cause: NodeJS.ErrnoException): ChildResult => ({
  stdout: Buffer.alloc(0),
  stderr: Buffer.alloc(0),
  end: { type: 'not-started', code: cause.code ?? 'failed', cause },
})
