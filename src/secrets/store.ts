/** Where secrets rest, as the rest of the program sees it. */
import type { Secret } from '../secret.ts'

export interface SecretStore {
  /** How a profile refers to this store: the value of `credential.secret`. */
  readonly kind: 'keychain' | 'file'
  /** The secret of that account, or undefined when the store works and has none. Throws AppError. */
  get(account: string): Promise<Secret | undefined>
  /** Keeps a secret, replacing an earlier one. Throws AppError. */
  set(account: string, secret: Secret): Promise<void>
  /** Removes a secret; false when there was none. Throws AppError. */
  remove(account: string): Promise<boolean>
}
