/** A sign of life on the terminal while something takes a second or more. */

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Draws a spinner with that text on stderr until the work ends, or a signal ends us: nothing of it stays behind. */
export async function withSpinner<T>(text: string, work: () => Promise<T>): Promise<T> {
  const { default: createSpinner } = await import('yocto-spinner')
  const spinner = createSpinner({ text, handleSignals: false })
  const stop = () => {
    spinner.stop()
  }
  const onSignal = (signal: NodeJS.Signals) => {
    release()
    process.kill(process.pid, signal)
  }
  const release = () => {
    stop()
    process.off('exit', stop)
    for (const signal of signals) process.off(signal, onSignal)
  }
  // `--timeout` ends the process while the work still goes on.
  process.on('exit', stop)
  for (const signal of signals) process.on(signal, onSignal)
  spinner.start()
  try {
    return await work()
  } finally {
    release()
  }
}
