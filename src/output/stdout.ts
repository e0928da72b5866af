/** Writing to standard output and error: whole, in order, and before the process ends. */
import { writeSync } from 'node:fs'

/** The reader went away (`| head -c1`): it has what it wanted. */
const isGone = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EPIPE'
/** A pipe that does not block is full. */
const isBusy = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EAGAIN'

/**
 * Writes all of it, however slowly it is read. A reader that closed the pipe is not an error.
 * Synchronous, because `process.exit` cuts what streams still hold.
 * @throws the system's error for anything else, such as a full device.
 */
export function writeWhole(fd: number, payload: string | Uint8Array): void {
  let rest = typeof payload === 'string' ? Buffer.from(payload) : payload
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      if (isGone(error)) return
      if (!isBusy(error)) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}
