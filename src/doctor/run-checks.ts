/** Runs all checks at once; neither a failure nor a wait of one of them is felt by the others. */
import { AppError } from '../errors.ts'
import { type Check, type DoctorWorld, type Finding, failure } from './finding.ts'
import type { GroupedFinding } from './report.ts'

/** The findings in the order of the checks. Never rejects. */
export async function runChecks(checks: readonly Check[], world: DoctorWorld): Promise<GroupedFinding[]> {
  const findings = await Promise.all(
    checks.map(async (check) =>
      (await runCheck(check, world)).map((found) => ({ group: check.group, ...found })),
    ),
  )
  return findings.flat()
}

async function runCheck({ group, deadline, run }: Check, world: DoctorWorld): Promise<Finding[]> {
  const findings: Finding[] = []
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new AppError('unavailable', `not finished after ${deadline} seconds`)),
      deadline * 1000,
    )
  })
  try {
    await Promise.race([Promise.resolve(run(world, (finding) => findings.push(finding))), tooLate])
  } catch (thrown) {
    findings.push(failure(group, thrown))
  } finally {
    clearTimeout(timer)
  }
  // What comes later is not waited for, and must not change what was counted.
  return [...findings]
}
