/** Which flow goes with which credential and tenant. */
import { AppError } from '../errors.ts'
import { type Credential, type Flow, isSignIn } from './profile.ts'
import { isSharedTenant } from './rules.ts'

export interface Combination {
  readonly flow: Flow
  /** Absent for a managed identity. */
  readonly tenant?: string
  readonly credential: Credential
}

/** @throws AppError `usage` for what Entra would refuse, before anything is asked. */
export function refuseMisfit({ flow, tenant, credential }: Combination): void {
  if (isSignIn(flow) || flow === 'managed-identity') return
  if (credential.type === 'none')
    throw new AppError('usage', `${flow} needs a credential, and a public client has none`, {
      hint: 'give the application a credential, or let a person sign in with --flow interactive-browser or device-code',
    })
  if (tenant !== undefined && isSharedTenant(tenant))
    throw new AppError('usage', `${flow} needs a tenant of its own, and ${tenant.toLowerCase()} names none`, {
      hint: 'give a tenant ID or a verified domain with --tenant-id',
    })
}
