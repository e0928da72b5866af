/** A person signs in on another device: the device authorization grant, to the letter (RFC 8628). */
import { setTimeout as pause } from 'node:timers/promises'
import { endpoints } from '../cloud/authority.ts'
import { AppError } from '../errors.ts'
import { duration } from '../output/relative-time.ts'
import { safeText } from '../output/safe-text.ts'
import type { HttpResponse } from '../platform/http.ts'
import { findJsonObject } from '../platform/json-object.ts'
import type { TokenRequest } from '../profiles/resolve.ts'
import type { ClientProof } from '../tokens/msal/client.ts'
import { sendPatiently } from '../tokens/retry.ts'
import { Refusal, readTokenResponse, refusal, type TokenResponse } from '../tokens/token-response.ts'
import type { SignInWorld } from './world.ts'

interface DeviceCode {
  readonly deviceCode: string
  readonly userCode: string
  readonly verificationUri: string
  /** Seconds. */
  readonly expiresIn: number
  readonly interval: number
}

const grant = 'urn:ietf:params:oauth:grant-type:device_code'
const identityScopes = ['openid', 'profile', 'offline_access']

type Post = (url: string, fields: Readonly<Record<string, string>>) => Promise<HttpResponse>

/**
 * @throws AppError `interaction` when the code expires, `denied` when the person declines, `protocol` for an answer
 * that is none, and as `readTokenResponse`.
 */
export async function signInByDevice(request: TokenRequest, world: SignInWorld): Promise<TokenResponse> {
  const { token, deviceCode: endpoint } = endpoints(request.authorityHost, request.tenant)
  const { proof } = await world.client()
  const post: Post = (url, fields) =>
    world.send({
      url,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams(fields).toString(),
    })
  const asked = {
    client_id: request.clientId,
    scope: [...request.scopes, ...identityScopes].join(' '),
    client_info: '1',
    ...(request.claims !== undefined && { claims: request.claims }),
  }
  const code = readDeviceCode(await sendPatiently(() => post(endpoint, asked), world.debug))
  announce(code, request, world)
  const answer = async () =>
    post(token, { ...asked, grant_type: grant, device_code: code.deviceCode, ...(await prove(proof, token)) })
  try {
    return await poll(code, answer, world)
  } finally {
    world.showPassing('')
  }
}

/** A confidential client proves itself at each poll (RFC 8628, section 3.4). */
async function prove(proof: ClientProof | undefined, audience: string): Promise<Record<string, string>> {
  if (!proof) return {}
  if (proof.type === 'secret') return { client_secret: proof.secret.reveal() }
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: (await proof.assertion(audience)).reveal(),
  }
}

/** RFC 8628, section 3.2. */
function readDeviceCode(response: HttpResponse): DeviceCode {
  if (response.status !== 200) throw refusal(response)
  const body = findJsonObject(response.body)
  const text = (name: string): string => {
    const value = body?.[name]
    if (typeof value === 'string' && value !== '' && value.length <= 4096) return value
    throw new AppError('protocol', `the device code endpoint sent no usable ${name}`, {
      hint: 'check that the authority host is one of Microsoft Entra ID and that no proxy answers in its place',
    })
  }
  const seconds = (value: unknown, preset: number, [least, most]: readonly [number, number]): number => {
    const number = Number(value ?? preset)
    return Number.isFinite(number) ? Math.min(most, Math.max(least, number)) : preset
  }
  return {
    deviceCode: text('device_code'),
    userCode: text('user_code'),
    verificationUri: text('verification_uri'),
    expiresIn: seconds(body?.expires_in, 900, [1, 3600]),
    interval: seconds(body?.interval, 5, [1, 300]),
  }
}

const microsoft =
  /(^|\.)(microsoft\.(com|us)|microsoftonline\.(com|us)|microsoftonline\.cn|sovcloud-identity\.(fr|de|sg))$/

function announce(code: DeviceCode, request: TokenRequest, { tell }: SignInWorld): void {
  const { verificationUri, userCode } = code
  tell(
    `to sign in, open ${safeText(verificationUri, { max: 200 })} and enter the code ${safeText(userCode, { max: 40 })}`,
  )
  tell(
    `enter it only if you started this: it gives this terminal a token of yours for application ${request.clientId} in tenant ${request.tenant}`,
  )
  const url = URL.canParse(verificationUri) ? new URL(verificationUri) : undefined
  const isKnown =
    url?.protocol === 'https:' &&
    (microsoft.test(url.hostname) || url.origin === new URL(request.authorityHost).origin)
  if (!isKnown) tell('warning: that address is not one of Microsoft: enter nothing there unless you know it')
}

/** One request at a time, each after the interval; `slow_down` makes it longer for good (RFC 8628, section 3.5). */
async function poll(
  code: DeviceCode,
  ask: () => Promise<HttpResponse>,
  world: SignInWorld,
): Promise<TokenResponse> {
  const deadline = performance.now() + code.expiresIn * 1000
  let { interval } = code
  let atLeast = 0
  for (;;) {
    await wait(Math.max(interval, atLeast), deadline, world)
    if (performance.now() >= deadline) throw expired()
    const outcome = await attempt(ask)
    atLeast = 0
    if (outcome === 'pending') continue
    if (outcome === 'slow down') interval += 5
    else if ('trouble' in outcome) {
      interval = Math.max(interval, Math.min(interval * 2, 60))
      atLeast = outcome.trouble.retryAfter ?? 0
    } else return outcome
    world.debug(`asking every ${interval} s from now on`)
  }
}

type Outcome = TokenResponse | 'pending' | 'slow down' | { readonly trouble: AppError }

async function attempt(ask: () => Promise<HttpResponse>): Promise<Outcome> {
  try {
    return readTokenResponse(await ask())
  } catch (error) {
    if (error instanceof Refusal) {
      if (error.oauthError === 'authorization_pending') return 'pending'
      if (error.oauthError === 'slow_down') return 'slow down'
      if (error.oauthError === 'expired_token' || error.oauthError === 'code_expired') throw expired()
      if (error.oauthError === 'authorization_declined' || error.oauthError === 'access_denied')
        throw new AppError('denied', 'the sign-in was declined on the other device', {
          hint: 'run the command again, and accept',
          ...(error.aadsts !== undefined && { aadsts: error.aadsts }),
        })
    }
    // A time-out is answered with fewer requests, and so is a server in trouble.
    if (error instanceof AppError && (error.code === 'unavailable' || error.code === 'try_again'))
      return { trouble: error }
    throw error
  }
}

const expired = () =>
  new AppError('interaction', 'the code has expired, and nobody signed in with it', {
    hint: 'run the command again for a new code',
  })

/** Waits, with a line that says so and for how long. */
async function wait(seconds: number, deadline: number, { showPassing }: SignInWorld): Promise<void> {
  const until = Math.min(performance.now() + seconds * 1000, deadline)
  for (let left = until - performance.now(); left > 0; left = until - performance.now()) {
    showPassing(
      `waiting for the sign-in: the code is good for ${duration((deadline - performance.now()) / 1000)}`,
    )
    await pause(Math.min(left, 1000))
  }
}
