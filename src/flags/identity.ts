/** Flags that say which application asks which authority: on `create-profile`, and as overrides on `get-token`. */
import * as Flags from '@oclif/core/flags'
import { cloudNames } from '../cloud/clouds.ts'
import { flows } from '../profiles/profile.ts'
import { oclifFlags } from './oclif.ts'
import { plainFlags } from './table.ts'

/** `--profile` as it is called elsewhere too, where no other flag is called so. */
export const namedProfileFlags = {
  profile: {
    ...oclifFlags({ profile: plainFlags.profile }).profile,
    aliases: ['name'],
    charAliases: ['n' as const],
  },
}

export const identityFlags = {
  'tenant-id': Flags.string({
    char: 't',
    helpValue: 'TENANT',
    aliases: ['tenant'],
    summary: 'tenant: a GUID or a domain such as contoso.onmicrosoft.com',
  }),
  'client-id': Flags.string({ helpValue: 'GUID', summary: 'application (client) ID' }),
  cloud: Flags.string({ helpValue: 'CLOUD', summary: `national cloud: ${cloudNames.join(', ')}` }),
  'authority-host': Flags.string({
    summary: 'another authority host, as https://HOST[:PORT]',
    helpValue: 'https://HOST',
  }),
  flow: Flags.string({
    char: 'f',
    helpValue: 'FLOW',
    summary: `how the token is obtained: ${flows.join(', ')}`,
  }),
}
