/** Dates and spans as the checks say them. */

/** Milliseconds since 1970 as `2026-09-21`, in UTC. */
export const utcDate = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 10)

export const whole = (milliseconds: number): number => Math.round(milliseconds)

/** Runs something, and says how many milliseconds it took. */
export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; milliseconds: number }> {
  const started = performance.now()
  const result = await work()
  return { result, milliseconds: whole(performance.now() - started) }
}
