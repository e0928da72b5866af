/** The flag that decides between the keychain and the sealed file store. */
import * as Flags from '@oclif/core/flags'

const whereSecretsGo = 'where secrets are kept: the keychain, or a sealed file where there is none'

/** @param summary what the command keeps there */
export const secretStoreFlag = (summary = whereSecretsGo) => ({
  'secret-store': Flags.option({ options: ['keychain', 'file'] as const, summary })(),
})
