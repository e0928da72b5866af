/** Flags that say which federated assertion is meant. */
import * as Flags from '@oclif/core/flags'

export const assertionFlags = {
  'assertion-file': Flags.string({
    helpGroup: 'assertion',
    helpValue: 'FILE',
    summary: 'an assertion in a file; - for standard input',
  }),
}
