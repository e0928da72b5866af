/** Which flags go with which flow, and what they say of a person's sign-in. */
import { AppError } from '../errors.ts'
import { type Flow, isSignIn, type Profile } from '../profiles/profile.ts'
import { checked, type RequestFlags } from '../profiles/resolve.ts'
import { redirectUriRule } from '../profiles/rules.ts'
import type { SignInOptions } from './world.ts'

export interface SignInFlags {
  readonly account?: string | undefined
  readonly 'login-hint'?: string | undefined
  readonly 'domain-hint'?: string | undefined
  readonly prompt?: SignInOptions['prompt']
  readonly 'redirect-uri'?: string | undefined
  readonly port?: number | undefined
  readonly browser?: string | undefined
  readonly 'assertion-file'?: string | undefined
  readonly 'assertion-stdin'?: boolean | undefined
  readonly scope?: readonly string[] | undefined
}

const hasBrowser = (flow: Flow) => isSignIn(flow) && flow !== 'device-code'

/** The flows that each flag means something to. */
const flowsOf: { readonly [K in keyof SignInFlags]?: (flow: Flow) => boolean } = {
  account: isSignIn,
  'login-hint': hasBrowser,
  'domain-hint': hasBrowser,
  prompt: hasBrowser,
  'redirect-uri': hasBrowser,
  port: hasBrowser,
  browser: hasBrowser,
  'assertion-file': (flow) => flow === 'on-behalf-of',
  'assertion-stdin': (flow) => flow === 'on-behalf-of',
}

/** @throws AppError `usage` for a flag that the flow would ignore, or one that is empty. */
export function refuseForeignFlags(flags: SignInFlags, flow: Flow): void {
  for (const [name, fits] of Object.entries(flowsOf)) {
    const value = flags[name as keyof SignInFlags]
    if (value === undefined || value === false) continue
    if (value === '')
      throw new AppError('usage', `--${name} is empty`, { hint: 'leave it out, or give it a value' })
    if (!fits(flow))
      throw new AppError('usage', `--${name} does not go with ${flow}`, {
        hint: 'leave it out, or choose another flow with --flow',
      })
  }
}

/** @throws AppError `usage` for a redirect URI that is not of this machine. */
export function signInOptions(flags: SignInFlags & RequestFlags, profile: Partial<Profile>): SignInOptions {
  const given = flags['redirect-uri']
  const port = flags.port ?? (given === undefined ? profile.port : undefined)
  return {
    redirectUri:
      given === undefined ? profile.redirectUri : checked(given, redirectUriRule, '--redirect-uri'),
    port,
    loginHint: flags['login-hint'],
    domainHint: flags['domain-hint'],
    prompt: flags.prompt,
    browser: flags.browser,
    given: {
      flow: flags.flow !== undefined,
      tenant: flags['tenant-id'] !== undefined,
      clientId: flags['client-id'] !== undefined,
      authorityHost: flags.cloud !== undefined || flags['authority-host'] !== undefined,
      scopes: (flags.scope?.length ?? 0) > 0,
      redirectUri: given !== undefined,
      port: flags.port !== undefined,
    },
  }
}
