/** What `doctor -o json` prints, as the tests look at it. */
import type { Env, Result } from './cli.ts'
import type { World } from './world.ts'

export interface DoctorResult {
  readonly group: string
  readonly check: string
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped'
  readonly message: string
  readonly fix?: string
  readonly code?: string
  readonly details?: Record<string, unknown>
}

export interface Examination extends Result {
  readonly ok: boolean
  readonly results: readonly DoctorResult[]
  /** The results of a check, and what failed. */
  readonly of: (check: string) => DoctorResult[]
  readonly failed: readonly string[]
}

export async function examine(
  world: Pick<World, 'cli'>,
  args: readonly string[] = [],
  env: Env = {},
): Promise<Examination> {
  const result = await world.cli(['doctor', '-o', 'json', ...args], { env })
  if (!result.stdout.startsWith('{')) throw new Error(result.stderr)
  const { ok, results } = JSON.parse(result.stdout) as { ok: boolean; results: DoctorResult[] }
  return {
    ...result,
    ok,
    results,
    of: (check) => results.filter((one) => one.check === check),
    failed: results.filter(({ status }) => status === 'failed').map(({ check }) => check),
  }
}
