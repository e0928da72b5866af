/** Flags that say whose credentials are meant. */
import * as Flags from '@oclif/core/flags'
import { identityFlags } from './identity.ts'
import { oclifFlags } from './oclif.ts'
import { plainFlags } from './table.ts'

export const credTargetFlags = {
  ...oclifFlags({ profile: plainFlags.profile }),
  domain: Flags.string({ helpValue: 'DOMAIN', summary: 'the profile of this tenant, instead of a name' }),
  'client-id': identityFlags['client-id'],
}
