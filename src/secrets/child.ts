/** Runs another program to its end: input by pipe, a deadline, a cap on what it says, and no shell. */
import { ChildProcess, spawn } from 'node:child_process'

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
      if (child instanceof ChildProcess) kill(child, options.platform)
    })
    const child = start(options)
    if (!(child instanceof ChildProcess)) {
      release()
      return resolve(notStarted(child))
    }

    const stop = (end: ChildResult['end']) => {
      kill(child, options.platform)
      // Nothing of it may keep this process alive, even if it cannot die yet.
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
      child.unref()
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

/** Most failures to start are events, but some, as too long an argument, are thrown. */
function start({ command, args, env, input, platform }: ChildOptions): ChildProcess | Error {
  try {
    return spawn(command, [...args], {
      env: env as NodeJS.ProcessEnv,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      // A process group of its own, so that what it started in turn can be ended with it.
      detached: platform !== 'win32',
      windowsHide: true,
    })
  } catch (error) {
    return error as Error
  }
}

function kill(child: ChildProcess, platform: NodeJS.Platform): void {
  if (child.pid === undefined) return
  try {
    if (platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** In its group it hears no Ctrl+C, and would go on without us: what ends this process ends it first. Returns the way back. */
function endWithUs(kill: () => void): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    kill()
    release()
    process.kill(process.pid, signal)
  }
  const release = () => {
    process.off('exit', kill)
    for (const signal of endings) process.off(signal, onSignal)
  }
  process.on('exit', kill)
  for (const signal of endings) process.on(signal, onSignal)
  return release
}

const notStarted = (cause: NodeJS.ErrnoException): ChildResult => ({
  stdout: Buffer.alloc(0),
  stderr: Buffer.alloc(0),
  end: { type: 'not-started', code: cause.code ?? 'failed', cause },
})
