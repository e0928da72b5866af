/** What an assertion presents, read without judging its signature: that is Entra's part. */
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { readInputText } from '../platform/input-file.ts'
import { decodeToken } from '../tokens/decode.ts'
import type { Presented } from './compare.ts'

/** @throws AppError `data` when it is no JWT, or lacks what Entra compares. */
export function presentedBy(assertion: string): Presented {
  const claims = decodeToken(assertion).payload
  const { iss, sub, aud } = claims
  const audience = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud
  const missing = Object.entries({ iss, sub, aud: audience }).find(([, value]) => typeof value !== 'string')
  if (!missing) return { issuer: iss as string, subject: sub as string, audience: audience as string, claims }
  throw new AppError('data', `the assertion has no usable ${missing[0]} claim`, {
    hint: 'Entra compares its issuer, its subject and exactly one audience',
  })
}

export interface AssertionFlags {
  readonly 'assertion-file'?: string | undefined
  readonly federated?: string | undefined
  readonly profile?: string | undefined
  readonly cloud?: string | undefined
}

/** @throws AppError `usage` when flags name no assertion, and as `fetchMachineAssertion`. */
export async function getAssertion(flags: AssertionFlags, context: Context): Promise<string> {
  const { 'assertion-file': path, federated, profile, cloud } = flags
  if (path !== undefined && federated !== undefined)
    throw new AppError('usage', '--assertion-file and --federated do not go together', {
      hint: 'give one of them',
    })
  if (federated !== undefined) {
    const { fetchMachineAssertion } = await import('./machine-assertion.ts')
    const { token } = await fetchMachineAssertion({ federated, profile, cloud }, context)
    return token.reveal()
  }
  if (path !== undefined) return path === '-' ? context.readStdin() : readInputText(path)
  throw new AppError('usage', 'it is not said which assertion is meant', {
    hint: 'give --assertion-file FILE (- for standard input), or --federated auto for what this machine offers',
  })
}
