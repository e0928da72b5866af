/** The secrets of the credential that a profile had before, for code that knows one credential. */
import { previousPurpose } from './account.ts'
import type { SecretKeeper } from './keeper.ts'

/** The same keeper, in which each purpose means the previous credential's. */
export const previousSecrets = (secrets: SecretKeeper): SecretKeeper => ({
  ...secrets,
  resolve: (reference, profile, purpose) => secrets.resolve(reference, profile, previousPurpose(purpose)),
  keep: (profile, purpose, secret, kind) => secrets.keep(profile, previousPurpose(purpose), secret, kind),
  forget: (profile, purpose, reference) => secrets.forget(profile, previousPurpose(purpose), reference),
  findKeyCertificates: (profile, reference) =>
    secrets.findKeyCertificates(profile, reference, 'previous-private-key'),
})
