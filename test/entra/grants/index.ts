/** The grant types the token endpoint knows, each in its own file. */
import type { Grant } from '../token-request.ts'
import { clientCredentials } from './client-credentials.ts'

export const grants: ReadonlyMap<string, Grant> = new Map([['client_credentials', clientCredentials]])
