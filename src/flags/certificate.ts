/** Flags of the commands about certificates. */
import * as Flags from '@oclif/core/flags'
import { outputFlags } from '../command.ts'
import { AppError } from '../errors.ts'
import { certificatePasswordFlags, tokenKeyFlags } from './credential.ts'
import { oclifFlags } from './oclif.ts'
import { plainFlags } from './table.ts'

const mostDays = 3650

const daysFlag = Flags.custom<number>({
  parse: async (text, _, { name }) => {
    const days = /^\d{1,4}$/.test(text) ? Number(text) : 0
    if (days >= 1 && days <= mostDays) return days
    throw new AppError('usage', `--${name} is not a number of days from 1 to ${mostDays}`, {
      hint: 'write for instance 365',
    })
  },
})

export const { profile: profileFlag } = oclifFlags({ profile: plainFlags.profile })

/** For a certificate that is there. */
export const sourceFlags = { profile: profileFlag, ...certificatePasswordFlags }

const { 'pin-source': _, 'pin-stdin': __, ...names } = tokenKeyFlags

/** Which tokens and keys are meant. */
export const tokenNameFlags = names

/** For a key in a token that a URI names. */
export const pinSourceFlag = Flags.string({
  helpGroup: 'credential',
  helpValue: 'SOURCE',
  summary: 'where the PIN of a pkcs11: URI is: file:PATH, env:NAME or prompt',
})

export const newKeyFlags = {
  'key-size': Flags.option({
    options: ['2048', '3072', '4096'] as const,
    aliases: ['bits'],
    summary: 'bits of the RSA key; 3072 unless given',
  })(),
  subject: Flags.string({ helpValue: 'NAME', summary: 'subject: a name, or "CN=app, O=Contoso"' }),
}

/** The password that a new key is encrypted with. */
export const newPasswordFlags = {
  ...certificatePasswordFlags,
  'ask-password': Flags.boolean({ helpGroup: 'credential', summary: 'ask for the password on the terminal' }),
  'no-password': Flags.boolean({ helpGroup: 'credential', summary: 'leave the key unprotected' }),
}

export const validDaysFlag = daysFlag({
  default: 365,
  helpValue: 'N',
  summary: `days the certificate is valid, ${mostDays} at the most`,
})

export const forceFlag = (what: string) => Flags.boolean({ summary: `replace ${what}` })

export const recordFlags = outputFlags(['text', 'json'])
