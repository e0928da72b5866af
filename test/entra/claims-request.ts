/** The `claims` parameter (OpenID Connect Core 1.0 section 5.5), as far as Entra acts on it. */
import { refused } from './errors.ts'

export interface ClaimsRequest {
  /** Client capabilities: `cp1` says that the client can handle claims challenges. */
  readonly capabilities: readonly string[]
  /** Authentication contexts (`acrs`) asked for. */
  readonly contexts: readonly string[]
  /** Conditional Access policies (`capolids`) to be satisfied. */
  readonly policies: readonly string[]
}

/** Throws when the parameter is not a JSON object. */
export function parseClaims(parameter: string | undefined): ClaimsRequest {
  const wanted = parameter ? object(parse(parameter)).access_token : undefined
  return {
    capabilities: values(object(wanted).xms_cc),
    contexts: values(object(wanted).acrs),
    policies: values(object(wanted).capolids),
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw malformed()
  }
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {}
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  throw malformed()
}

/** `value` and `values` of one claim. */
function values(claim: unknown): readonly string[] {
  const { value, values } = object(claim)
  return [value, ...(Array.isArray(values) ? values : [])].filter((one) => typeof one === 'string')
}

const malformed = () =>
  refused('invalid_request', 9002313, "Invalid request. The 'claims' parameter is malformed.")
