/** Times as people read them: how far away, and when, in UTC. */

const minute = 60
const hour = 60 * minute
const day = 24 * hour
const month = 30.44 * day
const year = 365.25 * day

/** Below `until` seconds a duration is counted in `unit`, with the rest in `finer` where that still matters. */
const scales = [
  { until: minute, unit: 1, name: 'second' },
  { until: hour, unit: minute, name: 'minute' },
  { until: day, unit: hour, name: 'hour', finer: { unit: minute, name: 'minute' } },
  { until: 2 * day, unit: day, name: 'day', finer: { unit: hour, name: 'hour' } },
  { until: 60 * day, unit: day, name: 'day' },
  { until: 2 * year, unit: month, name: 'month' },
  { until: 10_000 * year, unit: year, name: 'year' },
] as const satisfies readonly Scale[]

interface Unit {
  readonly unit: number
  readonly name: string
}

interface Scale extends Unit {
  readonly until: number
  readonly finer?: Unit
}

const count = (seconds: number, { unit, name }: Unit): string => {
  const n = Math.floor(seconds / unit)
  return `${n} ${name}${n === 1 ? '' : 's'}`
}

/** A span without direction, rounded down: `1 hour 5 minutes`, `3 days`. */
export function duration(seconds: number): string {
  const span = Math.abs(seconds)
  const scale: Scale | undefined = scales.find(({ until }) => span < until)
  if (scale === undefined) return 'more than 9999 years'
  const rest = span % scale.unit
  if (scale.finer === undefined || rest < scale.finer.unit) return count(span, scale)
  return `${count(span, scale)} ${count(rest, scale.finer)}`
}

/** Seconds from now, as words: `in 59 minutes`, `3 days ago`; within a second `just now`. */
export function relativeTime(seconds: number): string {
  if (Number.isNaN(seconds)) return 'at an unknown time'
  if (Math.abs(seconds) < 1) return 'just now'
  return seconds > 0 ? `in ${duration(seconds)}` : `${duration(seconds)} ago`
}

const firstYear = Date.parse('0000-01-01T00:00:00Z')
const lastYear = Date.parse('9999-12-31T23:59:59Z')

/** What `utc` says of a number that is no date. */
export const outOfRange = 'out of range'

/** Epoch seconds as `2026-09-21 13:33:20 UTC`; `out of range` for what is no time of the years 0 to 9999. */
export function utc(seconds: number): string {
  const time = Math.floor(seconds) * 1000
  if (!(time >= firstYear && time <= lastYear)) return outOfRange
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
