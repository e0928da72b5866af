/** Flags that say whether questions may be asked. They say what is usual, and scripts from elsewhere use them. */
import * as Flags from '@oclif/core/flags'

export const askingFlags = {
  interactive: Flags.boolean({ hidden: true, summary: 'ask for what flags leave open; needs a terminal' }),
  'non-interactive': Flags.boolean({
    hidden: true,
    exclusive: ['interactive'],
    summary: 'ask nothing, on a terminal either',
  }),
}
