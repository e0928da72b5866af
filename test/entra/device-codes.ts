/** Device codes (RFC 8628): asked for by one device, approved in a browser on another. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import type { App } from './app.ts'
import { type DelegatedScopes, neededScopes } from './delegated-scope.ts'
import { refused } from './errors.ts'
import type { SignIn, User } from './user.ts'

export interface DeviceRequest {
  readonly app: App
  readonly scope: string
  readonly scopes: DelegatedScopes
  readonly claims: string | undefined
  /** As the URL of the request had it. */
  readonly tenantName: string
}

export interface DeviceAuthorization extends DeviceRequest {
  readonly deviceCode: string
  readonly userCode: string
  /** Seconds between polls; more after each poll that came too early (RFC 8628 section 3.5). */
  interval: number
  /** Milliseconds since 1970. */
  expiresAt: number
  state: 'pending' | 'approved' | 'declined' | 'redeemed'
  signIn: SignIn | undefined
  /** When the device asked, in milliseconds since 1970. */
  readonly polls: number[]
}

/** Timers of the client may be this much ahead of ours, in milliseconds. */
const tolerance = 20

export class DeviceCodes {
  readonly #all: DeviceAuthorization[] = []

  add(request: DeviceRequest, seconds: number, interval: number): DeviceAuthorization {
    const authorization: DeviceAuthorization = {
      ...request,
      deviceCode: randomBytes(96).toString('base64url'),
      userCode: randomUserCode(),
      interval,
      expiresAt: Date.now() + seconds * 1000,
      state: 'pending',
      signIn: undefined,
      polls: [],
    }
    this.#all.push(authorization)
    return authorization
  }

  /** The newest one that was asked for. */
  get latest(): DeviceAuthorization | undefined {
    return this.#all.at(-1)
  }

  /** As people type it: in any case, with spaces and hyphens. Throws when it is unknown, used or too old. */
  byUserCode(typed: string): DeviceAuthorization {
    const userCode = typed.toUpperCase().replace(/[\s-]/g, '')
    const found = this.#all.find((one) => one.userCode === userCode && one.state === 'pending')
    if (!found) {
      throw refused(
        'bad_verification_code',
        70018,
        'Invalid verification code due to User typing in wrong user code for device code flow.',
      )
    }
    if (found.expiresAt <= Date.now()) {
      throw refused('expired_token', 70019, 'Verification code expired. Have the user retry the sign-in.')
    }
    return found
  }

  /** What the pages do: the user consents to what is asked for, and is signed in on the device. */
  approve(userCode: string, user: User, options: { readonly mfa?: boolean } = {}): void {
    const authorization = this.byUserCode(userCode)
    const { app, scopes } = authorization
    app.consents.grant(
      user,
      scopes.resources.flatMap((resource) => neededScopes(resource, app, user)),
    )
    const mfa = options.mfa ?? user.mfa
    this.complete(authorization, { user, at: Date.now(), mfa, contexts: [], sessionId: randomUUID() })
  }

  decline(userCode: string): void {
    this.byUserCode(userCode).state = 'declined'
  }

  /** Makes a code too old at once. */
  expire(userCode: string): void {
    this.byUserCode(userCode).expiresAt = 0
  }

  complete(authorization: DeviceAuthorization, signIn: SignIn): void {
    authorization.state = 'approved'
    authorization.signIn = signIn
  }

  /** One poll of the device: the sign-in, once. Throws while there is none, and when there will be none. */
  poll(deviceCode: string, app: App): DeviceAuthorization & { readonly signIn: SignIn } {
    const found = this.#all.find((one) => one.deviceCode === deviceCode && one.app === app)
    if (!found) {
      const text = "The provided value for the input parameter 'device_code' is not valid."
      throw refused('bad_verification_code', 70018, text)
    }
    const isEarly = recordPoll(found)
    const { state, signIn } = found
    if (state === 'redeemed') {
      throw refused('invalid_grant', 54005, 'OAuth2 Device code was already redeemed.')
    }
    if (state === 'declined') {
      throw refused('authorization_declined', 65004, 'User declined to consent to access the app.')
    }
    if (found.expiresAt <= Date.now()) {
      const text =
        "The provided value for the input parameter 'device_code' is not valid. This device code has expired."
      throw refused('expired_token', 70020, text)
    }
    const pending = 'OAuth 2.0 device flow error.'
    if (isEarly) throw refused('slow_down', 70016, `${pending} The client polls too often. Poll less often.`)
    if (!signIn)
      throw refused('authorization_pending', 70016, `${pending} Authorization is pending. Continue polling.`)
    found.state = 'redeemed'
    return { ...found, signIn }
  }
}

/** Whether it came too early after the one before; then all that follow must wait five seconds longer. */
function recordPoll(authorization: DeviceAuthorization): boolean {
  const { polls, interval } = authorization
  const now = Date.now()
  const last = polls.at(-1)
  polls.push(now)
  const isEarly = last !== undefined && now - last < interval * 1000 - tolerance
  if (isEarly) authorization.interval += 5
  return isEarly
}

/** Letters and digits that nobody mistakes for each other. */
const alphabet = 'BCDFGHJKLMNPQRSTVWXYZ23456789'

function randomUserCode(): string {
  return Array.from({ length: 9 }, () => alphabet[randomInt(alphabet.length)]).join('')
}
