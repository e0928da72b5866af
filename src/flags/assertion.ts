/** Flags that say which federated assertion is meant. */
import * as Flags from '@oclif/core/flags'

export const assertionFlags = {
  'assertion-file': Flags.string({
    helpGroup: 'assertion',
    helpValue: 'FILE',
    summary: 'an assertion in a file; - for standard input',
  }),
  federated: Flags.string({
    helpGroup: 'assertion',
    helpValue: 'SOURCE',
    summary: 'the assertion that this machine can present; auto for whatever it offers',
  }),
}
