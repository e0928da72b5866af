/** What `federation check` does once its flags are read. */
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { readInputText } from '../platform/input-file.ts'
import { checkRecord, checkText } from './check-report.ts'
import { checkCredential } from './compare.ts'
import { type FederatedCredential, parseCredentials } from './credential.ts'
import { type AssertionFlags, getAssertion, presentedBy } from './presented.ts'

export interface CheckFlags extends AssertionFlags {
  readonly issuer?: string | undefined
  readonly subject?: string | undefined
  readonly audience?: string | undefined
  readonly expression?: string | undefined
  readonly file?: string | undefined
  readonly json: boolean
}

/** Compares the assertion with each credential that the flags describe; exit status 77 when none matches. */
export async function checkFederation(flags: CheckFlags, context: Context): Promise<void> {
  const credentials = credentialsOf(flags)
  const presented = presentedBy(await getAssertion(flags, context))
  const results = credentials.map((credential) => checkCredential(credential, presented))
  context.out(
    flags.json
      ? `${JSON.stringify(checkRecord(results, presented))}\n`
      : `${checkText(results, context.columns)}\n`,
  )
  if (!results.some(({ matches }) => matches)) context.exitWith('denied')
}

function credentialsOf({
  issuer,
  subject,
  audience,
  expression,
  file,
}: CheckFlags): readonly FederatedCredential[] {
  const described = [issuer, subject, audience, expression].some((value) => value !== undefined)
  if (file !== undefined && described)
    throw new AppError(
      'usage',
      '--file does not go together with --issuer, --subject, --audience, --expression',
    )
  if (file !== undefined) return parseCredentials(readInputText(file), file)
  if (subject !== undefined && expression !== undefined)
    throw new AppError('usage', '--subject and --expression do not go together', {
      hint: 'a credential has one of them',
    })
  if (!described)
    throw new AppError('usage', 'it is not said what the assertion should match', {
      hint: 'give --issuer, --subject and --audience, or --file with: az ad app federated-credential list --id CLIENT-ID',
    })
  return [
    {
      ...(issuer !== undefined && { issuer }),
      ...(subject !== undefined && { subject }),
      ...(audience !== undefined && { audiences: [audience] }),
      ...(expression !== undefined && { expression }),
    },
  ]
}
