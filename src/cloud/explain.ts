/** What `explain` does once its flags are read. */
import type { Context } from '../context.ts'
import { AppError } from '../errors.ts'
import { fields } from '../output/table.ts'
import { type AadstsEntry, aadstsCodes, findAadsts } from './aadsts.ts'

/** Microsoft's own page for a code, for those the table does not have. */
const page = (code: number) => `https://login.microsoftonline.com/error?code=${code}`

/**
 * Explains every code in a text; an empty text means standard input.
 * @throws AppError `usage` when there is nothing to explain, `not_found` when no code is known.
 */
export async function explain(text: string, json: boolean, context: Context): Promise<void> {
  if (text === '' && context.interactive)
    throw new AppError('usage', 'there is nothing to explain', {
      hint: 'name a code, such as AADSTS700016, or pipe an error message in',
    })
  const codes = aadstsCodes(text || (await context.readStdin()))
  const [first] = codes
  if (first === undefined)
    throw new AppError('not_found', 'there is no AADSTS code in that text', {
      hint: 'a code looks like AADSTS700016, or is the number alone',
    })
  const known = codes.flatMap((code) => {
    const entry = findAadsts(code)
    return entry ? [{ code, ...entry }] : []
  })
  if (known.length === 0)
    throw new AppError('not_found', `AADSTS${first} is not in the table of this version`, {
      hint: `look it up: ${page(first)}`,
    })
  context.out(
    json ? `${JSON.stringify({ codes: known.map(record) })}\n` : `${known.map(asText).join('\n\n')}\n`,
  )
}

type Known = AadstsEntry & { readonly code: number }

const record = ({ code, meaning, fix }: Known) => ({ aadsts: code, meaning, fix, url: page(code) })

const asText = ({ code, meaning, fix }: Known) =>
  fields([
    ['code', `AADSTS${code}`],
    ['meaning', meaning],
    ['fix', fix],
  ])
