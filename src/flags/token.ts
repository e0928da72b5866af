/** Flags of the commands that print a token. */
import * as Flags from '@oclif/core/flags'
import { credentialFlags } from './credential.ts'
import { durationFlag } from './duration.ts'
import { identityFlags } from './identity.ts'
import { oclifFlags } from './oclif.ts'
import { signInFlags } from './sign-in.ts'
import { plainFlags } from './table.ts'

const { quiet: _shared, ...printing } = oclifFlags(plainFlags)

export const tokenFlags = {
  ...printing,
  file: Flags.string({ summary: 'write to this file (0600) instead of stdout', helpValue: 'FILE' }),
  // True without it: nothing is copied to a clipboard.
  'no-clipboard': Flags.boolean({ hidden: true, summary: 'do not copy the token to the clipboard' }),
  ...identityFlags,
  ...signInFlags,
  ...credentialFlags,
  'wait-for-federation': durationFlag({
    helpValue: 'TIME',
    summary: 'how long a new federated credential may need to be known to Entra, for instance 5m',
  }),
}
