/** Child processes that can be ended with all they started, and that end with us. */
import { ChildProcess, type SpawnOptions, spawn } from 'node:child_process'

/** Most failures to start are events of the child, but some, as too long an argument, are thrown: those are returned. */
export function startGroup(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'env' | 'stdio'> & { readonly platform: NodeJS.Platform },
): ChildProcess | Error {
  const { platform, ...rest } = options
  try {
    return spawn(command, [...args], {
      ...rest,
      // A process group of its own, so that what it started in turn can be ended with it.
      detached: platform !== 'win32',
      windowsHide: true,
    })
  } catch (error) {
    return error as Error
  }
}

export function killGroup(child: ChildProcess, platform: NodeJS.Platform): void {
  if (child.pid === undefined) return
  try {
    if (platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

/** Ends the child for good: nothing of it keeps this process alive, even if it cannot die yet. */
export function stopGroup(child: ChildProcess, platform: NodeJS.Platform): void {
  killGroup(child, platform)
  for (const stream of child.stdio) stream?.destroy()
  child.unref()
}

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** In its group it hears no Ctrl+C, and would go on without us: what ends this process ends it first. Returns the way back. */
export function endWithUs(kill: () => void): () => void {
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

export const isChild = (started: ChildProcess | Error | undefined): started is ChildProcess =>
  started instanceof ChildProcess
