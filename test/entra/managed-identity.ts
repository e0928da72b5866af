/** A user-assigned managed identity: the only one whose tokens Entra takes as a federated credential. */
import { randomUUID } from 'node:crypto'

export class ManagedIdentity {
  readonly clientId: string = randomUUID()
  /** The object ID of its service principal: the subject of its tokens. */
  readonly principalId: string = randomUUID()
}
