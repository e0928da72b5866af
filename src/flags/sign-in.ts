/** Flags of how a person signs in, and of what is asked for them. */
import * as Flags from '@oclif/core/flags'
import { AppError } from '../errors.ts'

const helpGroup = 'sign-in'

const portFlag = Flags.custom<number>({
  parse: async (text, _, { name }) => {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
    if (port > 0 && port < 65_536) return port
    throw new AppError('usage', `--${name} is not a port`, { hint: 'give a number between 1 and 65535' })
  },
})

/** Of profiles too. */
export const redirectFlags = {
  'redirect-uri': Flags.string({
    helpGroup,
    helpValue: 'URI',
    summary: 'where the browser comes back to; http://localhost unless given',
  }),
  port: portFlag({ helpGroup, helpValue: 'PORT', summary: 'port of that address; a free one unless given' }),
}

export const signInFlags = {
  account: Flags.string({
    helpGroup,
    helpValue: 'USER',
    summary: 'the account that is meant, of several that are signed in',
  }),
  'login-hint': Flags.string({ helpGroup, helpValue: 'USER', summary: 'account to suggest at the sign-in' }),
  'domain-hint': Flags.string({
    helpGroup,
    helpValue: 'DOMAIN',
    summary: "the account's domain: skips the choice of where to sign in",
  }),
  prompt: Flags.option({
    helpGroup,
    options: ['login', 'select_account', 'consent'] as const,
    summary: 'sign in anew, and make Entra ask',
  })(),
  ...redirectFlags,
  browser: Flags.string({
    helpGroup,
    helpValue: 'COMMAND',
    summary: 'program that opens the address (%s, or at the end); BROWSER does the same',
  }),
  claims: Flags.string({
    helpGroup,
    helpValue: 'JSON',
    summary: 'claims that a policy or a resource asks for',
  }),
  'claims-challenge': Flags.string({
    helpGroup,
    helpValue: 'HEADER',
    summary: 'the same from a WWW-Authenticate header, as it was received',
  }),
  'assertion-file': Flags.string({
    helpGroup,
    helpValue: 'FILE',
    summary: "on-behalf-of: the user's token that this application was sent",
  }),
  'assertion-stdin': Flags.boolean({ helpGroup, summary: 'the same from standard input' }),
}
