/** What a token would be asked with now, and where each value comes from. */
import { effectiveValues } from '../profiles/effective.ts'
import { resolveRequest } from '../profiles/resolve.ts'
import { findSubject } from '../profiles/subject.ts'
import { type Check, type DoctorWorld, type Finding, failure } from './finding.ts'

export const requestCheck: Check = {
  group: 'request',
  deadline: 5,
  run: (world, add) => {
    const { context, document, asked } = world
    try {
      const subject = findSubject(asked, context.env, document)
      if (!subject) return add({ check: 'request', status: 'skipped', ...noSubject(world) })
      const resolved = resolveRequest({}, context.env, document, subject)
      for (const [name, value, origin] of effectiveValues(context.paths, resolved))
        add({
          check: name,
          status: 'ok',
          message: `${name}: ${value} (${origin})`,
          details: { value, origin },
        })
      for (const warning of resolved.warnings) add({ check: 'scopes', status: 'warning', message: warning })
    } catch (error) {
      add(failure('request', error))
    }
  },
}

/** Why no request can be shown. */
function noSubject({ document, fault }: DoctorWorld): Pick<Finding, 'message' | 'fix'> {
  if (fault) return { message: 'the profiles cannot be read' }
  if (document.profiles.size === 0)
    return { message: 'there is no profile yet', fix: 'create one: entra-auth-cli create-profile' }
  return {
    message: 'there are several profiles, and none is the default',
    fix: 'name one with --profile, or set the default: entra-auth-cli use-profile NAME',
  }
}
